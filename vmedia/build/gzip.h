// SPDX-License-Identifier: GPL-3.0-or-later
//
// Unpacking what clients send compressed.
#pragma once

#include "base/byte_count.h"
#include "base/encoding.h"
#include "base/result.h"

namespace isolde::vmedia {

/// The content of a gzip file (RFC 1952) of one or more members. Errors: Corrupt (no gzip, damaged, cut short, bytes
/// behind its end), Exhausted as soon as the content is larger than `limit`.
base::Result<base::Bytes> gunzip(base::ByteView packed, base::ByteCount limit);

}  // namespace isolde::vmedia
