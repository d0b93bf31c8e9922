// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/secret.h"

#include <openssl/crypto.h>

namespace isolde::base {

Secret::~Secret() {
    OPENSSL_cleanse(text_.data(), text_.size());
}

}  // namespace isolde::base
