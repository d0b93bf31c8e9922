// SPDX-License-Identifier: GPL-3.0-or-later
//
// Checksums that media carry of their own files: MD5, SHA-1, SHA-256, SHA-512. They find bad copies, and protect
// against nobody: content is identified by base/digest.h.
#pragma once

#include "base/encoding.h"

#include <cstdint>
#include <memory>
#include <string>

namespace isolde::base {

enum class ChecksumAlgorithm : std::uint8_t { Md5, Sha1, Sha256, Sha512 };

/// Not thread-safe.
class Checksum {
  public:
    explicit Checksum(ChecksumAlgorithm algorithm);
    Checksum(Checksum&&) noexcept;
    Checksum& operator=(Checksum&&) noexcept;
    ~Checksum();

    void update(ByteView bytes);
    /// Of all that was given so far, lower-case hex digits; more may be given afterwards.
    std::string hex() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace isolde::base
