// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/insert_ladder.h"

#include "http/message.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>

namespace isolde::bmc {
namespace {

using Variant = InsertVariant;

struct ParameterName {
    std::string_view name;
    Variant::Parameter parameter;
};

constexpr std::array kNames{
    ParameterName{"TransferProtocolType", Variant::TransferProtocolType},
    ParameterName{"TransferMethod", Variant::TransferMethod},
    ParameterName{"UserName", Variant::Credentials},
    ParameterName{"Password", Variant::Credentials},
    ParameterName{"Inserted", Variant::Inserted},
    ParameterName{"WriteProtected", Variant::WriteProtected},
};

/// Tried in this order when a BMC refuses without saying what.
constexpr std::array kBlindVariants{
    Variant(),
    Variant(Variant::TransferProtocolType),
    Variant(Variant::Inserted | Variant::WriteProtected),
    Variant(Variant::TransferProtocolType | Variant::Inserted | Variant::WriteProtected),
    Variant(Variant::TransferProtocolType | Variant::TransferMethod | Variant::Inserted | Variant::WriteProtected),
};

constexpr std::array<std::string_view, 6> kRefusingKeys{
    "ActionParameterUnknown", "ActionParameterNotSupported", "PropertyUnknown",
    "PropertyNotWritable",    "PropertyNotUpdatable",        "ActionParameterDuplicate",
};
constexpr std::array<std::string_view, 4> kMissingKeys{
    "ActionParameterMissing",
    "PropertyMissing",
    "CreateFailedMissingReqProperties",
    "QueryParameterMissing",
};

template <std::size_t N>
bool has_any(const redfish::ErrorBody& said, const std::array<std::string_view, N>& keys) {
    return std::any_of(keys.begin(), keys.end(), [&said](std::string_view key) { return said.has(key); });
}

unsigned named_parameters(const redfish::ErrorBody& said) {
    unsigned named = 0;
    for (const auto& [name, parameter] : kNames) {
        if (said.mentions(name)) named |= parameter;
    }
    return named;
}

bool mentions_any(const redfish::ErrorBody& said, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&said](std::string_view word) { return said.mentions(word); });
}

/// The BMC complains of the request's shape, or does not say of what.
bool is_unspecific(const redfish::ErrorBody& said) {
    if (has_any(said, kMissingKeys)) return true;
    if (mentions_any(said, {"parameter", "propert", "malformed"})) return true;
    const bool only_general =
        std::all_of(said.messages.begin(), said.messages.end(), [](const redfish::Message& message) {
            return message.key() == "GeneralError" || message.key() == "ExtendedInfo" || message.id.empty();
        });
    return only_general && !mentions_any(said, {"locate", "reach", "image", "media", "license", "licence", "use"});
}

bool is_new(const std::vector<Variant>& tried, Variant variant) {
    return std::find(tried.begin(), tried.end(), variant) == tried.end();
}

}  // namespace

base::Json insert_body(InsertVariant variant, const std::string& url) {
    base::Json body{{"Image", url}};
    if (variant.has(Variant::TransferProtocolType)) body["TransferProtocolType"] = transfer_protocol(url);
    if (variant.has(Variant::TransferMethod)) body["TransferMethod"] = "Stream";
    if (variant.has(Variant::Credentials)) {
        // Some firmware demands both, though the server asks for none.
        body["UserName"] = "none";
        body["Password"] = "none";
    }
    if (variant.has(Variant::Inserted)) body["Inserted"] = true;
    if (variant.has(Variant::WriteProtected)) body["WriteProtected"] = true;
    return body;
}

InsertVariant first_action_variant(const std::vector<redfish::ActionParameter>& parameters) {
    Variant variant;
    for (const auto& parameter : parameters) {
        for (const auto& [name, bit] : kNames) {
            if (parameter.required && parameter.name == name) variant = variant.with(bit);
        }
    }
    return variant;
}

std::optional<InsertVariant> next_variant(const std::vector<InsertVariant>& tried, int status,
                                          const redfish::ErrorBody& said) {
    const bool about_the_body = status == 400 || status == 415 || status == 422 || status == 500;
    if (!about_the_body || tried.empty()) return std::nullopt;
    const Variant current = tried.back();
    const unsigned named = named_parameters(said);
    const bool refusing =
        has_any(said, kRefusingKeys) || mentions_any(said, {"not supported", "read only", "read-only"});
    if (named != 0) {
        const Variant next = refusing ? current.without(named) : current.with(named);
        if (is_new(tried, next)) return next;
    }
    if (status == 500 || !is_unspecific(said)) return std::nullopt;
    const auto blind = std::find_if(kBlindVariants.begin(), kBlindVariants.end(),
                                    [&tried](Variant variant) { return is_new(tried, variant); });
    if (blind == kBlindVariants.end()) return std::nullopt;
    return *blind;
}

bool says_busy(int status, const redfish::ErrorBody& said) {
    if (status < 400) return false;
    return status == 409 || said.has("ConnectionOccupied") || mentions_any(said, {"already", "in use"});
}

std::string transfer_protocol(const std::string& url) {
    std::string scheme = url.substr(0, url.find(':'));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return scheme == "SMB" ? "CIFS" : scheme;
}

bool offers_protocol(const std::vector<std::string>& allowed, const std::string& url) {
    const std::string wanted = transfer_protocol(url);
    return allowed.empty() || std::any_of(allowed.begin(), allowed.end(), [&wanted](const std::string& each) {
               return http::equal_ignoring_case(each, wanted);
           });
}

}  // namespace isolde::bmc
