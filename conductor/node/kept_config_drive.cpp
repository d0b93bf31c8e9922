// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/kept_config_drive.h"

#include "conductor/node/known_fields.h"
#include "conductor/node/source_url.h"

namespace isolde::conductor {
namespace {

constexpr std::string_view kReference = "isolde:config-drive:";

}  // namespace

base::Json config_drive_reference(const std::string& id) {
    return std::string(kReference) + id;
}

std::optional<std::string> referenced_config_drive(const base::Json& configdrive) {
    if (!configdrive.is_string()) return std::nullopt;
    const auto& text = configdrive.get_ref<const std::string&>();
    if (!text.starts_with(kReference)) return std::nullopt;
    return text.substr(kReference.size());
}

const base::Json* config_drive_to_keep(const base::Json& fields) {
    const auto drive = fields.find("configdrive");
    if (drive == fields.end() || asks_for_nothing(*drive) || referenced_config_drive(*drive)) return nullptr;
    if (drive->is_string() && looks_like_url(drive->get_ref<const std::string&>())) return nullptr;
    return &*drive;
}

}  // namespace isolde::conductor
