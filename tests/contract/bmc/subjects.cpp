// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/testing/advancing_waiter.h"
#include "bmc/redfish_pool.h"
#include "bmc/testing/fake_bmc.h"
#include "http/client/client.h"
#include "subject.h"
#include "tests/support/emulator_process.h"

#include <gtest/gtest.h>

namespace isolde::bmc::contract {
namespace {

constexpr const char* kFakeAddress = "https://192.0.2.10";

class FakeSubject final : public Subject {
  public:
    FakeSubject() { pool_.add(kFakeAddress, "password"); }

    BmcPool& pool() override { return pool_; }
    Target target() const override {
        Target target;
        target.address = kFakeAddress;
        target.user = "admin";
        target.password = base::Secret("password");
        return target;
    }
    std::string slots_below() const override { return testing::FakeBmc::kSystem; }
    const base::Clock& clock() const override { return clock_; }
    base::Waiter& waiter() override { return waiter_; }

  private:
    base::testing::ManualClock clock_;
    base::testing::AdvancingWaiter waiter_{clock_};
    testing::FakeBmcPool pool_{clock_, waiter_};
};

class EmulatorSubject final : public Subject {
  public:
    EmulatorSubject(support::EmulatorProcess process, std::unique_ptr<http::Client> client, bool managers_only)
        : process_(std::move(process)),
          client_(std::move(client)),
          managers_only_(managers_only),
          pool_(make_redfish_pool(*client_, process_clock(), waiter_)) {}

    BmcPool& pool() override { return *pool_; }
    Target target() const override {
        Target target;
        target.address = process_.url();
        target.user = "admin";
        target.password = base::Secret("password");
        target.verify_tls = false;
        return target;
    }
    std::string slots_below() const override {
        return managers_only_ ? "/redfish/v1/Managers/" : "/redfish/v1/Systems/";
    }
    const base::Clock& clock() const override { return process_clock(); }
    base::Waiter& waiter() override { return waiter_; }

    static const base::Clock& process_clock() {
        static const base::SystemClock kClock;
        return kClock;
    }

  private:
    support::EmulatorProcess process_;
    std::unique_ptr<http::Client> client_;
    bool managers_only_;
    base::SystemWaiter waiter_;
    std::unique_ptr<BmcPool> pool_;
};

}  // namespace

std::unique_ptr<Subject> make_fake_subject() {
    return std::make_unique<FakeSubject>();
}

std::unique_ptr<Subject> make_emulator_subject(const EmulatorSetup& setup) {
    std::vector<std::string> arguments{"--profile", setup.profile, "--time-scale", "20"};
    if (setup.tls) arguments.emplace_back("--tls");
    std::string faults;
    if (setup.media_below_managers_only) {
        faults = R"([{"id":"hide","method":"GET","path":"/redfish/v1/Systems/*","action":"override",
                      "json":{"VirtualMedia":null}}])";
    }
    auto process = support::EmulatorProcess::start(std::move(arguments), faults);
    if (!process.ok()) {
        ADD_FAILURE() << process.error().to_string();
        return nullptr;
    }
    http::ClientOptions options;
    options.addresses = http::AddressPolicy::unrestricted();
    auto client = http::make_client(options, EmulatorSubject::process_clock());
    if (!client.ok()) {
        ADD_FAILURE() << client.error().to_string();
        return nullptr;
    }
    return std::make_unique<EmulatorSubject>(std::move(*process), std::move(*client), setup.media_below_managers_only);
}

}  // namespace isolde::bmc::contract
