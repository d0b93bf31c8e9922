// SPDX-License-Identifier: GPL-3.0-or-later
//
// What every Store must do is tested once, for each store that a factory makes. A further database joins by a further
// row in `store_factories()`.
#pragma once

#include "base/files.h"
#include "base/log.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_random.h"
#include "conductor/store/store.h"

#include <gtest/gtest.h>
#include <functional>
#include <memory>
#include <string>

namespace isolde::conductor::testing {

struct StoreFactory {
    std::string name;
    /// Opens the store that lives in `directory`, again when it was opened before.
    std::function<base::Result<std::unique_ptr<Store>>(const std::string& directory, const Sealer& sealer,
                                                       const base::Clock& clock, base::Log& log)>
        open;
};

inline std::vector<StoreFactory> store_factories() {
    return {
        {"sqlite", [](const std::string& directory, const Sealer& sealer, const base::Clock& clock, base::Log& log) {
             return open_sqlite_store({.path = directory + "/isolde.db"}, sealer, clock, log);
         }}};
}

class StoreContract : public ::testing::TestWithParam<StoreFactory> {
  protected:
    StoreContract() { reopen(); }

    void reopen() {
        store_.reset();
        auto opened = GetParam().open(directory_.path(), *sealer_, clock_, log_);
        if (!opened.ok()) throw std::runtime_error(opened.error().to_string());
        store_ = std::move(*opened);
    }

    Store& store() { return *store_; }

    base::WallTime now() const { return clock_.wall(); }

    Node new_node(const std::string& name) {
        Node node;
        node.id = base::NodeId(random_.uuid());
        node.name = name;
        node.created_at = now();
        return node;
    }

    /// Stores a new node, and returns it as stored.
    Node enroll(Node node) {
        Change change;
        change.node = node;
        change.new_node = true;
        const auto applied = store().apply(change);
        if (!applied.ok()) throw std::runtime_error(applied.error().to_string());
        return store().node(node.id).value();
    }
    Node enroll(const std::string& name) { return enroll(new_node(name)); }

    base::Result<void> update(const Node& node) {
        Change change;
        change.node = node;
        return store().apply(change);
    }

    Deployment new_deployment(const Node& node) {
        Deployment deployment;
        deployment.id = base::DeploymentId(random_.uuid());
        deployment.node = node.id;
        deployment.created_at = now();
        deployment.fields = {{"boot_iso", "http://x/a.iso"}};
        return deployment;
    }
    void begin(const Deployment& deployment) {
        Change change;
        change.put_deployment = deployment;
        change.new_deployment = true;
        ASSERT_TRUE(store().apply(change).ok());
    }
    void put(const Deployment& deployment) {
        Change change;
        change.put_deployment = deployment;
        ASSERT_TRUE(store().apply(change).ok());
    }

    Operation operation_of(const Node& node, base::WallTime wake_at) {
        Operation operation;
        operation.node = node.id;
        operation.kind = OperationKind::Deploy;
        operation.step = Step::Admit;
        operation.begun_at = now();
        operation.step_begun_at = now();
        operation.wake_at = wake_at;
        return operation;
    }

    /// Begins an operation and returns it as stored.
    Operation begin(const Operation& operation) {
        Change change;
        change.begin_operation = operation;
        const auto applied = store().apply(change);
        if (!applied.ok()) throw std::runtime_error(applied.error().to_string());
        return store().operation(operation.node, operation.lane).value().value();
    }

    base::testing::ManualClock clock_;
    base::testing::SeededRandom random_{1};
    base::NullLog log_;
    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("store").value();
    std::unique_ptr<Sealer> sealer_ = make_sealer(base::Bytes(32, std::byte{7}), random_).value();

  private:
    std::unique_ptr<Store> store_;
};

}  // namespace isolde::conductor::testing

#define ISOLDE_TEST_EVERY_STORE(suite)                                                      \
    INSTANTIATE_TEST_SUITE_P(Every, suite, ::testing::ValuesIn(testing::store_factories()), \
                             [](const auto& row) { return row.param.name; })
