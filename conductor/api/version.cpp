// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/version.h"

#include <charconv>

namespace isolde::conductor::api {
namespace {

std::string text_of(int minor) {
    return "1." + std::to_string(minor);
}

}  // namespace

base::Result<int> requested_minor(const http::Headers& headers) {
    const auto header = headers.find(kVersionHeader);
    if (!header) {
        return kMinimumMinor;
    }
    if (http::equal_ignoring_case(*header, "latest")) {
        return kMaximumMinor;
    }
    int minor = 0;
    const std::string& text = *header;
    const auto dot = text.find('.');
    const char* end = text.data() + text.size();
    const bool is_version = dot == 1 && text[0] == '1' && dot + 1 < text.size();
    if (!is_version || std::from_chars(text.data() + dot + 1, end, minor).ptr != end || minor < 0) {
        return base::invalid_argument("Invalid value for X-OpenStack-Ironic-API-Version header");
    }
    if (minor < kMinimumMinor || minor > kMaximumMinor) {
        return base::unsupported("Version " + text +
                                 " was requested but the minor version is not supported by this service. The supported "
                                 "version range is: [" +
                                 text_of(kMinimumMinor) + ", " + text_of(kMaximumMinor) + "].");
    }
    return minor;
}

void add_version_headers(http::Headers& headers, int minor) {
    headers.set("X-OpenStack-Ironic-API-Minimum-Version", text_of(kMinimumMinor));
    headers.set("X-OpenStack-Ironic-API-Maximum-Version", text_of(kMaximumMinor));
    if (minor > 0) {
        headers.set(kVersionHeader, text_of(minor));
    }
}

}  // namespace isolde::conductor::api
