// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/bmc.h"

#include <gtest/gtest.h>

namespace isolde::bmc {
namespace {

MediaSlot slot(const char* id, std::vector<MediaType> types) {
    MediaSlot made;
    made.id = base::SlotId(id);
    made.types = std::move(types);
    made.insertable = true;
    return made;
}
MediaSlot cd(const char* id) {
    return slot(id, {MediaType::Cd});
}
MediaSlot usb(const char* id) {
    return slot(id, {MediaType::Usb});
}
MediaSlot occupied(MediaSlot made) {
    made.inserted = true;
    made.image = "http://somebody/else.iso";
    return made;
}
MediaSlot uninsertable(MediaSlot made) {
    made.insertable = false;
    return made;
}

TEST(ChooseSecondSlot, TakesTheBestBesideTheBootSlot) {
    struct Row {
        const char* name;
        std::vector<MediaSlot> slots;
        bool usb_only;
        const char* chosen;  ///< null: none
    };
    const std::vector<Row> rows{
        {"a USB slot", {cd("/vm/1"), usb("/vm/2")}, false, "/vm/2"},
        {"USB before CD", {cd("/vm/1"), cd("/vm/2"), usb("/vm/3")}, false, "/vm/3"},
        {"an empty CD before an occupied USB slot", {cd("/vm/1"), occupied(usb("/vm/2")), cd("/vm/3")}, false, "/vm/3"},
        {"an occupied one where there is no other", {cd("/vm/1"), occupied(usb("/vm/2"))}, false, "/vm/2"},
        {"a CD where only CDs are", {cd("/vm/1"), cd("/vm/2")}, false, "/vm/2"},
        {"no CD for what needs a stick", {cd("/vm/1"), cd("/vm/2")}, true, nullptr},
        {"the stick for what needs one", {cd("/vm/1"), cd("/vm/2"), occupied(usb("/vm/3"))}, true, "/vm/3"},
        {"the boot slot alone", {cd("/vm/1")}, false, nullptr},
        {"one that takes no URL", {cd("/vm/1"), uninsertable(usb("/vm/2"))}, false, nullptr},
        {"the same device by its manager's path", {cd("/vm/1"), cd("/manager/vm/1")}, false, nullptr},
    };
    for (const auto& row : rows) {
        const auto chosen = choose_second_slot(row.slots, row.slots.front(), row.usb_only);
        if (row.chosen != nullptr) {
            ASSERT_TRUE(chosen.ok()) << row.name << ": " << chosen.error().to_string();
            EXPECT_EQ(chosen->id.str(), row.chosen) << row.name;
        } else {
            ASSERT_FALSE(chosen.ok()) << row.name;
            EXPECT_EQ(chosen.error().kind, base::ErrorKind::Unsupported) << row.name;
            EXPECT_NE(chosen.error().message.find("beside /vm/1"), std::string::npos) << chosen.error().message;
        }
    }
}

}  // namespace
}  // namespace isolde::bmc
