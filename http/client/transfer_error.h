// SPDX-License-Identifier: GPL-3.0-or-later
//
// libcurl's result codes as errors of ours. The only such table.
#pragma once

#include "base/error.h"

#include <string>

namespace isolde::http {

struct TransferFailure {
    std::string peer;    ///< "images.example:443"
    std::string detail;  ///< libcurl's own text; may be empty
    std::string ca_file;
    bool request_was_sent = false;
};

base::Error transfer_error(int curl_code, const TransferFailure& failure);

}  // namespace isolde::http
