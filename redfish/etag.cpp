// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/etag.h"

namespace isolde::redfish {
namespace {

std::string without_gzip(std::string_view etag) {
    constexpr std::string_view kSuffix = "-gzip\"";
    if (!etag.ends_with(kSuffix)) return std::string(etag);
    return std::string(etag.substr(0, etag.size() - kSuffix.size())) + '"';
}

std::string strong(std::string tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
}

std::string unquoted(const std::string& tag) {
    const bool quoted = tag.size() >= 2 && tag.front() == '"' && tag.back() == '"';
    return quoted ? tag.substr(1, tag.size() - 2) : tag;
}

}  // namespace

std::optional<std::string> if_match(std::string_view etag, EtagForm form) {
    if (form == EtagForm::None) return std::nullopt;
    if (form == EtagForm::Any) return "*";
    std::string tag = without_gzip(etag);
    if (form != EtagForm::Exact) tag = strong(std::move(tag));
    if (form == EtagForm::Unquoted) tag = unquoted(tag);
    if (tag.empty()) return std::nullopt;
    return tag;
}

std::optional<EtagForm> next_form(std::string_view etag, EtagForm form) {
    for (int next = static_cast<int>(form) + 1; next <= static_cast<int>(EtagForm::None); ++next) {
        const auto candidate = static_cast<EtagForm>(next);
        if (if_match(etag, candidate) != if_match(etag, form)) return candidate;
    }
    return std::nullopt;
}

bool is_precondition_refusal(int status, const ErrorBody& body) {
    if (status == 412 || status == 428) return true;
    return status == 400 && (body.has("PreconditionRequired") || body.has("PreconditionFailed"));
}

}  // namespace isolde::redfish
