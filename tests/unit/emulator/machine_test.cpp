// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/machine.h"

#include <gtest/gtest.h>

namespace isolde::emulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class MachineTest : public ::testing::Test {
  protected:
    static MachineSettings settings(bool guest_obeys) {
        const Profile& profile = *find_profile("generic");
        return {profile.slots, profile.boot_order, profile.timing, BootMode::Uefi, guest_obeys};
    }
    void pass(base::Duration time) {
        now_ += time;
        machine_.advance(now_);
    }
    /// Switched on, booted, running.
    void run() {
        machine_.reset("On", now_);
        pass(seconds(4));
        machine_.host_started(machine_.boot_attempts(), now_);
        pass(seconds(4));
        machine_.take_commands();
    }
    std::vector<HostCommand::Kind> commands() {
        std::vector<HostCommand::Kind> kinds;
        for (const HostCommand& command : machine_.take_commands()) {
            kinds.push_back(command.kind);
        }
        return kinds;
    }
    using Kinds = std::vector<HostCommand::Kind>;

    base::SteadyTime now_{std::chrono::hours(1)};
    Machine machine_{settings(true)};
};

TEST_F(MachineTest, BootProgressWalksToARunningSystem) {
    machine_.reset("On", now_);
    EXPECT_EQ(machine_.boot_progress(), "None");
    std::vector<std::string> seen;
    for (int step = 0; step < 40; ++step) {
        pass(milliseconds(100));
        if (seen.empty() || seen.back() != machine_.boot_progress()) {
            seen.push_back(machine_.boot_progress());
        }
    }
    const std::vector<std::string> expected = {"None",
                                               "PrimaryProcessorInitializationStarted",
                                               "BusInitializationStarted",
                                               "MemoryInitializationStarted",
                                               "SecondaryProcessorInitializationStarted",
                                               "PCIResourceConfigStarted",
                                               "SystemHardwareInitializationComplete"};
    EXPECT_EQ(seen, expected);
    machine_.host_started(1, now_);
    EXPECT_EQ(machine_.boot_progress(), "OSBootStarted");
    pass(seconds(3));
    EXPECT_EQ(machine_.boot_progress(), "OSRunning");
}

TEST_F(MachineTest, AHostThatFindsNothingNeverRunsAnOperatingSystem) {
    machine_.reset("On", now_);
    pass(seconds(4));
    machine_.host_found_nothing(1, now_);
    pass(seconds(60));
    EXPECT_EQ(machine_.boot_progress(), "SystemHardwareInitializationComplete");
    EXPECT_EQ(machine_.power(), Power::On);
}

TEST_F(MachineTest, ForceRestartBootsAgainWithoutPowerGoingOff) {
    run();
    machine_.reset("ForceRestart", now_);
    EXPECT_EQ(machine_.power(), Power::On);
    pass(seconds(4));
    EXPECT_EQ(commands(), (Kinds{HostCommand::Kind::Cut, HostCommand::Kind::Boot}));
    EXPECT_EQ(machine_.boot_attempts(), 2U);
}

TEST_F(MachineTest, PowerCycleGoesThroughOff) {
    run();
    machine_.reset("PowerCycle", now_);
    pass(milliseconds(600));
    EXPECT_EQ(machine_.power(), Power::Off);
    pass(seconds(10));
    EXPECT_EQ(machine_.power(), Power::On);
    EXPECT_EQ(commands(), (Kinds{HostCommand::Kind::Cut, HostCommand::Kind::Boot}));
}

TEST_F(MachineTest, AGuestThatObeysShutsDownAfterAWhile) {
    run();
    machine_.reset("GracefulShutdown", now_);
    pass(seconds(1));
    EXPECT_EQ(machine_.power(), Power::On);
    pass(seconds(2));
    EXPECT_EQ(machine_.power(), Power::Off);
    EXPECT_EQ(commands(), (Kinds{HostCommand::Kind::PressButton, HostCommand::Kind::Cut}));
}

TEST_F(MachineTest, AGuestThatDecidesByItselfStaysOnUntilItIsGone) {
    machine_ = Machine(settings(false));
    run();
    machine_.reset("GracefulShutdown", now_);
    pass(seconds(600));
    EXPECT_EQ(machine_.power(), Power::On);
    machine_.host_powered_off(machine_.boot_attempts(), now_);
    pass(seconds(1));
    EXPECT_EQ(machine_.power(), Power::Off);
}

TEST_F(MachineTest, AGuestRestartBootsFromTheDiskAfterOnce) {
    Slot& slot = *machine_.find_slot("CD1");
    machine_.insert(slot, "http://a/b.iso", now_);
    machine_.set_override({OverrideEnabled::Once, "Cd", BootMode::Uefi, ""});
    run();
    machine_.host_restarted(machine_.boot_attempts(), now_);
    EXPECT_EQ(machine_.power(), Power::On);
    pass(seconds(4));
    const std::vector<HostCommand> todo = machine_.take_commands();
    ASSERT_EQ(todo.size(), 2U);
    const std::vector<BootSource> expected = {{"Hdd", "", ""}, {"Cd", "CD1", "http://a/b.iso"}};
    EXPECT_EQ(todo[1].plan.sources, expected);
}

TEST_F(MachineTest, IgnoresWhatAnEarlierBootReports) {
    run();
    machine_.reset("ForceRestart", now_);
    pass(seconds(4));
    machine_.host_powered_off(1, now_);
    EXPECT_EQ(machine_.power(), Power::On);
    machine_.host_started(1, now_);
    EXPECT_EQ(machine_.boot_progress(), "SystemHardwareInitializationComplete");
}

TEST_F(MachineTest, AnOverrideModeAppliesToThatBootOnly) {
    machine_.set_override({OverrideEnabled::Once, "Hdd", BootMode::Legacy, ""});
    machine_.reset("On", now_);
    pass(seconds(4));
    EXPECT_EQ(machine_.take_commands().back().plan.mode, BootMode::Legacy);
    EXPECT_EQ(machine_.boot_override().mode, BootMode::Uefi);
}

TEST_F(MachineTest, AnEjectUndoesAnInsertUnderWay) {
    MachineSettings slow = settings(true);
    slow.timing.insert_lag = seconds(5);
    machine_ = Machine(slow);
    Slot& slot = *machine_.find_slot("USB1");
    machine_.insert(slot, "http://a/b.img", now_);
    EXPECT_TRUE(slot.busy);
    EXPECT_FALSE(slot.inserted);
    machine_.eject(slot, now_);
    pass(seconds(60));
    EXPECT_FALSE(slot.inserted);
    EXPECT_FALSE(slot.busy);
    EXPECT_EQ(slot.image, "");
}

TEST(Timing, FasterDividesAllButTheSessionTimeout) {
    const Timing timing = faster(find_profile("generic")->timing, 10);
    EXPECT_EQ(timing.post, milliseconds(300));
    EXPECT_EQ(timing.session_timeout, std::chrono::minutes(30));
}

}  // namespace
}  // namespace isolde::emulator
