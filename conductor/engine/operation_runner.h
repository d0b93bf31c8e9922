// SPDX-License-Identifier: GPL-3.0-or-later
//
// Takes one operation by lease and runs its steps until it has to wait or is over. After each step one durable change
// holds its outcome and the intention of the next one.
#pragma once

#include "conductor/engine/journal_observer.h"
#include "conductor/engine/steps/step.h"

#include <optional>
#include <string_view>

namespace isolde::conductor {

/// Thread-safe.
class OperationRunner {
  public:
    OperationRunner(const Services& services, JournalObserver observer);

    /// When the operation wants to run again; nothing when it is over, replaced or held by another conductor.
    std::optional<base::WallTime> run(const base::NodeId& node, Lane lane);

  private:
    base::Result<std::optional<StepContext>> claim(const base::NodeId& node, Lane lane);
    /// Runs and records one step. True: the next one follows at once.
    base::Result<bool> advance(StepContext& context);
    base::Result<void> read_again(StepContext& context) const;
    Change change_of(StepContext& context, const Outcome& outcome, const Decision& decision, const Operation& before,
                     base::WallTime now) const;
    /// Applies the change with the context's node and deployment, which may be large: they are lent, not copied. Steps
    /// that change nothing that a node shows leave its row alone.
    base::Result<void> apply_lent(StepContext& context, Change& change);
    base::Result<void> record(StepContext& context, const Outcome& outcome, const Decision& decision);
    /// The node was forgotten, or its deployment taken down, while this step ran: what the step took meanwhile goes
    /// back.
    void give_back_if_over(const StepContext& context);
    base::Result<void> write_note(StepContext& context);
    void observe(OperationKind kind, Step step, std::string_view moment) const;

    Services services_;
    JournalObserver observer_;
};

}  // namespace isolde::conductor
