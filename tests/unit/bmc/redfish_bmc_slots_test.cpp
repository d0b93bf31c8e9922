// SPDX-License-Identifier: GPL-3.0-or-later
//
// Finding slots, and finding them again, on services that show them as products do. All time is virtual.
#include "stub_service.h"

#include <gtest/gtest.h>

namespace isolde::bmc {
namespace {

class RedfishBmcSlotsTest : public testing::Test {
  protected:
    using Stub = StubService;
    StubService stub_;
};

TEST_F(RedfishBmcSlotsTest, ListsASlotOnceThatSystemAndManagerShare) {
    stub_.resources[Stub::kSystem]["VirtualMedia"] = Stub::link(std::string(Stub::kManager) + "/VirtualMedia");
    const auto slots = stub_.bmc()->slots(stub_.in(1min));
    ASSERT_TRUE(slots.ok());
    EXPECT_EQ(slots->size(), 1U);
}

TEST_F(RedfishBmcSlotsTest, FindsSlotsThatAreNotDeclared) {
    stub_.resources[Stub::kManager].erase("VirtualMedia");
    const auto slots = stub_.bmc()->slots(stub_.in(1min));
    ASSERT_TRUE(slots.ok());
    EXPECT_EQ(slots->size(), 1U);
}

TEST_F(RedfishBmcSlotsTest, LeavesOutASlotThatCannotBeRead) {
    const std::string broken = std::string(Stub::kManager) + "/VirtualMedia/9";
    stub_.resources[std::string(Stub::kManager) + "/VirtualMedia"] = Stub::collection({broken, Stub::kSlot});
    stub_.on("GET", broken, [](const auto&) { return Stub::respond(500); });
    const auto slots = stub_.bmc()->slots(stub_.in(1min));
    ASSERT_TRUE(slots.ok()) << slots.error().to_string();
    EXPECT_EQ(slots->size(), 1U);
}

TEST_F(RedfishBmcSlotsTest, FindsTheBootSlotAgainByReadingThatSlotAlone) {
    const auto bmc = stub_.bmc();
    ASSERT_TRUE(bmc->probe(stub_.in(1min)).ok());
    const std::size_t before = stub_.client.requests().size();
    const auto slot = bmc->boot_slot(stub_.in(1min));
    ASSERT_TRUE(slot.ok()) << slot.error().to_string();
    EXPECT_EQ(slot->id.str(), Stub::kSlot);
    EXPECT_EQ(stub_.client.requests().size(), before + 1);
}

TEST_F(RedfishBmcSlotsTest, TheBootSlotIsTheEmptyOneOfEqualsAsTheyAreNow) {
    const std::string second = std::string(Stub::kManager) + "/VirtualMedia/3";
    stub_.resources[second] = stub_.resources[Stub::kSlot];
    stub_.resources[second]["@odata.id"] = second;
    stub_.resources[std::string(Stub::kManager) + "/VirtualMedia"] = Stub::collection({Stub::kSlot, second});
    const auto bmc = stub_.bmc();
    EXPECT_EQ(bmc->boot_slot(stub_.in(1min))->id.str(), Stub::kSlot);
    stub_.resources[Stub::kSlot]["Image"] = "http://192.0.2.9/other.iso";
    stub_.resources[Stub::kSlot]["Inserted"] = true;
    EXPECT_EQ(bmc->boot_slot(stub_.in(1min))->id.str(), second);
    stub_.resources[second]["Inserted"] = true;
    const auto occupied = bmc->boot_slot(stub_.in(1min));
    EXPECT_EQ(occupied->id.str(), Stub::kSlot);
    EXPECT_EQ(occupied->image, "http://192.0.2.9/other.iso");
}

TEST_F(RedfishBmcSlotsTest, LooksForTheSlotsAnewWhenTheRememberedOneIsGone) {
    const auto bmc = stub_.bmc();
    ASSERT_TRUE(bmc->boot_slot(stub_.in(1min)).ok());
    const std::string moved = std::string(Stub::kManager) + "/VirtualMedia/3";
    stub_.resources[moved] = stub_.resources[Stub::kSlot];
    stub_.resources[moved]["@odata.id"] = moved;
    stub_.resources.erase(Stub::kSlot);
    stub_.resources[std::string(Stub::kManager) + "/VirtualMedia"] = Stub::collection({moved});
    const auto slot = bmc->boot_slot(stub_.in(1min));
    ASSERT_TRUE(slot.ok()) << slot.error().to_string();
    EXPECT_EQ(slot->id.str(), moved);
}

}  // namespace
}  // namespace isolde::bmc
