// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/checksum.h"

#include "base/check.h"

#include <openssl/evp.h>
#include <array>

namespace isolde::base {
namespace {

const EVP_MD* method_of(ChecksumAlgorithm algorithm) {
    switch (algorithm) {
        case ChecksumAlgorithm::Md5: return EVP_md5();
        case ChecksumAlgorithm::Sha1: return EVP_sha1();
        case ChecksumAlgorithm::Sha256: return EVP_sha256();
        case ChecksumAlgorithm::Sha512: break;
    }
    return EVP_sha512();
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

}  // namespace

struct Checksum::State {
    Context context{EVP_MD_CTX_new()};
};

Checksum::Checksum(ChecksumAlgorithm algorithm) : state_(std::make_unique<State>()) {
    ISOLDE_CHECK(EVP_DigestInit_ex(state_->context.get(), method_of(algorithm), nullptr) == 1);
}
Checksum::Checksum(Checksum&&) noexcept = default;
Checksum& Checksum::operator=(Checksum&&) noexcept = default;
Checksum::~Checksum() = default;

void Checksum::update(ByteView bytes) {
    ISOLDE_CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Checksum::hex() const {
    const Context copy(EVP_MD_CTX_new());
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    ISOLDE_CHECK(EVP_MD_CTX_copy_ex(copy.get(), state_->context.get()) == 1);
    ISOLDE_CHECK(EVP_DigestFinal_ex(copy.get(), digest.data(), &length) == 1);
    return to_hex(ByteView(reinterpret_cast<const std::byte*>(digest.data()), length));
}

}  // namespace isolde::base
