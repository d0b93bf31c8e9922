// SPDX-License-Identifier: GPL-3.0-or-later
//
// The engine over the real store, with a BMC, an image store and a media side that do as the test says.
#include "conductor/engine/engine.h"

#include "base/files.h"
#include "base/testing/seeded_random.h"
#include "base/waiter.h"
#include "bmc/testing/fake_bmc.h"
#include "cache/testing/fake_image_store.h"
#include "conductor/engine/steps/media_address.h"
#include "conductor/engine/testing/fake_media.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

using namespace std::chrono_literals;
using bmc::testing::FakeBmc;
using bmc::testing::FakeBmcPool;

constexpr const char* kBmc = "https://bmc-1";
constexpr const char* kIso = "http://upstream/boot.iso";

class EngineTest : public ::testing::Test {
  protected:
    void SetUp() override {
        images_.provide(kIso, std::string(4096, 'x'));
        open_store();
        start();
        create_node();
    }

    void open_store() {
        sealer_ = make_sealer(base::Bytes(32), random_).value();
        store_ = open_sqlite_store({base::join_path(directory_.path(), "isolde.db")}, *sealer_, clock_, log_).value();
    }

    void start() {
        EngineOptions options;
        options.conductor_name = "test";
        options.workers = 4;
        options.retry.first_delay = 5ms;
        options.boot_timeout = 2s;
        options.bmc_timeout = 2s;
        options.power_sync_interval = 1h;
        options.media_url = "http://media";
        engine_ = Engine::start(options, {*store_, images_, media_, bmcs_, clock_, random_, log_}).value();
    }

    void create_node() {
        Node node;
        node.id = base::NodeId("831f1e25-0c62-4970-8f12-da4ae09f99b2");
        node.name = "one";
        node.driver_info = {{"redfish_address", kBmc}, {"redfish_username", "admin"}, {"redfish_password", "pw"}};
        node.provision_state = ProvisionState::Available;
        node.created_at = clock_.wall();
        Change change;
        change.node = node;
        change.new_node = true;
        ASSERT_TRUE(store_->apply(change).ok());
    }

    Node node() const { return store_->find_node("one").value(); }

    void show_boot() {
        Evidence seen;
        seen.read = seen.booted = clock_.wall();
        seen.loader = true;
        seen.kernel_percent = seen.initrd_percent = 100;
        media_.show(seen);
    }

    /// Polls the store, which is what every client sees.
    ::testing::AssertionResult reaches(ProvisionState wanted) {
        const auto end = clock_.steady() + 20s;
        while (clock_.steady() < end) {
            if (node().provision_state == wanted) {
                return ::testing::AssertionSuccess();
            }
            waiter_.wait(5ms, {});
        }
        return ::testing::AssertionFailure()
               << "node is " << to_string(node().provision_state) << ": " << node().last_error;
    }

    /// Gives the verb as clients do: again while a step holds the node's lock (409).
    ::testing::AssertionResult accepts(Verb verb) {
        const auto end = clock_.steady() + 20s;
        auto answer = engine_->provision("one", verb, nullptr);
        while (!answer.ok() && answer.error().kind == base::ErrorKind::Conflict && clock_.steady() < end) {
            waiter_.wait(5ms, {});
            answer = engine_->provision("one", verb, nullptr);
        }
        return answer.ok() ? ::testing::AssertionSuccess()
                           : ::testing::AssertionFailure() << answer.error().to_string();
    }

    bool history_tells(const std::string& type) const {
        const auto entries = store_->history(node().id).value();
        return std::any_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.event_type == type; });
    }

    /// Wakes the node's operation, as reads do, until `done`.
    bool wakes_until(const std::function<bool()>& done) {
        const auto end = clock_.steady() + 20s;
        while (clock_.steady() < end) {
            if (done()) {
                return true;
            }
            engine_->media_was_read(node().id);
            waiter_.wait(20ms, {});
        }
        return false;
    }

    /// The step of the running operation: `wait call-back` shows in more than one.
    bool comes_to(Step wanted) {
        const auto end = clock_.steady() + 20s;
        while (clock_.steady() < end) {
            const auto operation = store_->operation(node().id, Lane::Provision).value();
            if (operation && operation->step == wanted) {
                return true;
            }
            waiter_.wait(5ms, {});
        }
        return false;
    }

    base::Json fields(bool one_shot = false) const {
        return {{"boot_iso", kIso}, {"one_shot", one_shot}, {"one_shot_release", "boot"}};
    }

    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-engine").value();
    base::SystemClock clock_;
    base::SystemWaiter waiter_;
    base::testing::SeededRandom random_{7};
    base::NullLog log_;
    cache::testing::FakeImageStore images_{clock_};
    testing::FakeMedia media_{images_};
    FakeBmcPool bmcs_{clock_, waiter_};
    std::shared_ptr<FakeBmc> host_ = bmcs_.add(kBmc);
    FakeBmc& bmc_ = *host_;
    std::unique_ptr<Sealer> sealer_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Engine> engine_;
};

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
