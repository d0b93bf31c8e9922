// SPDX-License-Identifier: GPL-3.0-or-later
//
// Everything that is done with the bytes of a BMC's answer before it is believed.
#include "redfish/resources.h"
#include "redfish/retry.h"
#include "redfish/task.h"
#include "redfish/transport.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace isolde::redfish;

/// Breaks the run when a promise about what comes out is broken.
void require(bool promise) {
    if (!promise) std::abort();
}

bool is_line(const std::string& text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    }
    return true;
}

void check_link(const std::string& link) {
    require(link.empty() || (link.front() == '/' && link.size() <= kMaxLink && is_line(link)));
}

void check_error(const ErrorBody& error) {
    require(is_line(error.summary()) && error.summary().size() <= 600 && error.messages.size() <= 32);
}

void read_everything(const Json& body) {
    check_error(read_error_body(body));
    const auto root = read_service_root(body);
    for (const auto& link : {root.systems, root.managers, root.sessions}) check_link(link);
    const auto page = read_collection_page(body);
    require(page.members.size() <= kMaxItems);
    for (const auto& link : page.members) check_link(link);
    const auto system = read_computer_system(body, "/s");
    check_link(system.path);
    check_link(system.reset.target);
    check_link(read_manager(body, "/m").virtual_media);
    const auto media = read_virtual_media(body, "/v");
    check_link(media.insert.target);
    require(media.image.size() <= kMaxText);
    require(read_action_info(body).size() <= kMaxItems);
    check_link(task_path(body, ""));
    require(judge_task({200, body, false, {}}) != TaskVerdict::Gone);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_error(read_error_text(text));
    if (const auto link = resource_path(text)) check_link(*link);
    if (const auto pause = parse_retry_after(text, isolde::base::WallTime{})) {
        require(*pause >= std::chrono::seconds(1) && *pause <= std::chrono::seconds(30));
    }
    // Refusing is right for most inputs: what counts is that it returns.
    (void)Endpoint::parse(std::string(text));
    if (const auto json = parse_answer(text); json.ok()) read_everything(*json);
    return 0;
}
