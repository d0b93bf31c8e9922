// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_fixture.h"

#include "conductor/engine/steps/media_address.h"

namespace isolde::conductor {
namespace {

using namespace std::chrono_literals;
using testing::EngineTest;
using testing::kBmc;
using testing::kIso;

TEST_F(EngineTest, ADeploymentInsertsBootsOnceAndBecomesActiveByEvidence) {
    const auto deployment = engine_->deploy("one", fields()).value();
    ASSERT_TRUE(reaches(ProvisionState::WaitCallBack));
    show_boot();
    engine_->media_was_read(node().id);
    ASSERT_TRUE(reaches(ProvisionState::Active));
    const auto now = store_->deployment(deployment.id).value();
    EXPECT_EQ(bmc_.image_in(now.slot), now.url);
    EXPECT_EQ(now.url.rfind("http://media/m/", 0), 0U);
    EXPECT_EQ(bmc_.boots().size(), 1U);
    EXPECT_EQ(node().power_state, "power on");
    EXPECT_TRUE(node().last_error.empty());
    EXPECT_TRUE(now.evidence.booted.has_value());
}

TEST_F(EngineTest, UndeployPowersOffEjectsRevokesAndGivesBack) {
    show_boot();
    ASSERT_TRUE(engine_->deploy("one", fields()).ok());
    ASSERT_TRUE(reaches(ProvisionState::Active));
    bmc_.forget_requests();
    ASSERT_TRUE(engine_->provision("one", Verb::Deleted, nullptr).ok());
    ASSERT_TRUE(reaches(ProvisionState::Available));
    const auto deployment = store_->current_deployment(node().id).value().value();
    EXPECT_EQ(deployment.state, DeploymentState::Ended);
    EXPECT_EQ(bmc_.image_in(deployment.slot), "");
    EXPECT_EQ(bmc_.power_state(), bmc::Power::Off);
    EXPECT_EQ(media_.published(), 0U);
    EXPECT_TRUE(images_.list().at(0).leases.empty());
    EXPECT_TRUE(node().instance_info.empty());
}

TEST_F(EngineTest, AOneShotMediumIsReleasedByItselfAndTheNodeStaysActive) {
    show_boot();
    ASSERT_TRUE(engine_->deploy("one", fields(true)).ok());
    ASSERT_TRUE(reaches(ProvisionState::Active));
    const auto end = clock_.steady() + 20s;
    while (store_->current_deployment(node().id).value()->state != DeploymentState::Released && clock_.steady() < end) {
        waiter_.wait(5ms, {});
    }
    const auto deployment = store_->current_deployment(node().id).value().value();
    EXPECT_EQ(deployment.evidence.released_by, "boot");
    EXPECT_EQ(bmc_.image_in(deployment.slot), "");
    EXPECT_EQ(bmc_.power_state(), bmc::Power::On);
    EXPECT_EQ(node().provision_state, ProvisionState::Active);
    EXPECT_FALSE(store_->operation(node().id, Lane::Provision).value().has_value());
    EXPECT_TRUE(images_.list().at(0).leases.empty());
}

TEST_F(EngineTest, AOneShotHostThatRestartsAndLeavesTheMediumAloneIsReleased) {
    show_boot();
    bmc_.set_last_reset(clock_.wall() - 1h);
    auto asked = fields(true);
    asked["one_shot_release"] = "evidence";
    const auto id = engine_->deploy("one", asked).value().id;
    ASSERT_TRUE(reaches(ProvisionState::Active));
    ASSERT_TRUE(history_tells("deploy.booted"));
    ASSERT_TRUE(
        wakes_until([&] { return store_->operation(node().id, Lane::Provision).value()->detail.contains("host"); }));
    bmc_.set_last_reset(clock_.wall());
    ASSERT_TRUE(wakes_until([&] { return store_->deployment(id).value().state == DeploymentState::Released; }));
    const auto now = store_->deployment(id).value();
    EXPECT_EQ(now.evidence.released_by, "host restarted");
    EXPECT_TRUE(history_tells("host.restarted"));
    EXPECT_EQ(bmc_.image_in(now.slot), "");
    EXPECT_EQ(node().provision_state, ProvisionState::Active);
}

TEST_F(EngineTest, AHostThatLoadsAgainFromAReleasedMediumIsToldOnceAndTheEjectGoesOn) {
    const auto id = engine_->deploy("one", fields(true)).value().id;
    ASSERT_TRUE(comes_to(Step::SeeBoot));
    bmc_.set_fault(bmc::testing::Fault::Unreachable);
    show_boot();
    ASSERT_TRUE(wakes_until([&] { return store_->deployment(id).value().evidence.released.has_value(); }));
    EXPECT_FALSE(history_tells("boot.loop"));
    Evidence again;
    again.loader = true;
    again.kernel_percent = 100;
    media_.show_after_release(again);
    ASSERT_TRUE(wakes_until([&] { return history_tells("boot.loop"); }));
    engine_->media_was_read(node().id);
    bmc_.clear_faults();
    ASSERT_TRUE(wakes_until([&] { return store_->deployment(id).value().state == DeploymentState::Released; }));
    const auto entries = store_->history(node().id).value();
    EXPECT_EQ(
        std::count_if(entries.begin(), entries.end(), [](const auto& row) { return row.event_type == "boot.loop"; }),
        1);
}

TEST_F(EngineTest, APlanThatCannotBeComposedIsRefusedWithTheVerb) {
    auto asked = fields();
    std::string deep;
    for (int i = 0; i < 40; ++i) {
        deep += "/a";
    }
    asked["inject_files"] = {{{"path", deep}, {"content", "x"}}};
    const auto refused = engine_->deploy("one", asked);
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().to_string().find("deeper than 32"), std::string::npos) << refused.error().to_string();
    EXPECT_EQ(node().provision_state, ProvisionState::Available);
    EXPECT_TRUE(node().instance_info.empty());
}

TEST_F(EngineTest, AFailedDownloadTouchesNoBmc) {
    images_.fail(kIso, base::not_found("http://upstream/boot.iso answers 404"));
    ASSERT_TRUE(engine_->deploy("one", fields()).ok());
    ASSERT_TRUE(reaches(ProvisionState::DeployFailed));
    EXPECT_EQ(node().last_error, "http://upstream/boot.iso answers 404");
    EXPECT_TRUE(bmc_.requests().empty());
}

TEST_F(EngineTest, AComposerThatRefusesFailsTheDeploymentBeforeTheBmcIsTouched) {
    media_.fail_compose(base::unsupported("no boot entry takes arguments"));
    ASSERT_TRUE(engine_->deploy("one", fields()).ok());
    ASSERT_TRUE(reaches(ProvisionState::DeployFailed));
    EXPECT_TRUE(bmc_.requests().empty());
    EXPECT_TRUE(images_.list().at(0).leases.empty());
}

TEST_F(EngineTest, AnImageThatIsNeverReadFailsTheDeploymentAndIsTakenDown) {
    ASSERT_TRUE(engine_->deploy("one", fields()).ok());
    ASSERT_TRUE(reaches(ProvisionState::DeployFailed));
    EXPECT_NE(node().last_error.find("nothing of the image was read"), std::string::npos);
    EXPECT_EQ(bmc_.image_in(store_->current_deployment(node().id).value()->slot), "");
    EXPECT_EQ(bmc_.power_state(), bmc::Power::Off);
    EXPECT_EQ(media_.published(), 0U);
}

TEST_F(EngineTest, AShortBmcOutageIsRetriedAndNotSeen) {
    show_boot();
    bmc_.fail(bmc::testing::Operation::Insert, base::unavailable("connection reset"), 2);
    ASSERT_TRUE(engine_->deploy("one", fields()).ok());
    ASSERT_TRUE(reaches(ProvisionState::Active));
    EXPECT_TRUE(node().last_error.empty());
}

TEST_F(EngineTest, UndeployWithADeadBmcIsAnErrorAndFinishesWhenItAnswersAgain) {
    show_boot();
    ASSERT_TRUE(engine_->deploy("one", fields()).ok());
    ASSERT_TRUE(reaches(ProvisionState::Active));
    bmc_.set_fault(bmc::testing::Fault::Unreachable);
    ASSERT_TRUE(engine_->provision("one", Verb::Deleted, nullptr).ok());
    ASSERT_TRUE(reaches(ProvisionState::Error));
    EXPECT_EQ(store_->live_publications().value().at(0).state, PublicationState::RevokePending);
    bmc_.clear_faults();
    ASSERT_TRUE(engine_->provision("one", Verb::Deleted, nullptr).ok());
    ASSERT_TRUE(reaches(ProvisionState::Available));
    EXPECT_TRUE(store_->live_publications().value().empty());
}

TEST_F(EngineTest, VerbsThatDoNotFitTheStateAreRefusedWithIronicsText) {
    const auto refused = engine_->provision("one", Verb::Provide, nullptr);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::InvalidArgument);
    EXPECT_NE(refused.error().message.find("can not be performed on node"), std::string::npos);
}

