// SPDX-License-Identifier: GPL-3.0-or-later
//
// The JSON of every resource, from the state behind it. Pure.
#pragma once

#include "base/json.h"
#include "redfish/emulator/service.h"

#include <string>
#include <string_view>
#include <vector>

namespace isolde::emulator {

base::Json versions_view();
base::Json root_view(const Profile& profile, const ServiceIdentity& identity);
base::Json service_document_view();
base::Json collection_view(std::string_view path, std::string_view type, std::string_view name,
                           const std::vector<std::string>& members);
base::Json session_service_view(const Profile& profile);
base::Json session_view(const Session& session);
base::Json system_view(const System& system, const Profile& profile, const ServiceIdentity& identity);
base::Json reset_info_view(const System& system, const Profile& profile);
base::Json manager_view(const System& system, const Profile& profile, const ServiceIdentity& identity);
base::Json chassis_view(const System& system, const Profile& profile);
/// `home` is the system or manager through which the slot was reached.
base::Json media_view(const Slot& slot, const std::string& home);
base::Json insert_info_view(const Slot& slot, const std::string& home, const Profile& profile);
base::Json task_service_view();
base::Json task_view(const MediaTask& task, const ServiceIdentity& identity, base::SteadyTime now);

}  // namespace isolde::emulator
