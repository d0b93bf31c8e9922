// SPDX-License-Identifier: GPL-3.0-or-later
//
// The conductor as a process: everything wired together from the settings.
#pragma once

#include "base/result.h"
#include "conductor/engine/journal_observer.h"
#include "config/settings.h"

namespace isolde::conductor {

/// Runs until SIGTERM or SIGINT, then drains and returns. Prints "ready api=… media=…" on standard output when both
/// planes answer. Errors: what kept it from starting, in the operator's words.
base::Result<void> run_conductor(const config::Settings& settings, JournalObserver observer = {});

}  // namespace isolde::conductor
