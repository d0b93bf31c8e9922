// SPDX-License-Identifier: GPL-3.0-or-later
//
// What bmc/bmc.h promises, held against every implementation.
#include "subject.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <atomic>
#include <functional>
#include <ostream>
#include <thread>

namespace isolde::bmc::contract {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOurs = "http://127.0.0.1:6180/m/abcdefghijklmnopqrstuvwxyz/boot.iso";
constexpr const char* kForeign = "http://127.0.0.1:6180/somebody/else.iso";

struct Row {
    std::string name;
    std::function<std::unique_ptr<Subject>()> make;

    friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }
};

class BmcContract : public ::testing::TestWithParam<Row> {
  protected:
    void SetUp() override {
        subject_ = GetParam().make();
        ASSERT_NE(subject_, nullptr);
        bmc_ = subject_->pool().get(subject_->target());
    }

    base::Deadline soon() const { return base::Deadline::after(subject_->clock(), 30s); }

    MediaSlot boot_slot() {
        const auto slots = bmc_->slots(soon());
        if (!slots.ok()) {
            ADD_FAILURE() << slots.error().to_string();
            return {};
        }
        const auto slot = choose_boot_slot(*slots);
        EXPECT_TRUE(slot.ok());
        return slot.ok() ? *slot : MediaSlot{};
    }

    std::string image_in(const base::SlotId& id) {
        const auto slot = bmc_->slot(id, soon());
        return slot.ok() ? slot->image : slot.error().to_string();
    }

    std::unique_ptr<Subject> subject_;
    std::shared_ptr<Bmc> bmc_;
};

#define ASSERT_DONE(expression)                                                            \
    do {                                                                                   \
        const auto asserted = (expression);                                                \
        ASSERT_TRUE(asserted.ok()) << #expression << ": " << asserted.error().to_string(); \
    } while (false)

TEST_P(BmcContract, ProbeTellsIdentitySystemSlotsAndDevices) {
    const auto found = bmc_->probe(soon());
    ASSERT_TRUE(found.ok()) << found.error().to_string();
    EXPECT_FALSE(found->identity.empty());
    EXPECT_FALSE(found->vendor.empty());
    EXPECT_TRUE(found->system.starts_with("/redfish/v1/Systems/"));
    EXPECT_EQ(found->power, Power::Off);
    EXPECT_GE(found->slots.size(), 2U);
    const auto& devices = found->boot_devices;
    EXPECT_NE(std::find(devices.begin(), devices.end(), BootDevice::Cd), devices.end());
    EXPECT_EQ(*bmc_->boot_devices(soon()), devices);
}

TEST_P(BmcContract, TheBootSlotTakesCdsAndIsEmpty) {
    const MediaSlot slot = boot_slot();
    EXPECT_TRUE(slot.id.str().starts_with(subject_->slots_below())) << slot.id.str();
    EXPECT_NE(std::find(slot.types.begin(), slot.types.end(), MediaType::Cd), slot.types.end());
    EXPECT_TRUE(slot.insertable);
    EXPECT_FALSE(slot.inserted);
    EXPECT_EQ(slot.image, "");
}

TEST_P(BmcContract, PowerReachesWhatWasAskedFor) {
    ASSERT_DONE(bmc_->set_power(PowerAction::On, soon()));
    EXPECT_EQ(*bmc_->power(soon()), Power::On);
    ASSERT_DONE(bmc_->set_power(PowerAction::On, soon()));
    ASSERT_DONE(bmc_->set_power(PowerAction::ForceOff, soon()));
    EXPECT_EQ(*bmc_->power(soon()), Power::Off);
    ASSERT_DONE(bmc_->set_power(PowerAction::ForceOff, soon()));
    ASSERT_DONE(bmc_->set_power(PowerAction::On, soon()));
    ASSERT_DONE(bmc_->set_power(PowerAction::SoftOff, soon()));
    EXPECT_EQ(*bmc_->power(soon()), Power::Off);
}

TEST_P(BmcContract, InsertReturnsWhenTheSlotShowsTheImage) {
    const MediaSlot slot = boot_slot();
    ASSERT_DONE(bmc_->insert(slot.id, kOurs, soon()));
    const auto now = bmc_->slot(slot.id, soon());
    ASSERT_TRUE(now.ok());
    EXPECT_TRUE(now->inserted);
    EXPECT_EQ(now->image, kOurs);
}

TEST_P(BmcContract, InsertingTheSameAgainIsDone) {
    const MediaSlot slot = boot_slot();
    ASSERT_DONE(bmc_->insert(slot.id, kOurs, soon()));
    ASSERT_DONE(bmc_->insert(slot.id, kOurs, soon()));
    EXPECT_EQ(image_in(slot.id), kOurs);
}

TEST_P(BmcContract, InsertNeverReplacesAnotherMedium) {
    const MediaSlot slot = boot_slot();
    ASSERT_DONE(bmc_->insert(slot.id, kForeign, soon()));
    const auto refused = bmc_->insert(slot.id, kOurs, soon());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, base::ErrorKind::Conflict);
    EXPECT_NE(refused.error().message.find(kForeign), std::string::npos);
    EXPECT_EQ(image_in(slot.id), kForeign);
}

