// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_fixture.h"

#include <future>

namespace isolde::conductor {
namespace {

using bmc::testing::FakeBmc;
using testing::EngineTest;

TEST_F(EngineTest, AConfigDriveIsInsertedBesideTheBootImageAndTakenDownWithIt) {
    show_boot();
    const auto id = engine_->deploy("one", fields_with_config_drive()).value().id;
    ASSERT_TRUE(reaches(ProvisionState::Active));
    const auto now = store_->deployment(id).value();
    ASSERT_EQ(now.second_media.size(), 1U);
    const Medium& drive = now.second_media[0];
    EXPECT_EQ(drive.slot, FakeBmc::kUsbSlot);
    EXPECT_NE(drive.token, now.token);
    EXPECT_EQ(drive.url, "http://media/m/" + drive.token + "/config.img");
    EXPECT_EQ(bmc_.image_in(FakeBmc::kUsbSlot), drive.url);
    EXPECT_EQ(bmc_.image_in(FakeBmc::kCdSlot), now.url);
    EXPECT_EQ(media_.published(), 2U);
    for (const auto& record : store_->live_publications().value()) {
        EXPECT_EQ(record.deployment, id);
    }
    ASSERT_TRUE(accepts(Verb::Deleted));
    ASSERT_TRUE(reaches(ProvisionState::Available));
    EXPECT_EQ(bmc_.image_in(FakeBmc::kUsbSlot) + bmc_.image_in(FakeBmc::kCdSlot), "");
    EXPECT_EQ(media_.published(), 0U);
    EXPECT_TRUE(store_->live_publications().value().empty());
}

TEST_F(EngineTest, AConfigDriveOfTheVerbIsKeptWithTheNode) {
    show_boot();
    auto row = node();
    row.instance_info = fields();
    Change change;
    change.node = row;
    ASSERT_TRUE(store_->apply(change).ok());
    const base::Json drive = {{"user_data", "u"}};
    EXPECT_EQ(engine_->provision("one", Verb::Manage, drive).error().kind, base::ErrorKind::InvalidArgument);
    ASSERT_TRUE(engine_->provision("one", Verb::Active, drive).ok());
    ASSERT_TRUE(reaches(ProvisionState::Active));
    const auto info = node().instance_info;
    EXPECT_NE(info["configdrive"], drive) << "kept apart";
    const auto whole = store_->with_config_drive(node().id, info);
    EXPECT_EQ(whole.value()["configdrive"], drive);
    EXPECT_NE(bmc_.image_in(FakeBmc::kUsbSlot), "");
    ASSERT_TRUE(accepts(Verb::Rebuild)) << "with the drive that it has";
    ASSERT_TRUE(reaches(ProvisionState::Active));
    EXPECT_TRUE(store_->with_config_drive(node().id, info).ok());
    ASSERT_TRUE(accepts(Verb::Deleted));
    ASSERT_TRUE(reaches(ProvisionState::Available));
    EXPECT_EQ(store_->with_config_drive(node().id, info).error().kind, base::ErrorKind::NotFound);
}

TEST_F(EngineTest, AConfigDriveWithoutASlotIsRefusedBeforeTheBmcIsTouched) {
    bmc_.set_slots({{base::SlotId(FakeBmc::kCdSlot), "Cd", {bmc::MediaType::Cd}, true, false, "", true}});
    auto asked = fields_with_config_drive();
    asked["configdrive_options"] = {{"delivery", "slot"}};
    ASSERT_TRUE(engine_->deploy("one", asked).ok());
    ASSERT_TRUE(reaches(ProvisionState::DeployFailed));
    EXPECT_NE(node().last_error.find("needs a slot of its own"), std::string::npos) << node().last_error;
    EXPECT_EQ(bmc_.requests(), std::vector<std::string>{"slots"});
    EXPECT_TRUE(images_.list().empty()) << "nothing is downloaded for it";
}

TEST_F(EngineTest, AMediumOfDriversIsAcquiredInsertedAndGivenBack) {
    show_boot();
    images_.provide("http://upstream/drivers.iso", std::string(8192, 'd'));
    auto asked = fields();
    asked["media"] = {{{"role", "drivers"}, {"source", "http://upstream/drivers.iso"}}};
    const auto id = engine_->deploy("one", asked).value().id;
    ASSERT_TRUE(reaches(ProvisionState::Active));
    const auto now = store_->deployment(id).value();
    ASSERT_EQ(now.second_media.size(), 1U);
    EXPECT_EQ(bmc_.image_in(FakeBmc::kUsbSlot), "http://media/m/" + now.second_media[0].token + "/drivers.img");
    ASSERT_TRUE(now.second_media[0].image.has_value());
    EXPECT_NE(*now.second_media[0].image, *now.image);
    EXPECT_EQ(images_.find(*now.second_media[0].image)->leases.size(), 2U) << "of the deployment and the publication";
    engine_->stop();
    engine_.reset();
    start();
    EXPECT_EQ(images_.find(*now.second_media[0].image)->leases.size(), 2U) << "after a restart too";
    ASSERT_TRUE(accepts(Verb::Deleted));
    ASSERT_TRUE(reaches(ProvisionState::Available));
    for (const auto& blob : images_.list()) {
        EXPECT_TRUE(blob.leases.empty()) << blob.digest.str();
    }
    EXPECT_EQ(bmc_.image_in(FakeBmc::kUsbSlot), "");
}

TEST_F(EngineTest, MoreMediaThanSlotsAreRefusedBeforeTheBmcIsTouched) {
    auto asked = fields_with_config_drive();
    asked["media"] = {{{"role", "drivers"}, {"source", "http://upstream/drivers.iso"}}};
    ASSERT_TRUE(engine_->deploy("one", asked).ok());
    ASSERT_TRUE(reaches(ProvisionState::DeployFailed));
    EXPECT_NE(node().last_error.find("the drivers medium needs a slot of its own"), std::string::npos)
        << node().last_error;
    EXPECT_EQ(bmc_.requests(), std::vector<std::string>{"slots"});
}

TEST_F(EngineTest, ValidateSaysThatASlotForTheConfigDriveIsMissing) {
    auto row = node();
    row.instance_info = fields_with_config_drive();
    row.instance_info["configdrive_options"] = {{"delivery", "slot"}};
    Change change;
    change.node = row;
    ASSERT_TRUE(store_->apply(change).ok());
    const auto boot_row = [this] {
        std::promise<std::vector<ValidationRow>> answer;
        engine_->validate("one", [&](auto rows) { answer.set_value(std::move(rows).value()); });
        return answer.get_future().get().at(0);
    };
    EXPECT_TRUE(boot_row().result);
    bmc_.set_slots({{base::SlotId(FakeBmc::kCdSlot), "Cd", {bmc::MediaType::Cd}, true, false, "", true}});
    EXPECT_FALSE(boot_row().result);
    EXPECT_NE(boot_row().reason.find("no second virtual-media slot"), std::string::npos);
}

TEST_F(EngineTest, AConfigDriveIsMergedWhereTheBmcHasOneSlot) {
    show_boot();
    bmc_.set_slots({{base::SlotId(FakeBmc::kCdSlot), "Cd", {bmc::MediaType::Cd}, true, false, "", true}});
    const auto id = engine_->deploy("one", fields_with_config_drive()).value().id;
    ASSERT_TRUE(reaches(ProvisionState::Active));
    const auto now = store_->deployment(id).value();
    EXPECT_TRUE(now.second_media.empty());
    EXPECT_NE(now.journal[0].outcome.find("merged into the boot image"), std::string::npos);
    EXPECT_EQ(media_.published(), 1U);
}

TEST_F(EngineTest, AConfigDriveThatIsNoneIsRefusedWithTheVerb) {
    auto asked = fields();
    asked["configdrive"] = base::to_base64(base::as_bytes("no image at all"));
    const auto refused = engine_->deploy("one", asked);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::InvalidArgument);
    EXPECT_TRUE(bmc_.requests().empty());
}

TEST_F(EngineTest, ARebuildEjectsTheReplacedConfigDriveToo) {
    show_boot();
    ASSERT_TRUE(engine_->deploy("one", fields_with_config_drive()).ok());
    ASSERT_TRUE(reaches(ProvisionState::Active));
    const auto second = engine_->deploy("one", fields()).value();
    ASSERT_TRUE(wakes_until([&] { return store_->deployment(second.id).value().state == DeploymentState::Active; }));
    EXPECT_EQ(bmc_.image_in(FakeBmc::kUsbSlot), "");
    EXPECT_EQ(media_.published(), 1U);
}

TEST_F(EngineTest, AReleaseGivesTheConfigDriveBackToo) {
    show_boot();
    auto asked = fields_with_config_drive();
    asked["one_shot"] = true;
    asked["one_shot_release"] = "evidence";
    const auto id = engine_->deploy("one", asked).value().id;
    ASSERT_TRUE(reaches(ProvisionState::Active));
    ASSERT_TRUE(wakes_until([&] {
        return engine_->release("one").ok() || store_->deployment(id).value().state == DeploymentState::Released;
    }));
    ASSERT_TRUE(wakes_until([&] { return store_->deployment(id).value().state == DeploymentState::Released; }));
    EXPECT_EQ(bmc_.image_in(FakeBmc::kUsbSlot) + bmc_.image_in(FakeBmc::kCdSlot), "");
    EXPECT_EQ(media_.published(), 0U);
}

TEST_F(EngineTest, AfterARestartTheConfigDriveIsServedAgain) {
    show_boot();
    ASSERT_TRUE(engine_->deploy("one", fields_with_config_drive()).ok());
    ASSERT_TRUE(reaches(ProvisionState::Active));
    engine_->stop();
    engine_.reset();
    media_.forget_published();
    bmc_.forget_requests();
    start();
    EXPECT_EQ(media_.published(), 2U);
    EXPECT_TRUE(bmc_.requests().empty());
}

}  // namespace
}  // namespace isolde::conductor
