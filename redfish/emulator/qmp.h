// SPDX-License-Identifier: GPL-3.0-or-later
//
// The QEMU Machine Protocol: commands with answers, and events, as lines of JSON on a socket (QEMU
// docs/interop/qmp-spec).
#pragma once

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mutex.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

namespace isolde::emulator {

/// A listening UNIX socket to which QEMU connects (chardev socket, server=off).
class QmpListener {
  public:
    /// Listens on `name` in `directory`; a stale socket is replaced. Errors: Internal.
    static base::Result<QmpListener> create(const std::string& directory, const std::string& name);
    /// Waits up to `timeout` while `alive()` holds. Errors: Timeout, Unavailable (no longer alive).
    base::Result<base::UniqueFd> accept(base::Duration timeout, const std::function<bool()>& alive) const;

  private:
    explicit QmpListener(base::UniqueFd socket) : socket_(std::move(socket)) {}
    base::UniqueFd socket_;
};

/// Thread-safe; has a thread of its own that reads.
class Qmp {
  public:
    /// `on_event` gets name and data of each event; `on_end` is called once when QEMU is gone. Both on the reader's
    /// thread, on which `execute` must not be called.
    Qmp(base::UniqueFd socket, std::function<void(const std::string&, const base::Json&)> on_event,
        std::function<void()> on_end);
    /// Cuts the connection and joins the thread.
    ~Qmp();

    /// The "return" of a command. Errors: Internal (QEMU's own words), Unavailable (QEMU is gone), Timeout (10 s).
    base::Result<base::Json> execute(const std::string& command, base::Json arguments = base::Json::object());

  private:
    void read();
    void take_line(const std::string& line);

    base::UniqueFd socket_;
    std::function<void(const std::string&, const base::Json&)> on_event_;
    std::function<void()> on_end_;
    base::Mutex mutex_;
    base::ConditionVariable answered_;
    bool ended_ ISOLDE_GUARDED_BY(mutex_) = false;
    int next_id_ ISOLDE_GUARDED_BY(mutex_) = 1;
    std::map<int, base::Json> answers_ ISOLDE_GUARDED_BY(mutex_);
    std::thread reader_;
};

}  // namespace isolde::emulator
