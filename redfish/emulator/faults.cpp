// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/faults.h"

#include <algorithm>
#include <array>
#include <utility>

namespace isolde::emulator {
namespace {

using base::Json;
using base::JsonReader;
using base::Result;

constexpr std::array<std::pair<std::string_view, FaultAction>, 10> kActions = {{{"delay", FaultAction::Delay},
                                                                                {"status", FaultAction::Status},
                                                                                {"body", FaultAction::Body},
                                                                                {"override", FaultAction::Override},
                                                                                {"ignore", FaultAction::Ignore},
                                                                                {"reset", FaultAction::Reset},
                                                                                {"close", FaultAction::Close},
                                                                                {"drop", FaultAction::Drop},
                                                                                {"hang", FaultAction::Hang},
                                                                                {"refuse", FaultAction::Refuse}}};
constexpr std::uint64_t kLargestBody = std::uint64_t{256} << 20U;

Result<FaultAction> parse_action(const std::string& name) {
    for (const auto& [text, action] : kActions) {
        if (text == name) {
            return action;
        }
    }
    return base::invalid_argument("\"" + name + "\" is no action of a fault");
}

Result<std::uint64_t> unsigned_member(const JsonReader& reader, std::string_view name, std::uint64_t fallback) {
    const auto value = TRY(reader.optional_integer(name));
    if (value && *value < 0) {
        return base::invalid_argument(reader.pointer() + "/" + std::string(name) + " must not be negative");
    }
    return value ? static_cast<std::uint64_t>(*value) : fallback;
}

Result<double> probability_of(const JsonReader& reader) {
    if (!reader.has("probability")) {
        return 1.0;
    }
    const Json& value = reader.json()["probability"];
    if (!value.is_number() || value.get<double>() < 0 || value.get<double>() > 1) {
        return base::invalid_argument(reader.pointer() + "/probability must be a number from 0 to 1");
    }
    return value.get<double>();
}

Result<base::Duration> delay_of(const JsonReader& reader) {
    const auto text = TRY(reader.optional_string("delay"));
    return text ? base::parse_duration(*text) : Result<base::Duration>(base::Duration{});
}

Result<void> read_headers(const JsonReader& reader, FaultRule& rule) {
    const auto headers = TRY(reader.optional_object("headers"));
    if (!headers) {
        return {};
    }
    for (const auto& [name, value] : headers->json().items()) {
        if (!value.is_string()) {
            return base::invalid_argument(headers->pointer() + "/" + name + " must be a string");
        }
        rule.headers.emplace_back(name, value.get<std::string>());
    }
    return {};
}

Result<void> read_content(const JsonReader& reader, FaultRule& rule) {
    TRY(read_headers(reader, rule));
    rule.text = TRY(reader.optional_string("text"));
    rule.size = TRY(unsigned_member(reader, "size", 0));
    if (rule.size > kLargestBody) {
        return base::invalid_argument(reader.pointer() + "/size must be at most 268435456");
    }
    for (const char* name : {"json", "fields"}) {
        if (reader.json().contains(name)) {
            rule.json = reader.json()[name];
        }
    }
    if (rule.action == FaultAction::Override && !(rule.json && rule.json->is_object())) {
        return base::invalid_argument(reader.pointer() + ": the action \"override\" needs an object in \"fields\"");
    }
    if (rule.action == FaultAction::Body && !rule.json && !rule.text && rule.size == 0) {
        return base::invalid_argument(reader.pointer() + ": the action \"body\" needs \"text\", \"json\" or \"size\"");
    }
    return {};
}

Result<FaultRule> parse_rule(const JsonReader& reader) {
    TRY(reader.only({"id", "method", "path", "body_contains", "bmc", "nth", "count", "probability", "action", "delay",
                     "status", "headers", "json", "fields", "text", "size"}));
    FaultRule rule;
    rule.action = TRY(parse_action(TRY(reader.string("action"))).with_context(reader.pointer() + "/action"));
    rule.id = TRY(reader.optional_string("id")).value_or("");
    rule.method = TRY(reader.optional_string("method")).value_or("*");
    rule.path = TRY(reader.optional_string("path")).value_or("*");
    rule.body_contains = TRY(reader.optional_string("body_contains")).value_or("");
    if (reader.has("bmc")) {
        rule.bmc = TRY(unsigned_member(reader, "bmc", 1));
    }
    rule.nth = std::max<std::uint64_t>(1, TRY(unsigned_member(reader, "nth", 1)));
    rule.count = TRY(unsigned_member(reader, "count", 0));
    rule.probability = TRY(probability_of(reader));
    rule.delay = TRY(delay_of(reader).with_context(reader.pointer() + "/delay"));
    const std::uint64_t standard = rule.action == FaultAction::Ignore ? 204 : 500;
    rule.status = static_cast<int>(TRY(unsigned_member(reader, "status", standard)));
    if (rule.status < 200 || rule.status > 599) {
        return base::invalid_argument(reader.pointer() + "/status must be from 200 to 599");
    }
    TRY(read_content(reader, rule));
    return rule;
}

}  // namespace

std::string_view to_string(FaultAction action) {
    for (const auto& [text, value] : kActions) {
        if (value == action) {
            return text;
        }
    }
    return "delay";
}

Result<std::vector<FaultRule>> parse_faults(const Json& value) {
    const Json* rules = &value;
    if (value.is_object() && value.contains("faults")) {
        rules = &value["faults"];
    }
    const Json single = rules->is_object() ? Json::array({*rules}) : Json();
    if (rules->is_object()) {
        rules = &single;
    }
    if (!rules->is_array()) {
        return base::invalid_argument("faults are a rule, a list of rules or {\"faults\": list}");
    }
    std::vector<FaultRule> parsed;
    for (std::size_t index = 0; index < rules->size(); ++index) {
        const std::string pointer = "/" + std::to_string(index);
        if (!(*rules)[index].is_object()) {
            return base::invalid_argument(pointer + " must be an object");
        }
        parsed.push_back(TRY(parse_rule(JsonReader((*rules)[index], pointer))));
    }
    return parsed;
}

void FaultTable::add(std::vector<FaultRule> rules) {
    for (FaultRule& rule : rules) {
        if (rule.id.empty()) {
            rule.id = "fault-" + std::to_string(entries_.size() + 1);
        }
        remove(rule.id);
        entries_.push_back({std::move(rule), 0, 0});
    }
}

bool FaultTable::remove(std::string_view id) {
    return std::erase_if(entries_, [id](const Entry& entry) { return entry.rule.id == id; }) > 0;
}

FaultDecision FaultTable::decide(std::string_view method, std::string_view path, std::string_view body) {
    FaultDecision decision;
    for (Entry& entry : entries_) {
        const FaultRule& rule = entry.rule;
        const bool passing = rule.action == FaultAction::Delay || rule.action == FaultAction::Override;
        if (!matches(entry, method, path, body) || (!passing && decision.terminal) || !fires(entry)) {
            continue;
        }
        decision.ids += (decision.ids.empty() ? "" : " ") + rule.id;
        if (rule.action != FaultAction::Refuse) {
            decision.delay += rule.delay;
        }
        if (rule.action == FaultAction::Override) {
            decision.overrides.push_back(*rule.json);
        } else if (!passing) {
            decision.terminal = rule;
        }
    }
    return decision;
}

/// Counts every match, so that `nth` means the same whatever other rules there are.
bool FaultTable::matches(Entry& entry, std::string_view method, std::string_view path, std::string_view body) {
    const FaultRule& rule = entry.rule;
    // A host's boot is no request: only a rule that asks for it may meet it.
    const bool method_fits = rule.method == method || (rule.method == "*" && method != "HOST");
    if (!method_fits || !matches_glob(rule.path, path) || body.find(rule.body_contains) == std::string_view::npos) {
        return false;
    }
    ++entry.matched;
    return entry.matched >= rule.nth;
}

bool FaultTable::fires(Entry& entry) {
    const FaultRule& rule = entry.rule;
    if (rule.count != 0 && entry.applied >= rule.count) {
        return false;
    }
    constexpr std::uint64_t kMillion = 1'000'000;
    if (rule.probability < 1 &&
        static_cast<double>(random_.below(kMillion)) >= rule.probability * static_cast<double>(kMillion)) {
        return false;
    }
    ++entry.applied;
    return true;
}

Json FaultTable::describe() const {
    Json list = Json::array();
    for (const Entry& entry : entries_) {
        list.push_back({{"id", entry.rule.id},
                        {"action", to_string(entry.rule.action)},
                        {"matched", entry.matched},
                        {"applied", entry.applied}});
    }
    return list;
}

bool matches_glob(std::string_view glob, std::string_view text) {
    std::size_t g = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = g++;
            resume = t;
        } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
            ++g;
            ++t;
        } else if (star != std::string_view::npos) {
            g = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', g) == std::string_view::npos;
}

}  // namespace isolde::emulator
