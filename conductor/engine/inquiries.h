// SPDX-License-Identifier: GPL-3.0-or-later
//
// Questions that take a BMC, an upstream or the composer to answer: validate, plan, manifest, boot device. They wait in
// a pool of their own, so that neither an API thread nor an operation waits for them.
#pragma once

#include "conductor/engine/engine.h"
#include "conductor/engine/steps/step.h"
#include "conductor/engine/worker_pool.h"

namespace isolde::conductor {

/// Thread-safe.
class Inquiries {
  public:
    explicit Inquiries(const Services& services);

    void validate(const std::string& node, std::function<void(base::Result<std::vector<ValidationRow>>)> done);
    void plan(const std::string& node, std::function<void(base::Result<vmedia::PlanReport>)> done);
    void manifest(const std::string& node, std::function<void(base::Result<base::Json>)> done);
    void ask_bmc(const std::string& node, std::function<base::Result<base::Json>(bmc::Bmc&, base::Deadline)> question,
                 std::function<void(base::Result<base::Json>)> done);
    /// Runs `task` in the pool unless it is full.
    [[nodiscard]] bool submit(std::function<void()> task) { return pool_.submit(std::move(task)); }
    void stop() { pool_.stop(); }

  private:
    std::vector<ValidationRow> validation_of(const Node& node);
    base::Result<vmedia::PlanReport> plan_of(const Node& node);
    base::Result<base::Json> manifest_of(const Node& node);
    template <typename Value>
    void ask(const std::string& node, std::function<base::Result<Value>(const Node&)> question,
             std::function<void(base::Result<Value>)> done);

    Services services_;
    WorkerPool pool_;
};

}  // namespace isolde::conductor
