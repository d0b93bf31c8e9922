// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which parameters of InsertMedia a BMC wants. The standard requires only Image; products refuse some of the others,
// or demand them, and say so in many ways. From what a BMC says follows the next variant to try. Pure.
#pragma once

#include "redfish/error_body.h"
#include "redfish/resources.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::bmc {

/// A set of parameters beside Image.
class InsertVariant {
  public:
    enum Parameter : unsigned {
        TransferProtocolType = 1,
        TransferMethod = 2,
        Credentials = 4,
        Inserted = 8,
        WriteProtected = 16
    };

    constexpr InsertVariant() = default;
    constexpr explicit InsertVariant(unsigned parameters) : parameters_(parameters) {}
    constexpr bool has(Parameter parameter) const { return (parameters_ & parameter) != 0; }
    constexpr InsertVariant with(unsigned parameters) const { return InsertVariant(parameters_ | parameters); }
    constexpr InsertVariant without(unsigned parameters) const { return InsertVariant(parameters_ & ~parameters); }
    constexpr bool operator==(const InsertVariant&) const = default;

  private:
    unsigned parameters_ = 0;
};

/// The request's body. `url` is an absolute URL.
base::Json insert_body(InsertVariant variant, const std::string& url);

/// Where to begin with an action: Image alone, and what its ActionInfo requires.
InsertVariant first_action_variant(const std::vector<redfish::ActionParameter>& parameters);
/// Where to begin with a PATCH: firmware without the action wants the state spelled out.
inline constexpr InsertVariant kFirstPatchVariant{InsertVariant::Inserted | InsertVariant::WriteProtected};

/// What to try after a refusal: without the parameters that are refused by name, else with those that are asked for,
/// else, when the BMC does not say what it minds, the next of a short list. Never one of `tried`, whose last is what
/// was refused. Nothing: the refusal is about something else and stands.
std::optional<InsertVariant> next_variant(const std::vector<InsertVariant>& tried, int status,
                                          const redfish::ErrorBody& said);

/// True when the refusal says that the slot or the service is in use.
bool says_busy(int status, const redfish::ErrorBody& said);

/// TransferProtocolType for a URL: "HTTP", "HTTPS", "NFS", "CIFS".
std::string transfer_protocol(const std::string& url);
/// True when `allowed` is empty or lists the URL's protocol.
bool offers_protocol(const std::vector<std::string>& allowed, const std::string& url);

}  // namespace isolde::bmc