TEST_F(EngineTest, AWaitingDeploymentCanBeCancelled) {
    ASSERT_TRUE(engine_->deploy("one", fields()).ok());
    ASSERT_TRUE(comes_to(Step::SeeBoot));
    ASSERT_TRUE(reaches(ProvisionState::WaitCallBack));
    ASSERT_TRUE(accepts(Verb::Deleted));
    ASSERT_TRUE(reaches(ProvisionState::Available));
    EXPECT_EQ(media_.published(), 0U);
}

TEST_F(EngineTest, ARebuildEjectsTheReplacedMediumAndEndsItsDeployment) {
    show_boot();
    const auto first = engine_->deploy("one", fields()).value();
    ASSERT_TRUE(reaches(ProvisionState::Active));
    const auto second = engine_->deploy("one", fields()).value();
    const auto end = clock_.steady() + 20s;
    while (store_->deployment(second.id).value().state != DeploymentState::Active && clock_.steady() < end) {
        waiter_.wait(5ms, {});
    }
    EXPECT_EQ(store_->deployment(first.id).value().state, DeploymentState::Ended);
    const auto now = store_->deployment(second.id).value();
    EXPECT_EQ(bmc_.image_in(now.slot), now.url);
    EXPECT_EQ(media_.published(), 1U);
}

