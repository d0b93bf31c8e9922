// SPDX-License-Identifier: GPL-3.0-or-later
//
// What goes wrong, as data: rules that match requests and change what happens to them. docs/emulator.md describes the
// file format. The boot of a host is matched too, as method "HOST" on the path of its system.
#pragma once

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::emulator {

enum class FaultAction {
    Delay,     ///< nothing but the delay
    Status,    ///< answered with a status, headers and body of the rule; the request has no effect
    Body,      ///< carried out; the rule's text or a body of `size` bytes replaces the answer's
    Override,  ///< carried out; a merge patch (RFC 7396) is applied to the answer's JSON
    Ignore,    ///< answered as if it had been carried out, without effect. On "HOST": the medium is never read
    Reset,     ///< RST instead of an answer; without effect
    Close,     ///< closed without an answer; without effect
    Drop,      ///< carried out, then closed without an answer
    Hang,      ///< never answered; without effect
    Refuse,    ///< the BMC's port refuses connections for `delay`
};

struct FaultRule {
    std::string id;
    std::string method = "*";
    std::string path = "*";  ///< glob: '*' is any text, '?' any character
    std::string body_contains;
    std::optional<std::size_t> bmc;  ///< only this BMC (from 1)
    std::uint64_t nth = 1;           ///< the first match that it applies to
    std::uint64_t count = 0;         ///< how many times; 0: without end
    double probability = 1.0;
    FaultAction action = FaultAction::Delay;
    base::Duration delay{};
    int status = 500;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<base::Json> json;  ///< body of Status, fields of Override
    std::optional<std::string> text;
    std::uint64_t size = 0;
};

/// What the rules make of one request.
struct FaultDecision {
    base::Duration delay{};
    std::vector<base::Json> overrides;
    std::optional<FaultRule> terminal;  ///< the first matching rule that is neither Delay nor Override
    std::string ids;                    ///< of the rules that apply, separated by spaces
};

/// A rule, or {"faults": [rule…]}, or [rule…]. Errors: InvalidArgument naming the rule and member.
base::Result<std::vector<FaultRule>> parse_faults(const base::Json& value);

/// The rules of one BMC with their counters. Not thread-safe.
class FaultTable {
  public:
    explicit FaultTable(base::Random& random) : random_(random) {}

    /// A rule with the id of an existing one replaces it.
    void add(std::vector<FaultRule> rules);
    void clear() { entries_.clear(); }
    /// False when there is no such rule.
    bool remove(std::string_view id);

    FaultDecision decide(std::string_view method, std::string_view path, std::string_view body);
    /// [{"id", "action", "matched", "applied"}…]
    base::Json describe() const;

  private:
    struct Entry {
        FaultRule rule;
        std::uint64_t matched = 0;
        std::uint64_t applied = 0;
    };
    static bool matches(Entry& entry, std::string_view method, std::string_view path, std::string_view body);
    bool fires(Entry& entry);

    base::Random& random_;
    std::vector<Entry> entries_;
};

bool matches_glob(std::string_view glob, std::string_view text);
std::string_view to_string(FaultAction action);

}  // namespace isolde::emulator
