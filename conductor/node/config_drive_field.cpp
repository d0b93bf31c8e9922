// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/config_drive_field.h"

#include "conductor/node/kept_config_drive.h"
#include "conductor/node/kernel_fields.h"
#include "conductor/node/known_fields.h"
#include "conductor/node/names.h"
#include "conductor/node/source_url.h"

namespace isolde::conductor {
namespace {

using base::Json;
using base::JsonReader;
using base::Result;

constexpr std::array kFormats{Name{ConfigDriveFormat::Iso9660, "iso9660"}, Name{ConfigDriveFormat::Vfat, "vfat"}};
constexpr std::array kDeliveries{Name{ConfigDriveDelivery::Auto, "auto"}, Name{ConfigDriveDelivery::Slot, "slot"},
                                 Name{ConfigDriveDelivery::Merge, "merge"}};

Result<Json> object_or_null(const JsonReader& drive, const char* name) {
    const auto member = TRY(drive.optional_object(name));
    return member ? member->json() : Json(nullptr);
}

/// Ironic writes what is no text as JSON.
std::string user_data_of(const JsonReader& drive) {
    if (!drive.has("user_data")) return "";
    const Json& value = drive.json().at("user_data");
    return value.is_string() ? value.get<std::string>() : base::dump_json(value);
}

Result<ConfigDriveField> read_parts(const JsonReader& drive) {
    TRY(drive.only({"meta_data", "network_data", "vendor_data", "user_data"}));
    ConfigDriveField field;
    field.meta_data = TRY(object_or_null(drive, "meta_data"));
    field.network_data = TRY(object_or_null(drive, "network_data"));
    field.vendor_data = TRY(object_or_null(drive, "vendor_data"));
    field.user_data = user_data_of(drive);
    return field;
}

Result<ConfigDriveField> read_packed(const std::string& text, const std::string& name) {
    if (referenced_config_drive(text)) {
        ConfigDriveField field;
        field.kept_apart = true;
        return field;
    }
    auto packed = base::from_base64(text);
    if (!packed.ok()) {
        return base::invalid_argument(name + " is neither an object of meta_data, network_data, vendor_data and " +
                                      "user_data nor the base64 of an image");
    }
    ConfigDriveField field;
    field.packed = std::move(*packed);
    return field;
}

Result<ConfigDriveField> read_text(const JsonReader& info, const std::string& text, const std::string& name) {
    if (!looks_like_url(text)) {
        return read_packed(text, name);
    }
    ConfigDriveField field;
    field.fetched = TRY(read_source(info, "configdrive"));
    return field;
}

Result<void> read_options(const JsonReader& info, ConfigDriveField& field) {
    const auto options = TRY(info.optional_object("configdrive_options"));
    if (!options) return {};
    TRY(options->only({"format", "delivery"}));
    if (const auto format = TRY(options->optional_string("format"))) {
        field.format = TRY(value_of(kFormats, *format, R"(a format: write "iso9660" or "vfat")")
                               .with_context(options->pointer() + "/format"));
        if (!field.packed.empty() || field.fetched) {
            return base::invalid_argument(options->pointer() +
                                          "/format is for drives that are built: one given as an image is served as "
                                          "it is");
        }
    }
    if (const auto delivery = TRY(options->optional_string("delivery"))) {
        field.delivery = TRY(value_of(kDeliveries, *delivery, R"(a delivery: write "auto", "slot" or "merge")")
                                 .with_context(options->pointer() + "/delivery"));
    }
    return {};
}

}  // namespace

Result<std::optional<ConfigDriveField>> read_config_drive(const JsonReader& info) {
    const auto given = info.json().find("configdrive");
    const std::string name = info.pointer() + "/configdrive";
    if (given == info.json().end() || asks_for_nothing(*given)) {
        return std::optional<ConfigDriveField>();
    }
    if (!given->is_object() && !given->is_string()) {
        return base::invalid_argument(name + " must be an object or a string, not " + given->type_name());
    }
    ConfigDriveField field = given->is_object() ? TRY(read_parts(JsonReader(*given, name)))
                                                : TRY(read_text(info, given->get_ref<const std::string&>(), name));
    if (info.has("configdrive_checksum") && !field.fetched) {
        return base::invalid_argument(name + "_checksum belongs to a config drive that is given by URL");
    }
    TRY(read_options(info, field));
    return std::optional(std::move(field));
}

}  // namespace isolde::conductor
