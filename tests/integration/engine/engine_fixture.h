// SPDX-License-Identifier: GPL-3.0-or-later
//
// The engine over the real store, with a BMC, an image store and a media side that do as the test says.
#pragma once

#include "base/files.h"
#include "base/testing/seeded_random.h"
#include "base/waiter.h"
#include "bmc/testing/fake_bmc.h"
#include "cache/testing/fake_image_store.h"
#include "conductor/engine/engine.h"
#include "conductor/engine/testing/fake_media.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace isolde::conductor::testing {

using namespace std::chrono_literals;
using bmc::testing::FakeBmc;
using bmc::testing::FakeBmcPool;

inline constexpr const char* kBmc = "https://bmc-1";
inline constexpr const char* kIso = "http://upstream/boot.iso";

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
        options.loaders.shim = loader_file("shim");
        options.loaders.grub = loader_file("grub");
        engine_ = Engine::start(options, {*store_, images_, media_, bmcs_, clock_, random_, log_}).value();
    }

    std::string loader_file(const std::string& name) const {
        std::string path = base::join_path(directory_.path(), name);
        EXPECT_TRUE(base::write_durably(path, "a boot loader", 0644).ok());
        return path;
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

    base::Json fields_with_config_drive() const {
        auto asked = fields();
        asked["configdrive"] = {{"user_data", "#cloud-config\n"}};
        return asked;
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
    FakeMedia media_{images_};
    FakeBmcPool bmcs_{clock_, waiter_};
    std::shared_ptr<FakeBmc> host_ = bmcs_.add(kBmc);
    FakeBmc& bmc_ = *host_;
    std::unique_ptr<Sealer> sealer_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Engine> engine_;
};

}  // namespace isolde::conductor::testing
