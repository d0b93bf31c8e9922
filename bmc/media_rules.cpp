// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/media_rules.h"

#include "http/message.h"

#include <algorithm>
#include <cctype>
#include <tuple>

namespace isolde::bmc {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Lower case, percent-encoding undone.
std::string folded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        const bool encoded =
            c == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        if (encoded) {
            c = static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return result;
}

struct UrlParts {
    std::string before_port;  ///< scheme and host
    std::string port;         ///< with its colon
    std::string path;
};

UrlParts split(const std::string& url) {
    const auto scheme = url.find("://");
    const auto authority = scheme == std::string::npos ? 0 : scheme + 3;
    const auto path = std::min(url.find('/', authority), url.size());
    const auto bracket = url.rfind(']', path);
    const auto host_end = bracket != std::string::npos && bracket >= authority ? bracket : authority;
    const auto colon = std::min(url.find(':', host_end), path);
    return {url.substr(0, colon), url.substr(colon, path - colon), url.substr(path)};
}

bool lists(const std::vector<std::string>& types, std::string_view type) {
    return std::any_of(types.begin(), types.end(),
                       [type](const std::string& each) { return http::equal_ignoring_case(each, type); });
}

std::vector<MediaType> media_types(const std::vector<std::string>& types) {
    std::vector<MediaType> result;
    if (lists(types, "CD") || lists(types, "DVD")) result.push_back(MediaType::Cd);
    if (lists(types, "USBStick") || lists(types, "Floppy")) result.push_back(MediaType::Usb);
    return result;
}

int type_rank(const std::vector<std::string>& types) {
    if (lists(types, "CD")) return 0;
    if (lists(types, "DVD")) return 1;
    return types.empty() ? 2 : 3;
}

bool is_known_unusable(const redfish::VirtualMedia& media, const Quirks& quirks) {
    const auto prefixes = quirks.values(Trait::UnusableSlotPrefix);
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&media](std::string_view prefix) { return media.id.starts_with(prefix); });
}

}  // namespace

bool is_empty(const redfish::VirtualMedia& media, const Quirks& quirks) {
    const bool disconnected = http::equal_ignoring_case(media.connected_via, "NotConnected");
    if (quirks.has(Trait::DisconnectedIsEmpty) && disconnected && !media.inserted.value_or(false)) return true;
    return !media.inserted.value_or(false) && media.image.empty();
}

bool same_image(std::string_view shown, std::string_view wanted) {
    const UrlParts a = split(folded(shown));
    const UrlParts b = split(folded(wanted));
    const bool same_port = a.port == b.port || a.port.empty();
    return !shown.empty() && a.before_port == b.before_port && same_port && a.path == b.path;
}

bool shows_inserted(const redfish::VirtualMedia& media, std::string_view url) {
    if (!same_image(media.image, url)) return false;
    if (media.inserted.has_value()) return *media.inserted;
    return media.connected_via.empty() || http::equal_ignoring_case(media.connected_via, "URI");
}

InsertWay insert_way(const redfish::FoundSlot& slot, const Quirks& quirks) {
    if (is_known_unusable(slot.media, quirks)) return InsertWay::None;
    if (slot.media.insert.exists()) return InsertWay::Action;
    // A slot that can eject but not insert by an action is fed by the BMC's own console only.
    const bool patchable =
        slot.resource.allows_patch && !slot.media.eject.exists() && slot.resource.body.contains("Image");
    return patchable ? InsertWay::Patch : InsertWay::None;
}

MediaSlot to_media_slot(const redfish::FoundSlot& slot, const Quirks& quirks) {
    const std::string_view only_bootable = quirks.value(Trait::OnlyBootableSlot);
    MediaSlot result;
    result.id = base::SlotId(slot.media.path);
    result.name = slot.media.name.empty() ? slot.media.id : slot.media.name;
    result.types = media_types(slot.media.media_types);
    result.insertable = insert_way(slot, quirks) != InsertWay::None;
    result.bootable = only_bootable.empty() || slot.media.id == only_bootable;
    if (!is_empty(slot.media, quirks)) {
        result.inserted = slot.media.inserted.value_or(true);
        result.image = slot.media.image;
    }
    return result;
}

std::vector<MediaSlot> in_order(const std::vector<redfish::FoundSlot>& found, const Quirks& quirks) {
    std::vector<std::pair<std::tuple<bool, bool, int>, MediaSlot>> ranked;
    for (const auto& each : found) {
        MediaSlot slot = to_media_slot(each, quirks);
        const std::tuple rank{!slot.insertable, !slot.bootable, type_rank(each.media.media_types)};
        ranked.emplace_back(rank, std::move(slot));
    }
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<MediaSlot> ordered;
    for (auto& [rank, slot] : ranked) {
        ordered.push_back(std::move(slot));
    }
    return ordered;
}

}  // namespace isolde::bmc
