// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reading a virtual-media slot: is it empty, does it show our image, can it insert by URL, which one first. Pure.
#pragma once

#include "bmc/bmc.h"
#include "bmc/quirks.h"
#include "redfish/discovery.h"

#include <string_view>
#include <vector>

namespace isolde::bmc {

/// Not inserted and no image shown; on some products also when nothing is connected.
bool is_empty(const redfish::VirtualMedia& media, const Quirks& quirks);

/// True when `shown` is how a BMC echoes `wanted`: port dropped, percent-encoding changed, case changed.
bool same_image(std::string_view shown, std::string_view wanted);

/// True when the slot shows `url` and says, as far as it says anything, that it is inserted.
bool shows_inserted(const redfish::VirtualMedia& media, std::string_view url);

/// How a slot takes an image by URL.
enum class InsertWay { Action, Patch, None };
InsertWay insert_way(const redfish::FoundSlot& slot, const Quirks& quirks);

MediaSlot to_media_slot(const redfish::FoundSlot& slot, const Quirks& quirks);

/// In the order of preference for a boot CD: usable first; CD, then DVD, then unknown, then USB; otherwise as found,
/// which is the system's before the managers'.
std::vector<MediaSlot> in_order(const std::vector<redfish::FoundSlot>& found, const Quirks& quirks);

}  // namespace isolde::bmc
