// SPDX-License-Identifier: GPL-3.0-or-later
//
// Other programs, by argument vector (never a shell), with limits on time and output.
#pragma once

#include "base/byte_count.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::base {

struct ProcessOptions {
    std::vector<std::string> arguments;  ///< [0] is looked up on PATH
    /// "NAME=value" added to the parent's environment.
    std::vector<std::string> environment;
    std::string directory;  ///< working directory; empty: the parent's
    /// Files for standard output and error of a child; empty: /dev/null. Appended to.
    std::string output_path;
};

/// A running program. Killed (SIGKILL) and reaped when the object goes, if it still runs. It also dies with its parent
/// thread's process (PR_SET_PDEATHSIG). Not thread-safe.
class ChildProcess {
  public:
    static Result<ChildProcess> start(const ProcessOptions& options);
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ~ChildProcess();

    int pid() const { return pid_; }
    bool running();
    /// The exit code (128 + signal when killed), waiting until `timeout` at most. Errors: Timeout, Internal.
    Result<int> wait(Duration timeout);
    void signal(int number) const;
    /// SIGTERM, then SIGKILL after `grace`; returns the exit code.
    Result<int> stop(Duration grace);

  private:
    explicit ChildProcess(int pid) : pid_(pid) {}
    int pid_ = -1;
    std::optional<int> exit_code_;
};

struct ProcessOutput {
    int exit_code = 0;
    std::string output;  ///< standard output and standard error, in order of arrival
};

/// Runs a program to its end. Errors: NotFound, Timeout (it is killed), Exhausted (output above `limit`), Internal.
/// A non-zero exit code is not an error.
Result<ProcessOutput> run_process(const ProcessOptions& options, Duration timeout, ByteCount limit = mebibytes(16));

}  // namespace isolde::base
