// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.h"
#include "base/digest.h"
#include "conductor/store/store.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

namespace isolde::conductor {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kKeyIdDigits = 8;
constexpr std::string_view kFormat = "v1:";

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
using Cipher = std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)>;

const unsigned char* raw(ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(Bytes& bytes, std::size_t offset) {
    return reinterpret_cast<unsigned char*>(bytes.data()) + offset;
}

/// A key of its own for each use, so that one tells nothing of another.
Bytes derive(ByteView key, std::string_view use) {
    return base::from_hex(base::hmac_sha256_hex(key, base::as_bytes(use))).value();
}

std::string encode(ByteView bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw(bytes), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

base::Error altered(const std::string& context) {
    return base::corrupt("the sealed value of " + context + " was altered or moved");
}

/// Text form: "v1:<key id>:<base64 of nonce, ciphertext, tag>".
class AesGcmSealer final : public Sealer {
  public:
    AesGcmSealer(ByteView key, base::Random& random)
        : key_(derive(key, "isolde sealing key")),
          digest_key_(derive(key, "isolde digest key")),
          key_id_(base::hmac_sha256_hex(key, base::as_bytes("isolde key id")).substr(0, kKeyIdDigits)),
          cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), EVP_CIPHER_free),
          random_(random) {
        ISOLDE_CHECK(cipher_ != nullptr);
    }
    ~AesGcmSealer() override {
        OPENSSL_cleanse(key_.data(), key_.size());
        OPENSSL_cleanse(digest_key_.data(), digest_key_.size());
    }

    std::string seal(const std::string& plain, const std::string& context) const override {
        Bytes box(kNonceSize + plain.size() + kTagSize);
        random_.fill(std::span(box).first(kNonceSize));
        ISOLDE_CHECK(encrypt(plain, context, box));
        return std::string(kFormat) + key_id_ + ":" + encode(box);
    }

    Result<std::string> open(const std::string& sealed, const std::string& context) const override {
        const std::size_t key_id_end = kFormat.size() + kKeyIdDigits;
        if (sealed.rfind(kFormat, 0) != 0 || sealed.size() <= key_id_end || sealed[key_id_end] != ':') {
            return altered(context);
        }
        if (const std::string key_id = sealed.substr(kFormat.size(), kKeyIdDigits); key_id != key_id_) {
            return base::corrupt(context + " is sealed by key " + key_id + ", and the key at hand is " + key_id_ +
                                 ": start with the key file that wrote the database");
        }
        const auto box = base::from_base64(std::string_view(sealed).substr(key_id_end + 1));
        if (!box.ok() || box->size() < kNonceSize + kTagSize) return altered(context);
        std::string plain(box->size() - kNonceSize - kTagSize, '\0');
        if (!decrypt(*box, context, plain)) return altered(context);
        return plain;
    }

    Bytes digest_key() const override { return digest_key_; }

  private:
    bool encrypt(const std::string& plain, const std::string& context, Bytes& box) const {
        const CipherContext cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
        int length = 0;
        const auto* aad = reinterpret_cast<const unsigned char*>(context.data());
        const auto* text = reinterpret_cast<const unsigned char*>(plain.data());
        return cipher != nullptr &&
               EVP_EncryptInit_ex2(cipher.get(), cipher_.get(), raw(key_), raw(box, 0), nullptr) == 1 &&
               EVP_EncryptUpdate(cipher.get(), nullptr, &length, aad, static_cast<int>(context.size())) == 1 &&
               EVP_EncryptUpdate(cipher.get(), raw(box, kNonceSize), &length, text, static_cast<int>(plain.size())) ==
                   1 &&
               EVP_EncryptFinal_ex(cipher.get(), raw(box, kNonceSize + plain.size()), &length) == 1 &&
               EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize,
                                   raw(box, kNonceSize + plain.size())) == 1;
    }

    bool decrypt(const Bytes& box, const std::string& context, std::string& plain) const {
        const CipherContext cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
        int length = 0;
        const auto* aad = reinterpret_cast<const unsigned char*>(context.data());
        auto* text = reinterpret_cast<unsigned char*>(plain.data());
        Bytes tag(box.end() - kTagSize, box.end());
        return cipher != nullptr &&
               EVP_DecryptInit_ex2(cipher.get(), cipher_.get(), raw(key_), raw(box), nullptr) == 1 &&
               EVP_DecryptUpdate(cipher.get(), nullptr, &length, aad, static_cast<int>(context.size())) == 1 &&
               EVP_DecryptUpdate(cipher.get(), text, &length, raw(ByteView(box).subspan(kNonceSize)),
                                 static_cast<int>(plain.size())) == 1 &&
               EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, raw(tag, 0)) == 1 &&
               EVP_DecryptFinal_ex(cipher.get(), text + plain.size(), &length) == 1;
    }

    Bytes key_;
    Bytes digest_key_;
    std::string key_id_;
    Cipher cipher_;
    base::Random& random_;
};

}  // namespace

Result<std::unique_ptr<Sealer>> make_sealer(base::Bytes key, base::Random& random) {
    if (key.size() != kKeySize) {
        return base::invalid_argument("the sealing key must have 32 bytes, not " + std::to_string(key.size()));
    }
    std::unique_ptr<Sealer> sealer = std::make_unique<AesGcmSealer>(key, random);
    OPENSSL_cleanse(key.data(), key.size());
    return sealer;
}

}  // namespace isolde::conductor
