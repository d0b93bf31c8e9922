// SPDX-License-Identifier: GPL-3.0-or-later
//
// Looks at the power of nodes at rest once per sync interval, spread by jitter. What changed nothing is not written.
#pragma once

#include "conductor/engine/inquiries.h"
#include "conductor/engine/steps/step.h"

#include <map>
#include <thread>

namespace isolde::conductor {

/// Thread-safe. Runs from construction to stop().
class PowerSync {
  public:
    /// `tell` is called with a node whose power changed, so that a watching operation looks at it.
    PowerSync(const Services& services, Inquiries& inquiries, std::function<void(const base::NodeId&)> tell);
    ~PowerSync() { stop(); }
    void stop();

  private:
    void run(const std::stop_token& stop);
    void start_due_looks();
    void look(const base::NodeId& node);

    Services services_;
    Inquiries& inquiries_;
    std::function<void(const base::NodeId&)> tell_;
    std::map<base::NodeId, base::SteadyTime> next_;  ///< of the thread alone
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    bool stopping_ ISOLDE_GUARDED_BY(mutex_) = false;
    std::jthread thread_;
};

}  // namespace isolde::conductor
