// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/deployment_fields.h"

#include <algorithm>
#include <array>

namespace isolde::conductor {
namespace {

using base::Json;
using base::JsonReader;
using base::Result;

constexpr std::array<std::string_view, 4> kAuthTypes{"auto", "basic", "session", "none"};
constexpr std::size_t kLongestAddress = 1024;

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

/// "bmc.example" → "https://bmc.example"; trailing slashes go, the scheme becomes lower case.
std::string with_scheme(std::string address) {
    while (!address.empty() && address.back() == '/') address.pop_back();
    const auto end = address.find("://");
    if (end == std::string::npos) return "https://" + address;
    return lower_case(address.substr(0, end)) + address.substr(end);
}

/// What stands between the scheme and the path.
std::string_view authority_of(std::string_view url) {
    const auto begin = url.find("://") + 3;
    return url.substr(begin, url.find_first_of("/?#", begin) - begin);
}

bool has_port(std::string_view authority) {
    const auto colon = authority.rfind(':');
    return colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
}

Result<std::string> read_address(const JsonReader& info) {
    const std::string field = info.pointer() + "/redfish_address";
    const std::string given = TRY(info.optional_string("redfish_address")).value_or("");
    if (given.empty()) {
        return base::invalid_argument(field + " is missing: give the BMC's address, such as https://bmc.example");
    }
    const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
    if (given.size() > kLongestAddress || std::any_of(given.begin(), given.end(), is_bad)) {
        return base::invalid_argument(field + " is too long, or has a blank or a control character");
    }
    const std::string address = with_scheme(given);
    if (address.rfind("http://", 0) != 0 && address.rfind("https://", 0) != 0) {
        return base::invalid_argument(field + " must be an http or https URL");
    }
    const std::string_view authority = authority_of(address);
    if (authority.find('@') != std::string_view::npos) {
        return base::invalid_argument(field + " must not hold credentials: use redfish_username and redfish_password");
    }
    if (authority.empty() || authority.front() == ':') {
        return base::invalid_argument(field + " names no host");
    }
    return address;
}

Result<std::string> read_system_id(const JsonReader& info) {
    std::string id = TRY(info.optional_string("redfish_system_id")).value_or("");
    if (!id.empty() && id.front() != '/') {
        return base::invalid_argument(info.pointer() +
                                      "/redfish_system_id must be the path of the system, such as "
                                      "/redfish/v1/Systems/1");
    }
    while (!id.empty() && id.back() == '/') id.pop_back();
    return id;
}

Result<std::string> read_auth_type(const JsonReader& info) {
    const std::string type = lower_case(TRY(info.optional_string("redfish_auth_type")).value_or("auto"));
    if (std::find(kAuthTypes.begin(), kAuthTypes.end(), type) == kAuthTypes.end()) {
        return base::invalid_argument(info.pointer() + "/redfish_auth_type must be auto, basic, session or none");
    }
    return type;
}

/// true, false, or the path of a CA file, which implies true.
Result<void> read_verification(const JsonReader& info, BmcSettings& settings) {
    if (!info.has("redfish_verify_ca")) return {};
    const auto boolean = info.optional_boolean("redfish_verify_ca");
    if (boolean.ok()) {
        settings.verify_tls = boolean->value();
        return {};
    }
    const Json& value = info.json().at("redfish_verify_ca");
    if (!value.is_string() || value.get_ref<const std::string&>().rfind('/', 0) != 0) {
        return base::invalid_argument(info.pointer() + "/redfish_verify_ca must be true, false or an absolute path");
    }
    settings.verify_tls = true;
    settings.ca_file = value.get<std::string>();
    return {};
}

}  // namespace

Result<BmcSettings> read_bmc_settings(const Json& driver_info, bool verify_default) {
    const JsonReader info(driver_info, "driver_info");
    BmcSettings settings;
    settings.verify_tls = verify_default;
    settings.address = TRY(read_address(info));
    settings.system_id = TRY(read_system_id(info));
    settings.user = TRY(info.optional_string("redfish_username")).value_or("");
    settings.password = TRY(info.optional_string("redfish_password")).value_or("");
    settings.auth_type = TRY(read_auth_type(info));
    TRY(read_verification(info, settings));
    return settings;
}

std::string bmc_authority(const std::string& address) {
    if (address.empty()) return "";
    const std::string url = with_scheme(address);
    std::string authority = lower_case(authority_of(url));
    authority.erase(0, authority.rfind('@') + 1);
    if (authority.empty() || has_port(authority)) return authority;
    return authority + (url.rfind("http://", 0) == 0 ? ":80" : ":443");
}

std::optional<BmcIdentity> bmc_identity(const Json& driver_info) {
    const JsonReader info(driver_info, "driver_info");
    const auto address = info.optional_string("redfish_address");
    const auto system = read_system_id(info);
    BmcIdentity identity{bmc_authority(address.ok() ? address->value_or("") : ""), system.ok() ? *system : ""};
    if (identity.authority.empty()) return std::nullopt;
    return identity;
}

}  // namespace isolde::conductor
