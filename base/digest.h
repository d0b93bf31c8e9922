// SPDX-License-Identifier: GPL-3.0-or-later
//
// Message digests by OpenSSL EVP: SHA-256, SHA-512, HMAC-SHA-256. SHA-256 costs about 5 ms per MiB on one core without
// SHA extensions: never on a network loop.
#pragma once

#include "base/encoding.h"
#include "base/result.h"

#include <compare>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace isolde::base {

enum class DigestAlgorithm { Sha256, Sha512 };

std::string_view to_string(DigestAlgorithm algorithm);  // "sha256", "sha512"

/// A finished digest. Text form: "sha256:<hex>".
class Digest {
  public:
    Digest() = default;
    Digest(DigestAlgorithm algorithm, std::string hex) : algorithm_(algorithm), hex_(std::move(hex)) {}

    /// "sha256:…", "sha512:…", or bare hex of either length. Errors: InvalidArgument.
    static Result<Digest> parse(std::string_view text);

    DigestAlgorithm algorithm() const { return algorithm_; }
    const std::string& hex() const { return hex_; }
    std::string str() const;
    bool empty() const { return hex_.empty(); }
    auto operator<=>(const Digest&) const = default;

  private:
    DigestAlgorithm algorithm_ = DigestAlgorithm::Sha256;
    std::string hex_;
};

/// Digests a stream. Not thread-safe.
class Hasher {
  public:
    explicit Hasher(DigestAlgorithm algorithm);
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    ~Hasher();

    void update(ByteView bytes);
    void update(std::string_view text) { update(as_bytes(text)); }
    /// The digest of all that was given. The hasher is spent afterwards.
    Digest finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

Digest sha256(ByteView bytes);
inline Digest sha256(std::string_view text) { return sha256(as_bytes(text)); }

/// HMAC-SHA-256 as hex (RFC 2104).
std::string hmac_sha256_hex(ByteView key, ByteView message);

/// CRC-32 (IEEE 802.3, as in GPT and gzip).
std::uint32_t crc32(ByteView bytes, std::uint32_t seed = 0);

}  // namespace isolde::base

template <>
struct std::hash<isolde::base::Digest> {
    std::size_t operator()(const isolde::base::Digest& digest) const noexcept {
        return std::hash<std::string>{}(digest.hex());
    }
};
