// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/quirks.h"

#include "redfish/error_body.h"

#include <algorithm>
#include <array>

namespace isolde::bmc {
namespace {

constexpr std::array kRows{
    QuirkRow{Trait::CdBootTarget, "Supermicro", "", "ARS-111GL-NHR", "UsbCd", Evidence::SourceCode},
    QuirkRow{Trait::DisconnectedIsEmpty, "Supermicro", "", "", "", Evidence::IssueThread},
    QuirkRow{Trait::PauseBeforeOn, "Supermicro", "", "", "10", Evidence::FieldReport},
    QuirkRow{Trait::UnusableSlotPrefix, "Lenovo", "", "", "RDOC", Evidence::SourceCode},
    QuirkRow{Trait::UnusableSlotPrefix, "Lenovo", "", "", "Remote", Evidence::SourceCode},
    QuirkRow{Trait::OnlyBootableSlot, "Dell", "17G", "", "1", Evidence::SourceCode},
    QuirkRow{Trait::OnlyBootableSlot, "Dell", "18G", "", "1", Evidence::SourceCode},
    QuirkRow{Trait::FullBootPatch, "Ami", "", "", "", Evidence::SourceCode},
    QuirkRow{Trait::FullBootPatch, "American Megatrends", "", "", "", Evidence::SourceCode},
    QuirkRow{Trait::FullBootPatch, "ASRockRack", "", "", "", Evidence::SourceCode},
    QuirkRow{Trait::NoStandardMedia, "Fujitsu", "", "",
             "iRMC takes virtual media by its own interface, from NFS, SMB or HTTPS shares only",
             Evidence::FieldReport},
    QuirkRow{Trait::NoStandardMedia, "Huawei", "", "",
             "iBMC takes virtual media by its own interface, from NFS or CIFS shares only", Evidence::FieldReport},
    QuirkRow{Trait::NoStandardMedia, "H3C", "", "",
             "HDM takes virtual media by its own interface, from NFS or CIFS shares only", Evidence::FieldReport},
    QuirkRow{
        Trait::NoStandardMedia, "Supermicro", "", "",
        "X10 and early X11 boards take virtual media by an interface of their own; later firmware has the standard one",
        Evidence::IssueThread},
    QuirkRow{
        Trait::NoStandardMedia, "Lenovo", "", "",
        "XCC firmware before 19A takes virtual media by an interface of its own; later firmware has the standard one",
        Evidence::SourceCode},
};

bool applies(const QuirkRow& row, const Product& product) {
    const auto in_model = [&product](std::string_view word) {
        return redfish::contains_ignoring_case(product.manager_model, word) ||
               redfish::contains_ignoring_case(product.system_model, word);
    };
    if (!redfish::contains_ignoring_case(product.vendor, row.vendor)) return false;
    if (!row.model.empty() && !in_model(row.model)) return false;
    return row.except_model.empty() || !in_model(row.except_model);
}

}  // namespace

bool Quirks::has(Trait trait) const {
    return std::any_of(rows.begin(), rows.end(), [trait](const QuirkRow* row) { return row->trait == trait; });
}

std::string_view Quirks::value(Trait trait) const {
    const auto all = values(trait);
    return all.empty() ? std::string_view() : all.front();
}

std::vector<std::string_view> Quirks::values(Trait trait) const {
    std::vector<std::string_view> found;
    for (const QuirkRow* row : rows) {
        if (row->trait == trait) found.push_back(row->value);
    }
    return found;
}

Quirks quirks_of(const Product& product) {
    Quirks quirks;
    for (const auto& row : kRows) {
        if (applies(row, product)) quirks.rows.push_back(&row);
    }
    return quirks;
}

}  // namespace isolde::bmc
