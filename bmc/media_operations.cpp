// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/media_operations.h"

#include <array>

namespace isolde::bmc {
namespace {

using namespace std::chrono_literals;
using base::Json;

constexpr auto kShowsInsertedWithin = 90s;
constexpr auto kShowsEmptyWithin = 60s;
constexpr auto kRepeatPause = 3s;
constexpr int kMaxRepeats = 3;

/// The rungs of ejecting by action: a body, none (some refuse one), a body again for a BMC that was busy.
const std::array<std::optional<Json>, 3> kEjectBodies{Json::object(), std::nullopt, Json::object()};

const std::array<Json, 4> kEjectPatches{
    Json{{"Image", nullptr}, {"Inserted", false}},
    Json{{"Image", nullptr}},
    Json{{"Inserted", false}},
    Json{{"Inserted", false}, {"WriteProtected", false}},
};

std::size_t eject_rungs(const redfish::FoundSlot& slot) {
    return slot.media.eject.exists() ? kEjectBodies.size() : kEjectPatches.size();
}

const std::string& insert_path(const redfish::FoundSlot& slot) {
    return slot.media.insert.exists() ? slot.media.insert.target : slot.media.path;
}

bool ends_the_ladder(int status) {
    return status == 401 || status == 403;
}

}  // namespace

std::optional<std::vector<redfish::ActionParameter>> ActionInfos::find(const std::string& path) const {
    const base::Lock lock(mutex_);
    const auto found = known_.find(path);
    return found == known_.end() ? std::nullopt : std::optional(found->second);
}

void ActionInfos::remember(const std::string& path, std::vector<redfish::ActionParameter> parameters) {
    const base::Lock lock(mutex_);
    known_.insert_or_assign(path, std::move(parameters));
}

void ActionInfos::forget(const std::string& path) {
    const base::Lock lock(mutex_);
    known_.erase(path);
}

base::Result<redfish::FoundSlot> MediaOperations::read(const std::string& slot, base::Deadline deadline) const {
    redfish::FoundSlot found;
    found.resource = TRY(context_.service->get(slot, deadline));
    found.media = redfish::read_virtual_media(found.resource.body, slot);
    return found;
}

base::Result<void> MediaOperations::insert(const std::string& slot, const std::string& url,
                                           base::Deadline deadline) const {
    const redfish::FoundSlot found = TRY(read(slot, deadline));
    if (shows_inserted(found.media, url)) return {};
    if (insert_way(found, quirks_) == InsertWay::None) return cannot_insert(slot);
    if (!is_empty(found.media, quirks_) && !same_image(found.media.image, url)) return holds_another(found.media);
    TRY(walk_insert_ladder(found, url, deadline));
    return await_inserted(slot, url, deadline);
}

base::Result<void> MediaOperations::walk_insert_ladder(const redfish::FoundSlot& slot, const std::string& url,
                                                       base::Deadline deadline) const {
    Progress progress;
    progress.tried.push_back(TRY(first_variant(slot, url, deadline)));
    for (;;) {
        auto answer = send_insert(slot, progress.tried.back(), url, deadline);
        if (!answer.ok()) {
            if (!is_ambiguous(answer.error())) return std::move(answer).error();
            // It may have been taken all the same; sending it twice could insert behind somebody's back.
            const auto now = TRY(read(slot.media.path, deadline));
            if (shows_inserted(now.media, url)) return {};
            return std::move(answer).error();
        }
        if (answer->ok()) return {};
        if (TRY(after_refusal(slot, *answer, url, progress, deadline))) return {};
    }
}

base::Result<InsertVariant> MediaOperations::first_variant(const redfish::FoundSlot& slot, const std::string& url,
                                                           base::Deadline deadline) const {
    if (!slot.media.insert.exists()) return kFirstPatchVariant;
    const auto parameters = TRY(parameters_of(slot.media.insert, deadline));
    std::vector<std::string> allowed = slot.media.insert.allowed;
    for (const auto& parameter : parameters) {
        if (parameter.name == "TransferProtocolType" && allowed.empty()) allowed = parameter.allowed;
    }
    if (!offers_protocol(allowed, url)) {
        std::string offered;
        for (const auto& each : allowed) {
            offered += (offered.empty() ? "" : ", ") + each;
        }
        return base::unsupported(context_.address() + ": slot " + slot.media.path + " takes images by " + offered +
                                 " only, not by " + transfer_protocol(url));
    }
    return first_action_variant(parameters);
}

base::Result<std::vector<redfish::ActionParameter>> MediaOperations::parameters_of(const redfish::Action& action,
                                                                                   base::Deadline deadline) const {
    if (action.action_info.empty()) return std::vector<redfish::ActionParameter>{};
    if (auto known = infos_.find(action.action_info)) return std::move(*known);
    auto info = context_.service->get(action.action_info, deadline);
    // It only saves refused attempts: without it the ladder finds the way.
    if (!info.ok()) return std::vector<redfish::ActionParameter>{};
    auto parameters = redfish::read_action_info(info->body);
    infos_.remember(action.action_info, parameters);
    return parameters;
}

base::Result<redfish::Answer> MediaOperations::send_insert(const redfish::FoundSlot& slot, InsertVariant variant,
                                                           const std::string& url, base::Deadline deadline) const {
    const Json body = insert_body(variant, url);
    if (slot.media.insert.exists()) return context_.service->post(slot.media.insert.target, body, deadline);
    return context_.service->patch(slot.resource, body, deadline);
}

base::Result<bool> MediaOperations::after_refusal(const redfish::FoundSlot& slot, const redfish::Answer& answer,
                                                  const std::string& url, Progress& progress,
                                                  base::Deadline deadline) const {
    const base::Error error = context_.refuse(slot.media.insert.exists() ? "POST" : "PATCH", insert_path(slot), answer);
    const bool busy = says_busy(answer.status, answer.error);
    if (!busy) infos_.forget(slot.media.insert.action_info);
    const auto next = busy ? std::nullopt : next_variant(progress.tried, answer.status, answer.error);
    if (next) {
        progress.tried.push_back(*next);
        return false;
    }
    if ((!busy && answer.status < 500) || answer.status == 501) return error;
    const auto now = TRY(read(slot.media.path, deadline));
    if (shows_inserted(now.media, url)) return true;
    if (!is_empty(now.media, quirks_) && !same_image(now.media.image, url)) return holds_another(now.media);
    if (++progress.repeats > kMaxRepeats || kRepeatPause >= deadline.remaining(context_.with.clock)) return error;
    TRY(context_.wait(kRepeatPause, deadline));
    return false;
}

base::Result<void> MediaOperations::await_inserted(const std::string& slot, const std::string& url,
                                                   base::Deadline deadline) const {
    const auto until = deadline.sooner(base::Deadline::after(context_.with.clock, kShowsInsertedWithin));
    redfish::VirtualMedia last;
    const bool shown = TRY(poll_until(context_, until, [&]() -> base::Result<bool> {
        last = TRY(read(slot, until)).media;
        return shows_inserted(last, url);
    }));
    if (shown) return {};
    return base::timed_out(context_.address() + ": the insertion into " + slot +
                           " was accepted, but the slot does not show it: Image is '" +
                           redfish::printable(last.image, 300) + "', Inserted is " +
                           (last.inserted.value_or(false) ? "true" : "false"));
}

base::Result<void> MediaOperations::eject(const std::string& slot, base::Deadline deadline) const {
    redfish::FoundSlot found = TRY(read(slot, deadline));
    if (is_empty(found.media, quirks_)) return {};
    base::Error last = base::timed_out(context_.address() + ": " + slot + " still shows a medium after its ejection");
    for (std::size_t rung = 0; rung < eject_rungs(found); ++rung) {
        auto answer = send_eject(found, rung, deadline);
        if (!answer.ok() && !is_ambiguous(answer.error())) return std::move(answer).error();
        const bool accepted = answer.ok() && answer->ok();
        const bool may_have_worked = accepted || !answer.ok() || answer->status >= 500;
        if (TRY(await_empty(slot, accepted ? kShowsEmptyWithin : may_have_worked ? kRepeatPause : 0s, deadline)))
            return {};
        if (!answer.ok()) {
            last = std::move(answer).error();
            continue;
        }
        if (!answer->ok()) last = context_.refuse("ejecting", slot, *answer);
        if (ends_the_ladder(answer->status)) return last;
    }
    return last;
}

base::Result<redfish::Answer> MediaOperations::send_eject(const redfish::FoundSlot& slot, std::size_t rung,
                                                          base::Deadline deadline) const {
    if (slot.media.eject.exists()) {
        return context_.service->post(slot.media.eject.target, kEjectBodies[rung], deadline);
    }
    return context_.service->patch(slot.resource, kEjectPatches[rung], deadline);
}

base::Result<bool> MediaOperations::await_empty(const std::string& slot, base::Duration within,
                                                base::Deadline deadline) const {
    const auto until = deadline.sooner(base::Deadline::after(context_.with.clock, within));
    return poll_until(context_, until,
                      [&]() -> base::Result<bool> { return is_empty(TRY(read(slot, deadline)).media, quirks_); });
}

base::Error MediaOperations::holds_another(const redfish::VirtualMedia& media) const {
    const std::string& what = media.image.empty() ? media.image_name : media.image;
    return base::conflict(context_.address() + ": slot " + media.path + " holds another medium: '" +
                          redfish::printable(what, 300) + "'; eject it first");
}

base::Error MediaOperations::cannot_insert(const std::string& slot) const {
    const std::string_view known = quirks_.value(Trait::NoStandardMedia);
    return base::unsupported(context_.address() + ": slot " + slot + " cannot insert an image by URL" +
                             (known.empty() ? "" : ": " + std::string(known)));
}

}  // namespace isolde::bmc
