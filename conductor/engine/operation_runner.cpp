// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/operation_runner.h"

#include <utility>

namespace isolde::conductor {
namespace {

using namespace std::chrono_literals;

/// A step may need several BMC interactions; a lease outlives them all.
constexpr auto kLeaseLength = 15min;
constexpr int kNodeWriteAttempts = 8;
constexpr std::size_t kJournalLimit = 400;

std::string outcome_text(const Outcome& outcome) {
    switch (outcome.kind) {
        case Outcome::Kind::Done: return outcome.note.empty() ? "done" : "done: " + outcome.note;
        case Outcome::Kind::Waiting: return "waiting: " + outcome.note;
        case Outcome::Kind::Failed: return "failed: " + outcome.error->to_string();
    }
    return "";
}

void note_in_journal(Deployment& deployment, Step step, base::WallTime begun, base::WallTime now, std::string outcome,
                     bool ended) {
    auto& journal = deployment.journal;
    if (journal.empty() || journal.back().step != step || journal.back().ended) {
        journal.push_back({step, begun, std::nullopt, ""});
    }
    journal.back().outcome = std::move(outcome);
    if (ended) {
        journal.back().ended = now;
    }
    if (journal.size() > kJournalLimit) {
        journal.erase(journal.begin());
    }
}

/// A failure that the operator must see at the node. What is tried again in the background was told before.
bool is_told(const StepContext& context, const Decision& decision, const Outcome& outcome) {
    return outcome.kind == Outcome::Kind::Failed && decision.kind != Decision::Kind::Sleep &&
           !context.operation.detail.value("background", false);
}

/// What the failed operation says; a take-down that fails adds to the original reason.
std::string failure_text(const StepContext& context, const Outcome& outcome) {
    const std::string text = outcome.error->to_string();
    const std::string original = context.operation.detail.value("error", "");
    return original.empty() ? text : original + "; taking down: " + text;
}

/// The engine's part of the node onto the row as it is now: users may have changed theirs meanwhile.
void put_engine_fields(const StepContext& context, Node& row) {
    row.power_state = context.node.power_state;
    row.driver_internal_info = context.node.driver_internal_info;
    if (context.operation.kind == OperationKind::Undeploy && context.operation.step == Step::TakeDownDrop) {
        row.instance_info = context.node.instance_info;
        row.instance_uuid = context.node.instance_uuid;
    }
}

void show_state(Node& row, ProvisionState state, base::WallTime now) {
    if (row.provision_state != state) {
        row.provision_state = state;
        row.provision_updated_at = now;
    }
}

/// What the node shows after the step.
void put_outcome(const StepContext& context, const Outcome& outcome, const Decision& decision, base::WallTime now,
                 Node& row) {
    const bool background = context.operation.detail.value("background", false);
    const bool over = decision.kind == Decision::Kind::End;
    const OperationKind kind = context.operation.kind;
    if (over && context.operation.lane == Lane::Power) {
        row.target_power_state.clear();
    }
    if (is_told(context, decision, outcome)) {
        row.last_error = failure_text(context, outcome);
    } else if (kind == OperationKind::FailDeploy && over && !background) {
        row.last_error = context.operation.detail.value("error", "");
    } else if (outcome.kind == Outcome::Kind::Done && !background && kind != OperationKind::FailDeploy) {
        row.last_error.clear();
    }
    if (decision.state) {
        show_state(row, *decision.state, now);
    } else if (over && !background && outcome.kind == Outcome::Kind::Done) {
        show_state(row, end_state(kind, row.provision_state), now);
    }
}

/// What the operation becomes, and how the change writes it.
void put_operation(Operation& operation, const Outcome& outcome, const Decision& decision, base::WallTime now,
                   Change& change) {
    using Kind = Decision::Kind;
    operation.wake_at = decision.wake_at;
    if (outcome.kind == Outcome::Kind::Waiting) {
        operation.attempts = 0;
    }
    if (decision.kind == Kind::TakeDown) {
        operation.kind = OperationKind::FailDeploy;
        operation.detail["error"] = outcome.error->to_string();
    }
    if (decision.kind == Kind::Continue || decision.kind == Kind::TakeDown) {
        operation.step = decision.step;
        operation.attempts = 0;
        operation.step_begun_at = now;
        operation.lease_until = now + kLeaseLength;
        change.note_operation = operation;
    } else if (decision.kind == Kind::End) {
        operation.wake_at = base::WallTime::max();
        change.end_operation = operation;
    } else {
        operation.detail["background"] =
            operation.detail.value("background", false) || decision.kind == Kind::Background;
        change.update_operation = operation;
    }
}

}  // namespace

OperationRunner::OperationRunner(const Services& services, JournalObserver observer)
    : services_(services), observer_(std::move(observer)) {}

std::optional<base::WallTime> OperationRunner::run(const base::NodeId& node, Lane lane) {
    auto claimed = claim(node, lane);
    if (!claimed.ok() || !*claimed) {
        if (!claimed.ok() && claimed.error().kind != base::ErrorKind::Conflict) {
            services_.log.error("operation.claim_failed", {{"node", node}, {"error", claimed.error()}});
            return services_.clock.wall() + 1s;
        }
        return std::nullopt;
    }
    StepContext& context = **claimed;
    while (true) {
        const auto more = advance(context);
        if (!more.ok()) {
            // Conflict: another operation took this one's place, as a verb does. What it needs it looks for itself.
            const bool replaced =
                more.error().kind == base::ErrorKind::Conflict || more.error().kind == base::ErrorKind::NotFound;
            if (!replaced) {
                services_.log.error("operation.record_failed", {{"node", node}, {"error", more.error()}});
            }
            if (replaced) {
                give_back_if_over(context);
                return std::nullopt;
            }
            return services_.clock.wall() + 1s;
        }
        if (!*more) {
            return context.operation.wake_at == base::WallTime::max() ? std::nullopt
                                                                      : std::optional(context.operation.wake_at);
        }
    }
}

void OperationRunner::give_back_if_over(const StepContext& context) {
    if (!context.deployment) {
        return;
    }
    const auto record = services_.store.deployment(context.deployment->id);
    const bool over = record.ok() ? record->state == DeploymentState::Ended || record->state == DeploymentState::Failed
                                  : record.error().kind == base::ErrorKind::NotFound;
    if (!over) {
        return;
    }
    for (const Medium& medium : media_of(*context.deployment)) {
        if (!medium.token.empty()) {
            services_.media.revoke(base::PublicationToken(medium.token));
        }
    }
    const auto released = release_images(*context.deployment, services_.images);
    if (!released.ok()) {
        services_.log.error("operation.lease_kept", {{"node", context.node.id}, {"error", released.error()}});
    }
}

base::Result<std::optional<StepContext>> OperationRunner::claim(const base::NodeId& node, Lane lane) {
    const auto seen = TRY(services_.store.operation(node, lane));
    if (!seen) {
        return std::optional<StepContext>();
    }
    const auto now = services_.clock.wall();
    StepContext context;
    context.operation = TRY(services_.store.claim(*seen, services_.options.conductor_name, now, now + kLeaseLength));
    context.node = TRY(services_.store.node(node));
    context.stored = context.node;
    if (!context.operation.deployment.empty()) {
        context.deployment = TRY(services_.store.deployment(context.operation.deployment));
    }
    return std::optional(std::move(context));
}

base::Result<bool> OperationRunner::advance(StepContext& context) {
    const OperationKind kind = context.operation.kind;
    const Step step = context.operation.step;
    observe(kind, step, "begin");
    context.note = [this, &context] { return write_note(context); };
    ++context.operation.attempts;
    const Outcome outcome = run_step(context, services_);
    const bool background = context.operation.detail.value("background", false);
    Decision decision = decide(kind, step, context.operation.attempts, background, outcome, services_.options.retry,
                               services_.clock.wall());
    if (decision.kind == Decision::Kind::TakeDown && context.operation.detail.contains("replaces")) {
        decision.step = Step::TakeDownPowerOff;  // the replaced deployment's medium is still in the BMC
    }
    services_.log.write(outcome.kind == Outcome::Kind::Failed ? base::LogLevel::Warning : base::LogLevel::Info,
                        "operation.step",
                        {{"node", context.node.id},
                         {"operation", to_string(kind)},
                         {"step", to_string(step)},
                         {"outcome", outcome_text(outcome)}});
    TRY(record(context, outcome, decision));
    observe(kind, step, "end");
    return decision.kind == Decision::Kind::Continue || decision.kind == Decision::Kind::TakeDown;
}

/// Somebody wrote the node since: the engine's part goes onto what is there now.
base::Result<void> OperationRunner::read_again(StepContext& context) const {
    context.stored = TRY(services_.store.node(context.node.id));
    Node row = context.stored;
    put_engine_fields(context, row);
    context.node = std::move(row);
    return {};
}

/// All but node and deployment.
Change OperationRunner::change_of(StepContext& context, const Outcome& outcome, const Decision& decision,
                                  const Operation& before, base::WallTime now) const {
    Change change;
    put_outcome(context, outcome, decision, now, context.node);
    change.put_publications = context.publications;
    change.history = context.history;
    change.forget_left_behind = context.forget_left_behind;
    if (is_told(context, decision, outcome)) {
        change.history.push_back(
            history_entry(services_, context.node, "ERROR",
                          std::string(to_string(before.kind)) + "." + std::string(to_string(before.step)),
                          outcome.error->to_string()));
    }
    put_operation(context.operation, outcome, decision, now, change);
    return change;
}

base::Result<void> OperationRunner::record(StepContext& context, const Outcome& outcome, const Decision& decision) {
    const auto now = services_.clock.wall();
    const Operation before = context.operation;
    if (context.deployment) {
        const bool ended = decision.kind != Decision::Kind::Sleep && decision.kind != Decision::Kind::Background;
        note_in_journal(*context.deployment, before.step, before.step_begun_at, now, outcome_text(outcome), ended);
        if (decision.kind == Decision::Kind::TakeDown) {
            context.deployment->error = outcome.error->to_string();
        }
    }
    for (int attempt = 1;; ++attempt) {
        context.operation = before;
        Change change = change_of(context, outcome, decision, before, now);
        auto written = apply_lent(context, change);
        if (written.ok()) {
            context.publications.clear();
            context.history.clear();
            context.forget_left_behind.clear();
            return {};
        }
        const auto current = TRY(services_.store.operation(context.node.id, before.lane));
        const bool ours = current && current->fence == before.fence;
        if (written.error().kind != base::ErrorKind::Conflict || !ours || attempt == kNodeWriteAttempts) {
            return written;
        }
        TRY(read_again(context));
    }
}

base::Result<void> OperationRunner::apply_lent(StepContext& context, Change& change) {
    const bool with_node = context.node != context.stored;
    if (with_node) {
        change.node = std::move(context.node);
    }
    change.put_deployment = std::move(context.deployment);
    auto written = services_.store.apply(change);
    context.deployment = std::move(change.put_deployment);
    if (with_node) {
        context.node = std::move(*change.node);
        if (written.ok()) {
            ++context.node.version;
            context.stored = context.node;
        }
    }
    return written;
}

base::Result<void> OperationRunner::write_note(StepContext& context) {
    Change change;
    change.put_deployment = context.deployment;
    change.completed_fields = context.completed_fields;
    change.note_operation = context.operation;
    TRY(services_.store.apply(change));
    context.completed_fields = false;
    observe(context.operation.kind, context.operation.step, "intent");
    return {};
}

void OperationRunner::observe(OperationKind kind, Step step, std::string_view moment) const {
    if (observer_) {
        observer_(std::string(to_string(kind)) + "/" + std::string(to_string(step)) + "/" + std::string(moment));
    }
}

}  // namespace isolde::conductor
