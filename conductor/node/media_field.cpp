// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/media_field.h"

#include "conductor/node/known_fields.h"
#include "conductor/node/source_url.h"

#include <algorithm>
#include <array>

namespace isolde::conductor {
namespace {

using base::JsonReader;
using base::Result;

constexpr std::array<std::string_view, 3> kRoles{"drivers", "config", "data"};

Result<MediumField> read_medium(const JsonReader& medium) {
    TRY(medium.only({"role", "source", "checksum"}));
    MediumField field;
    field.role = TRY(medium.string("role"));
    if (std::find(kRoles.begin(), kRoles.end(), field.role) == kRoles.end()) {
        return base::invalid_argument(medium.pointer() + R"(/role must be "drivers", "config" or "data")");
    }
    field.source = TRY(medium.string("source"));
    TRY(check_source_url(field.source, medium.pointer() + "/source"));
    if (const auto checksum = TRY(medium.optional_string("checksum")); checksum && !checksum->empty()) {
        field.checksum = TRY(base::Digest::parse(*checksum).with_context(medium.pointer() + "/checksum"));
    }
    return field;
}

}  // namespace

Result<std::vector<MediumField>> read_media(const JsonReader& info) {
    std::vector<MediumField> media;
    const auto given = info.json().find("media");
    if (given == info.json().end() || asks_for_nothing(*given)) return media;
    for (const auto& medium : TRY(info.array("media"))) {
        auto field = TRY(read_medium(medium));
        if (std::any_of(media.begin(), media.end(), [&](const auto& other) { return other.role == field.role; })) {
            return base::invalid_argument(medium.pointer() + "/role: there is a " + field.role + " medium already");
        }
        media.push_back(std::move(field));
    }
    return media;
}

}  // namespace isolde::conductor
