// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/boot_operations.h"

namespace isolde::bmc {
namespace {

using namespace std::chrono_literals;
using base::Json;

constexpr auto kShowsWithin = 5s;
constexpr int kTriesDuringPost = 6;
constexpr auto kFirstPauseDuringPost = 5s;
constexpr auto kLongestPauseDuringPost = 30s;

std::string below(const std::string& path, const char* name) {
    return path + (path.ends_with('/') ? "" : "/") + name;
}

std::string mode_name(BootMode mode) {
    switch (mode) {
        case BootMode::Unchanged: return "";
        case BootMode::Uefi: return "UEFI";
        case BootMode::Bios: return "Legacy";
    }
    return "";
}

/// Refusals that another body or place cannot change.
bool is_final(int status) {
    return status == 401 || status == 403;
}

Json with_apply_time(Json body) {
    body["@Redfish.SettingsApplyTime"] = Json{{"ApplyTime", "OnReset"}};
    return body;
}

}  // namespace

base::Result<redfish::Boot> BootOperations::read(const std::string& system, base::Deadline deadline) const {
    return TRY(find_places(system, deadline)).boot;
}

base::Result<void> BootOperations::set(const std::string& system, BootDevice device, BootPersistence persistence,
                                       BootMode mode, base::Deadline deadline) const {
    if (device == BootDevice::None) return clear(system, deadline);
    Places places = TRY(find_places(system, deadline));
    const char* enabled = persistence == BootPersistence::Once ? "Once" : "Continuous";
    const BootWish wish{boot_target(device, places.boot, quirks_), enabled, mode_name(mode)};
    const Wanted wanted{boot_bodies(wish, places.boot, quirks_),
                        [&wish](const redfish::Boot& shown) { return shows_wish(shown, wish); }};
    return write(std::move(places), wanted, deadline);
}

base::Result<void> BootOperations::clear(const std::string& system, base::Deadline deadline) const {
    Places places = TRY(find_places(system, deadline));
    if (shows_cleared(places.boot)) return {};
    return write(std::move(places), {clear_bodies(), shows_cleared}, deadline);
}

base::Result<BootOperations::Places> BootOperations::find_places(const std::string& system,
                                                                 base::Deadline deadline) const {
    Places places;
    places.first = TRY(context_.service->get(system, deadline));
    const auto read = redfish::read_computer_system(places.first.body, system);
    places.boot = read.boot;
    if (read.settings.empty()) {
        places.paths = {system, below(system, "Settings"), below(system, "SD")};
        return places;
    }
    places.paths = {system, read.settings};
    auto settings = context_.service->get(read.settings, deadline);
    if (!settings.ok()) return places;
    redfish::Boot pending = redfish::read_boot(settings->body);
    if (!pending.has_target) return places;
    std::swap(places.paths[0], places.paths[1]);
    if (pending.allowed_targets.empty()) pending.allowed_targets = read.boot.allowed_targets;
    places.boot = std::move(pending);
    places.first = std::move(*settings);
    return places;
}

base::Result<void> BootOperations::write(Places places, const Wanted& wanted, base::Deadline deadline) const {
    std::optional<redfish::Resource> place = std::move(places.first);
    std::optional<base::Error> first;
    for (const auto& path : places.paths) {
        for (const auto& body : wanted.bodies) {
            base::Error last = base::internal("no attempt was made");
            if (TRY(try_body(path, std::exchange(place, std::nullopt), body, wanted.shown, last, deadline))) return {};
            const bool no_such_place = last.kind == base::ErrorKind::NotFound;
            // What the BMC said of the first, plainest request tells most.
            if (!first) first = std::move(last);
            if (no_such_place) break;
        }
    }
    return std::move(*first);
}

base::Result<bool> BootOperations::try_body(const std::string& path, std::optional<redfish::Resource> place,
                                            const Json& body, const Proof& shown, base::Error& last,
                                            base::Deadline deadline) const {
    if (!place) {
        auto read = context_.service->get(path, deadline);
        if (!read.ok()) {
            last = std::move(read).error();
            if (last.kind == base::ErrorKind::NotFound || last.kind == base::ErrorKind::Unsupported) return false;
            return last;
        }
        place = std::move(*read);
    }
    auto answer = TRY(patch_past_post(*place, body, deadline));
    if (answer.status == 400 && answer.error.mentions("ApplyTime")) {
        answer = TRY(patch_past_post(*place, with_apply_time(body), deadline));
    }
    if (!answer.ok()) {
        last = context_.refuse("PATCH", path, answer);
        if (is_final(answer.status)) return last;
        return false;
    }
    return comes_to_show(path, shown, last, deadline);
}

base::Result<bool> BootOperations::comes_to_show(const std::string& path, const Proof& shown, base::Error& last,
                                                 base::Deadline deadline) const {
    redfish::Boot now;
    const auto until = deadline.sooner(base::Deadline::after(context_.with.clock, kShowsWithin));
    const bool seen = TRY(poll_until(context_, until, [&]() -> base::Result<bool> {
        now = redfish::read_boot(TRY(context_.service->get(path, deadline)).body);
        return shown(now);
    }));
    if (!seen) {
        last = base::conflict(context_.address() + ": PATCH " + path +
                              " of the boot override was accepted but not done: it shows target '" + now.target +
                              "', '" + now.enabled + "'");
    }
    return seen;
}

base::Result<redfish::Answer> BootOperations::patch_past_post(const redfish::Resource& place, const Json& body,
                                                              base::Deadline deadline) const {
    base::Duration pause = kFirstPauseDuringPost;
    for (int attempt = 1;; ++attempt) {
        auto answer = TRY(context_.service->patch(place, body, deadline));
        const bool in_post = !answer.ok() && answer.error.has("UnableToModifyDuringSystemPOST");
        const bool time_left = pause < deadline.remaining(context_.with.clock);
        if (!in_post || attempt == kTriesDuringPost || !time_left) return answer;
        TRY(context_.wait(pause, deadline));
        pause = std::min<base::Duration>(pause * 2, kLongestPauseDuringPost);
    }
}

}  // namespace isolde::bmc