TEST_F(EngineTest, AfterARestartAnActiveNodeMakesNoBmcRequest) {
    show_boot();
    ASSERT_TRUE(engine_->deploy("one", fields()).ok());
    ASSERT_TRUE(reaches(ProvisionState::Active));
    engine_->stop();
    engine_.reset();
    bmc_.forget_requests();
    start();
    waiter_.wait(200ms, {});
    EXPECT_TRUE(bmc_.requests().empty());
    EXPECT_EQ(media_.published(), 1U);
    EXPECT_EQ(node().provision_state, ProvisionState::Active);
}

TEST_F(EngineTest, MaintenanceAndDeleteForgetWithoutABmcRequestAndRememberWhatIsLeft) {
    show_boot();
    ASSERT_TRUE(engine_->deploy("one", fields()).ok());
    ASSERT_TRUE(reaches(ProvisionState::Active));
    EXPECT_EQ(engine_->forget("one").error().kind, base::ErrorKind::Conflict);
    const auto set_maintenance = [this] {
        Change change;
        change.node = node();
        change.node->maintenance = true;
        return store_->apply(change);
    };
    while (!set_maintenance().ok()) {  // the engine may write the node in between
    }
    bmc_.forget_requests();
    ASSERT_TRUE(engine_->forget("one").ok());
    EXPECT_TRUE(bmc_.requests().empty());
    EXPECT_EQ(store_->left_behind(kBmc).value().size(), 1U);
    EXPECT_EQ(media_.published(), 0U);
}

TEST_F(EngineTest, PowerIsChangedBesideTheDeployment) {
    ASSERT_TRUE(engine_->set_power("one", "power on", 0).ok());
    const auto end = clock_.steady() + 20s;
    while ((node().power_state != "power on" || !node().target_power_state.empty()) && clock_.steady() < end) {
        waiter_.wait(5ms, {});
    }
    EXPECT_EQ(bmc_.power_state(), bmc::Power::On);
    EXPECT_EQ(engine_->set_power("one", "explode", 0).error().kind, base::ErrorKind::InvalidArgument);
}

TEST(MediaAddress, IsTheOneThatTheBmcCanReachUnlessTheOperatorNamesIt) {
    EXPECT_EQ(media_base_url("http://media:80", 6180, "https://127.0.0.1").value(), "http://media:80");
    EXPECT_EQ(media_base_url("", 6180, "https://127.0.0.1:8000").value(), "http://127.0.0.1:6180");
    EXPECT_EQ(media_base_url("", 6180, "https://[::1]").value(), "http://[::1]:6180");
    EXPECT_EQ(media_base_url("", 6180, "https://no-such-host.invalid").error().kind, base::ErrorKind::Unavailable);
}

}  // namespace
}  // namespace isolde::conductor
