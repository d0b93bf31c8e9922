// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/waiting.h"

#include "conductor/cli/output.h"

#include <chrono>
#include <thread>

namespace isolde::cli {
namespace {

std::string text_of(const base::Json& object, const char* name) {
    return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : "";
}

std::string boot_progress(const base::Json& evidence) {
    if (!evidence.is_object() || !evidence.contains("loader")) {
        return "";
    }
    return std::string(evidence.value("loader", false) ? ": boot loader read" : ": boot loader not read yet") +
           ", kernel " + std::to_string(evidence.value("kernel_percent", 0)) + " %, initrd " +
           std::to_string(evidence.value("initrd_percent", 0)) + " %";
}

std::string progress_of(const base::Json& node) {
    const base::Json internal = node.value("driver_internal_info", base::Json::object());
    const std::string state = text_of(node, "provision_state");
    if (internal.contains("download")) {
        const base::Json& download = internal["download"];
        std::optional<std::uint64_t> total;
        if (download.contains("total")) {
            total = download["total"].get<std::uint64_t>();
        }
        return state + ": " +
               render_progress(download.value("received", std::uint64_t{0}), total, download.value("phase", ""));
    }
    return state + boot_progress(internal.value("evidence", base::Json(nullptr)));
}

bool is_failure(const std::string& state) {
    return state == "error" || state.ends_with(" failed");
}

}  // namespace

WaitVerdict judge_wait(const base::Json& node, const std::string& wanted) {
    const std::string state = text_of(node, "provision_state");
    if (state == wanted) {
        return {WaitVerdict::Kind::Done, progress_of(node)};
    }
    const bool at_rest = node.value("target_provision_state", base::Json(nullptr)).is_null();
    if (is_failure(state) || at_rest) {
        const std::string reason = text_of(node, "last_error");
        return {WaitVerdict::Kind::Failed, "node is '" + state + "'" + (reason.empty() ? "" : ": " + reason)};
    }
    return {WaitVerdict::Kind::Pending, progress_of(node)};
}

base::Result<void> wait_for_state(RestClient& client, Session& session, const std::string& node,
                                  const std::string& wanted, int timeout_seconds) {
    ProgressLine line(session.progress, session.terminal);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(timeout_seconds);
    while (true) {
        const WaitVerdict verdict = judge_wait(TRY(client.get("/v1/nodes/" + node)), wanted);
        line.show(verdict.text);
        if (verdict.kind != WaitVerdict::Kind::Pending) {
            line.end();
            return verdict.kind == WaitVerdict::Kind::Done ? base::Result<void>() : base::internal(verdict.text);
        }
        if (std::chrono::steady_clock::now() >= end) {
            line.end();
            return base::timed_out("node " + node + " is still '" + verdict.text + "' after " +
                                   std::to_string(timeout_seconds) + " s; it goes on: look with isolde node show");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
}

}  // namespace isolde::cli
