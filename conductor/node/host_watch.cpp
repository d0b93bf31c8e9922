// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/host_watch.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace isolde::conductor {
namespace {

using base::Json;
using base::JsonReader;
using base::Result;
using base::WallTime;

/// Some BMCs work it out from the uptime, and round.
constexpr auto kResetTimeRounding = std::chrono::seconds(10);

/// BootProgressTypes of the ComputerSystem schema (DSP8010) in the order of a boot. "None" and "OEM" tell nothing.
constexpr std::array<std::string_view, 9> kProgress{
    "PrimaryProcessorInitializationStarted",
    "BusInitializationStarted",
    "MemoryInitializationStarted",
    "SecondaryProcessorInitializationStarted",
    "PCIResourceConfigStarted",
    "SystemHardwareInitializationComplete",
    "SetupEntered",
    "OSBootStarted",
    "OSRunning",
};

constexpr std::ptrdiff_t kLastOfPost = 5;

/// Nothing for a state that tells nothing.
std::optional<std::ptrdiff_t> rank_of(const std::string& progress) {
    const auto* found = std::find(kProgress.begin(), kProgress.end(), progress);
    return found == kProgress.end() ? std::nullopt : std::optional(std::distance(kProgress.begin(), found));
}

Json time_or_null(const std::optional<WallTime>& time) {
    return time ? Json(base::to_iso8601(*time)) : Json(nullptr);
}

Result<std::optional<WallTime>> time_at(const JsonReader& reader, std::string_view name) {
    const auto text = TRY(reader.optional_string(name));
    return text ? std::optional(TRY(base::parse_iso8601(*text).with_context(std::string(name))))
                : std::optional<WallTime>();
}

/// A state that tells nothing keeps the one before it, so that going back shows across it.
HostLook carried_on(const HostLook& before, HostLook now) {
    if (!rank_of(now.boot_progress)) {
        now.boot_progress = before.boot_progress;
    }
    if (!now.last_reset) {
        now.last_reset = before.last_reset;
    }
    return now;
}

HostVerdict judge(HostWatch watch, const Evidence& evidence, base::Duration patience) {
    using Kind = HostVerdict::Kind;
    const Restart restart = *watch.restart;
    if (evidence.loader_last_read && *evidence.loader_last_read >= restart.not_before) {
        watch.restart.reset();
        return {Kind::LoadedAgain, std::move(watch)};
    }
    const WallTime quiet_since = std::max(evidence.last_read.value_or(restart.noticed), restart.noticed);
    const bool left = !evidence.opaque && watch.last.at - quiet_since >= patience;
    const Kind kind = left ? Kind::Left : watch.last.at == restart.noticed ? Kind::Restarted : Kind::Waiting;
    return {kind, std::move(watch)};
}

}  // namespace

Json to_json(const HostWatch& watch) {
    Json value = {{"at", base::to_iso8601(watch.last.at)},
                  {"last_reset", time_or_null(watch.last.last_reset)},
                  {"boot_progress", watch.last.boot_progress}};
    if (watch.restart) {
        value["restart"] = {{"not_before", base::to_iso8601(watch.restart->not_before)},
                            {"noticed", base::to_iso8601(watch.restart->noticed)}};
    }
    return value;
}

Result<HostWatch> host_watch_from_json(const Json& value) {
    const JsonReader reader(value);
    HostWatch watch;
    watch.last.at = TRY(time_at(reader, "at")).value_or(WallTime{});
    watch.last.last_reset = TRY(time_at(reader, "last_reset"));
    watch.last.boot_progress = TRY(reader.optional_string("boot_progress")).value_or("");
    if (value.contains("restart")) {
        const JsonReader restart(value["restart"], "/restart");
        watch.restart = Restart{TRY(time_at(restart, "not_before")).value_or(WallTime{}),
                                TRY(time_at(restart, "noticed")).value_or(WallTime{})};
    }
    return watch;
}

bool shows_restart(const HostLook& before, const HostLook& now) {
    const bool reset_moved =
        before.last_reset && now.last_reset && *now.last_reset - *before.last_reset > kResetTimeRounding;
    const auto rank_before = rank_of(before.boot_progress);
    const auto rank_now = rank_of(now.boot_progress);
    // From OSRunning to OSBootStarted a BMC may also go that was late to notice the present boot.
    const bool back_to_post = rank_before && rank_now && *rank_now < *rank_before && *rank_now <= kLastOfPost;
    return reset_moved || back_to_post;
}

HostVerdict look_again(const std::optional<HostWatch>& before, const HostLook& now, const Evidence& evidence,
                       base::Duration patience) {
    if (!before) {
        return {HostVerdict::Kind::SameBoot, {now, std::nullopt}};
    }
    HostWatch watch{carried_on(before->last, now), before->restart};
    if (shows_restart(before->last, now)) {
        watch.restart = Restart{before->last.at, now.at};
    }
    return watch.restart ? judge(std::move(watch), evidence, patience)
                         : HostVerdict{HostVerdict::Kind::SameBoot, std::move(watch)};
}

}  // namespace isolde::conductor
