// SPDX-License-Identifier: GPL-3.0-or-later
//
// A self-signed certificate, such as BMCs come with.
#pragma once

#include "base/result.h"

#include <string>

namespace isolde::emulator {

struct Certificate {
    std::string certificate;  ///< PEM
    std::string key;          ///< PEM
};

/// For a numeric `address`, which becomes the common name and the subject alternative name: RSA with 2048 bits, valid
/// for ten years. Errors: Internal.
base::Result<Certificate> make_self_signed(const std::string& address);

}  // namespace isolde::emulator
