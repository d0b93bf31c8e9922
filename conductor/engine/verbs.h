// SPDX-License-Identifier: GPL-3.0-or-later
//
// Accepting what users ask for: checks, then one durable change that holds the node's new state and the operation.
#pragma once

#include "conductor/engine/dispatcher.h"
#include "conductor/engine/engine.h"
#include "conductor/engine/steps/step.h"

namespace isolde::conductor {

/// Thread-safe.
class Verbs {
  public:
    Verbs(const Services& services, Dispatcher& dispatcher) : services_(services), dispatcher_(dispatcher) {}

    base::Result<Node> provision(const std::string& node, Verb verb, const base::Json& configdrive);
    base::Result<Deployment> deploy(const std::string& node, const base::Json& fields);
    base::Result<Node> set_power(const std::string& node, const std::string& target, int timeout);
    base::Result<void> forget(const std::string& node);
    base::Result<void> release(const std::string& node);

  private:
    struct Accepted {
        Node node;
        std::optional<Deployment> deployment;
    };
    /// Nothing when another writer changed the node between reading and writing it.
    base::Result<std::optional<Accepted>> accept(const std::string& node, Verb verb, const base::Json& configdrive,
                                                 const base::Json* fields);
    /// accept, again when another writer changed the node meanwhile.
    base::Result<Accepted> accept_in_a_race(const std::string& node, Verb verb, const base::Json& configdrive,
                                            const base::Json* fields);
    base::Result<void> begin(Node& node, OperationKind kind, Change& change, std::optional<Deployment>& deployment);
    base::Result<Deployment> new_deployment(const Node& node);

    Services services_;
    Dispatcher& dispatcher_;
};

/// Whether an operation holds its node: verbs other than the ones that may interrupt it answer "locked". A deployment
/// that only watches, and a take-down in the background, hold nothing.
bool holds_node(const Operation& operation);

}  // namespace isolde::conductor
