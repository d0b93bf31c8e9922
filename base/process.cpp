// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace isolde::base {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (const auto& text : texts) {
        list.push_back(const_cast<char*>(text.c_str()));
    }
    list.push_back(nullptr);
    return list;
}

std::vector<std::string> merged_environment(const std::vector<std::string>& added) {
    std::vector<std::string> merged = added;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        merged.emplace_back(*entry);
    }
    return merged;
}

int exit_code_of(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(char* const* arguments, char* const* environment, const char* directory, int output) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int null = ::open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(output >= 0 ? output : null, STDOUT_FILENO);
    dup2(output >= 0 ? output : null, STDERR_FILENO);
    syscall(SYS_close_range, 3U, ~0U, 0U);
    if (directory != nullptr && chdir(directory) != 0) {
        _exit(126);
    }
    execvpe(arguments[0], arguments, environment);
    _exit(127);
}

Result<int> fork_program(const ProcessOptions& options, int output) {
    if (options.arguments.empty()) {
        return invalid_argument("no program to run");
    }
    const auto environment_texts = merged_environment(options.environment);
    const auto arguments = pointers(options.arguments);
    const auto environment = pointers(environment_texts);
    const int pid = fork();
    if (pid < 0) {
        return from_errno("cannot start " + options.arguments[0], errno);
    }
    if (pid == 0) {
        become(arguments.data(), environment.data(), options.directory.empty() ? nullptr : options.directory.c_str(),
               output);
    }
    return pid;
}

int milliseconds(Duration duration) {
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const ProcessOptions& options) {
    UniqueFd output;
    if (!options.output_path.empty()) {
        output = UniqueFd(::open(options.output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
        if (!output) {
            return from_errno("cannot open " + options.output_path, errno);
        }
    }
    return ChildProcess(TRY(fork_program(options, output.get())));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_code_(other.exit_code_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(exit_code_, other.exit_code_);
    return *this;
}

ChildProcess::~ChildProcess() {
    if (pid_ > 0 && !exit_code_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

bool ChildProcess::running() {
    int status = 0;
    if (!exit_code_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        exit_code_ = exit_code_of(status);
    }
    return !exit_code_.has_value();
}

Result<int> ChildProcess::wait(Duration timeout) {
    if (!running()) {
        return *exit_code_;
    }
    const UniqueFd watch(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    if (!watch) {
        return from_errno("cannot watch a child process", errno);
    }
    pollfd event{watch.get(), POLLIN, 0};
    while (::poll(&event, 1, milliseconds(timeout)) < 0 && errno == EINTR) {
    }
    if (running()) {
        return timed_out("process " + std::to_string(pid_) + " still runs");
    }
    return *exit_code_;
}

void ChildProcess::signal(int number) const {
    if (pid_ > 0 && !exit_code_) {
        ::kill(pid_, number);
    }
}

Result<int> ChildProcess::stop(Duration grace) {
    signal(SIGTERM);
    if (auto ended = wait(grace)) {
        return ended;
    }
    signal(SIGKILL);
    return wait(std::chrono::seconds(10));
}

Result<ProcessOutput> run_process(const ProcessOptions& options, Duration timeout, ByteCount limit) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return from_errno("cannot create a pipe", errno);
    }
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    const SystemClock clock;
    const Deadline deadline = Deadline::after(clock, timeout);
    const int pid = TRY(fork_program(options, writing.get()));
    writing = UniqueFd();
    ProcessOutput result;
    std::array<char, 16384> chunk{};
    std::optional<Error> problem;
    while (!problem) {
        pollfd event{reading.get(), POLLIN, 0};
        const int ready = ::poll(&event, 1, milliseconds(deadline.remaining(clock)));
        if (ready == 0) {
            problem = timed_out(options.arguments[0] + " did not end in time and was stopped");
            continue;
        }
        const ssize_t got = ready > 0 ? ::read(reading.get(), chunk.data(), chunk.size()) : -1;
        if (got == 0) {
            break;
        }
        result.output.append(chunk.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
        if (result.output.size() > limit.bytes()) {
            problem = exhausted(options.arguments[0] + " printed more than " + to_string(limit));
        }
    }
    if (problem) {
        ::kill(pid, SIGKILL);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (problem) {
        return std::move(*problem);
    }
    result.exit_code = exit_code_of(status);
    if (result.exit_code == 127) {
        return not_found("cannot run " + options.arguments[0] + ": no such program on PATH");
    }
    return result;
}

}  // namespace isolde::base