TEST_P(BmcContract, EjectReturnsWhenTheSlotIsEmpty) {
    const MediaSlot slot = boot_slot();
    ASSERT_DONE(bmc_->eject(slot.id, soon()));
    ASSERT_DONE(bmc_->insert(slot.id, kOurs, soon()));
    ASSERT_DONE(bmc_->eject(slot.id, soon()));
    const auto now = bmc_->slot(slot.id, soon());
    ASSERT_TRUE(now.ok());
    EXPECT_FALSE(now->inserted);
    EXPECT_EQ(now->image, "");
    ASSERT_DONE(bmc_->insert(slot.id, kForeign, soon()));
}

TEST_P(BmcContract, ASlotThatIsNotThereIsNotFound) {
    const base::SlotId nowhere(subject_->slots_below() + "1/VirtualMedia/Nowhere");
    for (const auto& error : {bmc_->slot(nowhere, soon()).error(), bmc_->insert(nowhere, kOurs, soon()).error(),
                              bmc_->eject(nowhere, soon()).error()}) {
        EXPECT_EQ(error.kind, base::ErrorKind::NotFound) << error.to_string();
        EXPECT_NE(error.message.find("Nowhere"), std::string::npos);
    }
}

TEST_P(BmcContract, TheBootOverrideReadsBackAndClears) {
    EXPECT_FALSE(bmc_->boot_override(soon())->active);
    ASSERT_DONE(bmc_->set_boot_override(BootDevice::Cd, BootPersistence::Once, BootMode::Unchanged, soon()));
    const auto once = bmc_->boot_override(soon());
    ASSERT_TRUE(once.ok());
    EXPECT_TRUE(once->active);
    EXPECT_EQ(once->device, BootDevice::Cd);
    EXPECT_EQ(once->persistence, BootPersistence::Once);
    ASSERT_DONE(bmc_->set_boot_override(BootDevice::Disk, BootPersistence::Persistent, BootMode::Unchanged, soon()));
    EXPECT_EQ(bmc_->boot_override(soon())->device, BootDevice::Disk);
    EXPECT_EQ(bmc_->boot_override(soon())->persistence, BootPersistence::Persistent);
    ASSERT_DONE(bmc_->clear_boot_override(soon()));
    EXPECT_FALSE(bmc_->boot_override(soon())->active);
    ASSERT_DONE(bmc_->clear_boot_override(soon()));
}

TEST_P(BmcContract, AOneTimeOverrideIsUsedUpByAStart) {
    ASSERT_DONE(bmc_->set_boot_override(BootDevice::Cd, BootPersistence::Once, BootMode::Uefi, soon()));
    ASSERT_DONE(bmc_->set_power(PowerAction::On, soon()));
    const auto deadline = soon();
    bool active = true;
    while (active && !deadline.passed(subject_->clock())) {
        const auto now = bmc_->boot_override(deadline);
        ASSERT_TRUE(now.ok()) << now.error().to_string();
        active = now->active;
        if (active) subject_->waiter().wait(50ms, {});
    }
    EXPECT_FALSE(active);
    const auto signs = bmc_->host_signs(soon());
    ASSERT_TRUE(signs.ok()) << signs.error().to_string();
    EXPECT_EQ(signs->power, Power::On);
}

TEST_P(BmcContract, ADeadlineThatHasPassedIsATimeout) {
    const auto now = base::Deadline::after(subject_->clock(), 0s);
    const auto result = bmc_->power(now);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Timeout);
}

TEST_P(BmcContract, AWrongPasswordIsUnauthorizedAndNotTold) {
    Target target = subject_->target();
    target.password = base::Secret("open-sesame");
    const auto result = subject_->pool().get(target)->power(soon());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Unauthorized);
    EXPECT_EQ(result.error().to_string().find("open-sesame"), std::string::npos);
    EXPECT_TRUE(bmc_->power(soon()).ok()) << "the right password must still work";
}

TEST_P(BmcContract, AnAddressWhereNothingListensIsUnavailable) {
    Target target = subject_->target();
    target.address = "http://127.0.0.1:1";
    const auto result = subject_->pool().get(target)->power(soon());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, base::ErrorKind::Unavailable);
    EXPECT_NE(result.error().message.find("127.0.0.1:1"), std::string::npos);
}

TEST_P(BmcContract, ManyThreadsMayAskAtOnce) {
    std::atomic<int> answered = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([this, &answered] {
                const auto bmc = subject_->pool().get(subject_->target());
                for (int call = 0; call < 3; ++call) {
                    answered += bmc->power(soon()).ok() && bmc->slots(soon()).ok() ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(answered, 12);
}

INSTANTIATE_TEST_SUITE_P(Implementations, BmcContract,
                         ::testing::Values(Row{"Fake", make_fake_subject},
                                           Row{"EmulatorSystems", [] { return make_emulator_subject({}); }},
                                           Row{"EmulatorManagers",
                                               [] {
                                                   return make_emulator_subject({"generic", false, true});
                                               }},
                                           Row{"EmulatorTasks",
                                               [] {
                                                   return make_emulator_subject({"generic-tasks", false, false});
                                               }},
                                           Row{"EmulatorTls",
                                               [] {
                                                   return make_emulator_subject({"generic", true, false});
                                               }}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace isolde::bmc::contract
