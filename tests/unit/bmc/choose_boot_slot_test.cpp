// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/bmc.h"

#include <gtest/gtest.h>

namespace isolde::bmc {
namespace {

struct SlotRow {
    std::string name;
    std::vector<MediaSlot> slots;
    std::string chosen;
};

MediaSlot slot(const std::string& id, std::vector<MediaType> types) {
    MediaSlot made;
    made.id = base::SlotId(id);
    made.types = std::move(types);
    made.insertable = true;
    return made;
}

MediaSlot occupied(MediaSlot slot) {
    slot.inserted = true;
    slot.image = "http://192.0.2.9/other.iso";
    return slot;
}

MediaSlot unbootable(MediaSlot slot) {
    slot.bootable = false;
    return slot;
}

MediaSlot uninsertable(MediaSlot slot) {
    slot.insertable = false;
    return slot;
}

std::vector<SlotRow> rows() {
    const auto cd = std::vector{MediaType::Cd};
    const auto usb = std::vector{MediaType::Usb};
    return {
        {"TheFirstOfEquals", {slot("a", cd), slot("b", cd)}, "a"},
        {"CdBeforeUsb", {slot("a", usb), slot("b", cd)}, "b"},
        {"UnknownBeforeUsb", {slot("a", usb), slot("b", {})}, "b"},
        {"CdAndUsbCountsAsCd", {slot("a", {}), slot("b", {MediaType::Usb, MediaType::Cd})}, "b"},
        {"EmptyBeforeOccupied", {occupied(slot("a", cd)), slot("b", cd)}, "b"},
        {"AnOccupiedCdBeforeAnEmptyUsb", {slot("a", usb), occupied(slot("b", cd))}, "b"},
        {"NeverOneThatCannotInsert", {uninsertable(slot("a", cd)), slot("b", usb)}, "b"},
        {"NeverOneThatDoesNotBoot", {occupied(slot("1", cd)), unbootable(slot("2", cd))}, "1"},
    };
}

class ChooseBootSlot : public testing::TestWithParam<SlotRow> {};

TEST_P(ChooseBootSlot, TakesTheBestSlot) {
    const auto chosen = choose_boot_slot(GetParam().slots);
    ASSERT_TRUE(chosen.ok()) << chosen.error().to_string();
    EXPECT_EQ(chosen->id.str(), GetParam().chosen);
}

INSTANTIATE_TEST_SUITE_P(Rows, ChooseBootSlot, testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

TEST(ChooseBootSlotRefusal, NamesTheSlotsAndWhyNot) {
    const auto chosen = choose_boot_slot({uninsertable(slot("/vm/kvm", {MediaType::Cd}))});
    ASSERT_FALSE(chosen.ok());
    EXPECT_EQ(chosen.error().kind, base::ErrorKind::Unsupported);
    EXPECT_NE(chosen.error().message.find("/vm/kvm (cannot insert by URL)"), std::string::npos);
}

TEST(BootDeviceNames, AreIronicsAndReadBack) {
    for (const auto* name : {"none", "cdrom", "usb", "disk", "pxe", "bios"}) {
        const auto device = parse_boot_device(name);
        ASSERT_TRUE(device.ok()) << name;
        EXPECT_EQ(to_string(*device), name);
    }
    const auto unknown = parse_boot_device("wanboot");
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().kind, base::ErrorKind::InvalidArgument);
}

}  // namespace
}  // namespace isolde::bmc
