// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/transfer_error.h"

#include <curl/curl.h>

namespace isolde::http {
namespace {

base::ErrorKind kind_of(int curl_code, bool request_was_sent) {
    switch (curl_code) {
        case CURLE_URL_MALFORMAT:
        case CURLE_SSL_CACERT_BADFILE: return base::ErrorKind::InvalidArgument;
        // HTTP/0.9 is reported by this code, after the request.
        case CURLE_UNSUPPORTED_PROTOCOL:
            return request_was_sent ? base::ErrorKind::Corrupt : base::ErrorKind::InvalidArgument;
        case CURLE_OPERATION_TIMEDOUT: return base::ErrorKind::Timeout;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR: return base::ErrorKind::Unavailable;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_CIPHER:
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_WRITE_ERROR: return base::ErrorKind::Corrupt;
        default: return base::ErrorKind::Internal;
    }
}

}  // namespace

base::Error transfer_error(int curl_code, const TransferFailure& failure) {
    const std::string reason =
        failure.detail.empty() ? curl_easy_strerror(static_cast<CURLcode>(curl_code)) : failure.detail;
    const std::string file = curl_code == CURLE_SSL_CACERT_BADFILE ? " (" + failure.ca_file + ")" : "";
    return {kind_of(curl_code, failure.request_was_sent), failure.peer + ": " + reason + file};
}

}  // namespace isolde::http
