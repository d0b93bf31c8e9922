// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/log.h"
#include "redfish/emulator/fleet.h"

#include <csignal>
#include <iostream>

int main(int argc, char** argv) {
    using namespace isolde;
    const emulator::CommandLine command = emulator::parse_command_line(argc, argv);
    if (!command.run) {
        (command.exit_code == 0 ? std::cout : std::cerr) << command.text;
        return command.exit_code;
    }
    // Before any thread starts, so that all of them leave these signals to sigwait below.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const base::SystemClock clock;
    base::SystemRandom random;
    const auto log = base::make_stderr_log(base::LogLevel::Warning, base::LogFormat::Text);
    const auto fleet = emulator::Fleet::start(command.options, clock, random, *log);
    if (!fleet.ok()) {
        std::cerr << "isolde-emulator: " << fleet.error().to_string() << "\n";
        return 1;
    }
    std::size_t number = 0;
    for (const std::string& url : (*fleet)->urls()) {
        std::cout << "ready " << ++number << " " << url << "\n";
    }
    std::cout.flush();
    int received = 0;
    sigwait(&signals, &received);
    (*fleet)->stop();
    return 0;
}
