// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <memory>

namespace isolde::emulator {
namespace {

using KeyPointer = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;
using CertificatePointer = std::unique_ptr<X509, decltype(&::X509_free)>;
using BioPointer = std::unique_ptr<BIO, decltype(&::BIO_free)>;

constexpr long kTenYears = 10L * 365 * 24 * 3600;

std::string text_in(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

bool fill(X509* certificate, EVP_PKEY* key, const std::string& address) {
    X509_NAME* const name = X509_get_subject_name(certificate);
    const auto* const common_name = reinterpret_cast<const unsigned char*>(address.c_str());
    return X509_set_version(certificate, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != nullptr &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), kTenYears) != nullptr &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           add_extension(certificate, NID_subject_alt_name, "IP:" + address) &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

}  // namespace

base::Result<Certificate> make_self_signed(const std::string& address) {
    constexpr unsigned kBits = 2048;
    const KeyPointer key(EVP_RSA_gen(kBits), &::EVP_PKEY_free);
    const CertificatePointer certificate(X509_new(), &::X509_free);
    const BioPointer key_text(BIO_new(BIO_s_mem()), &::BIO_free);
    const BioPointer certificate_text(BIO_new(BIO_s_mem()), &::BIO_free);
    const bool made = key && certificate && key_text && certificate_text &&
                      fill(certificate.get(), key.get(), address) &&
                      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
                      PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1;
    if (!made) {
        return base::internal("cannot make a self-signed certificate for " + address);
    }
    return Certificate{text_in(certificate_text.get()), text_in(key_text.get())};
}

}  // namespace isolde::emulator
