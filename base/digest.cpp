// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/digest.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace isolde::base {
namespace {

// EVP_sha256() resolves the algorithm anew at each use in OpenSSL 3; fetching once is several times faster.
const EVP_MD* algorithm_of(DigestAlgorithm algorithm) {
    static EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    static EVP_MD* const kSha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
    return algorithm == DigestAlgorithm::Sha256 ? kSha256 : kSha512;
}

std::size_t hex_length(DigestAlgorithm algorithm) {
    return algorithm == DigestAlgorithm::Sha256 ? 64 : 128;
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
        table.at(i) = value;
    }
    return table;
}
constexpr auto kCrcTable = make_crc_table();

}  // namespace

struct Hasher::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    DigestAlgorithm algorithm = DigestAlgorithm::Sha256;
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { EVP_MD_CTX_free(context); }
};

std::string_view to_string(DigestAlgorithm algorithm) {
    return algorithm == DigestAlgorithm::Sha256 ? "sha256" : "sha512";
}

Result<Digest> Digest::parse(std::string_view text) {
    const auto malformed = [&](const char* why) {
        return invalid_argument("not a checksum: '" + std::string(text.substr(0, 160)) + "' " + why +
                                "; write sha256:<64 hex digits> or sha512:<128 hex digits>");
    };
    std::string_view hex = text;
    std::string_view name;
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        name = text.substr(0, colon);
        hex = text.substr(colon + 1);
    }
    if (!name.empty() && name != "sha256" && name != "sha512") {
        return malformed("names an algorithm other than sha256 and sha512");
    }
    const auto algorithm = name == "sha512" || (name.empty() && hex.size() == 128) ? DigestAlgorithm::Sha512
                                                                                 : DigestAlgorithm::Sha256;
    if (hex.size() != hex_length(algorithm)) {
        return malformed("has the wrong number of digits");
    }
    if (!from_hex(hex).ok()) {
        return malformed("has a character that is no hex digit");
    }
    std::string lower(hex);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    return Digest(algorithm, std::move(lower));
}

std::string Digest::str() const {
    return std::string(base::to_string(algorithm_)) + ":" + hex_;
}

Hasher::Hasher(DigestAlgorithm algorithm) : state_(std::make_unique<State>()) {
    state_->algorithm = algorithm;
    ISOLDE_CHECK(EVP_DigestInit_ex(state_->context, algorithm_of(algorithm), nullptr) == 1);
}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(ByteView bytes) {
    ISOLDE_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Digest Hasher::finish() {
    std::array<std::byte, EVP_MAX_MD_SIZE> out{};
    unsigned length = 0;
    ISOLDE_CHECK(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(out.data()), &length) == 1);
    return {state_->algorithm, to_hex(ByteView(out).first(length))};
}

Digest sha256(ByteView bytes) {
    Hasher hasher(DigestAlgorithm::Sha256);
    hasher.update(bytes);
    return hasher.finish();
}

std::string hmac_sha256_hex(ByteView key, ByteView message) {
    std::array<std::byte, EVP_MAX_MD_SIZE> out{};
    unsigned length = 0;
    ISOLDE_CHECK(HMAC(algorithm_of(DigestAlgorithm::Sha256), key.data(), static_cast<int>(key.size()),
                      reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                      reinterpret_cast<unsigned char*>(out.data()), &length) != nullptr);
    return to_hex(ByteView(out).first(length));
}

std::uint32_t crc32(ByteView bytes, std::uint32_t seed) {
    std::uint32_t value = ~seed;
    for (const std::byte byte : bytes) {
        value = (value >> 8U) ^ kCrcTable.at((value ^ std::to_integer<std::uint32_t>(byte)) & 0xffU);
    }
    return ~value;
}

}  // namespace isolde::base
