// SPDX-License-Identifier: GPL-3.0-or-later
//
// A running isolde-emulator for tests, on free loopback ports that it announces on its standard output.
#pragma once

#include "base/files.h"
#include "base/process.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace isolde::support {

/// Ends with the object.
class EmulatorProcess {
  public:
    /// `faults`: JSON of fault rules; empty: none. Errors: NotFound (no program), Timeout (no announcement).
    static base::Result<EmulatorProcess> start(std::vector<std::string> arguments, const std::string& faults = "") {
        const char* directory = std::getenv("ISOLDE_BIN_DIR");
        auto scratch = TRY(base::TemporaryDirectory::create("isolde-emulator-test"));
        base::ProcessOptions options;
        options.arguments = {std::string(directory == nullptr ? "build/dev/bin" : directory) + "/isolde-emulator",
                             "--listen", "127.0.0.1:0"};
        options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
        if (!faults.empty()) {
            std::ofstream(scratch.path() + "/faults.json") << faults;
            options.arguments.insert(options.arguments.end(), {"--faults", scratch.path() + "/faults.json"});
        }
        options.output_path = scratch.path() + "/output";
        auto child = TRY(base::ChildProcess::start(options));
        EmulatorProcess process(std::move(scratch), std::move(child));
        TRY(process.await_announcement(options.output_path));
        return process;
    }

    /// Of the first BMC.
    const std::string& url() const { return url_; }

  private:
    EmulatorProcess(base::TemporaryDirectory scratch, base::ChildProcess child)
        : scratch_(std::move(scratch)), child_(std::move(child)) {}

    base::Result<void> await_announcement(const std::string& path) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (std::chrono::steady_clock::now() < end && child_.running()) {
            std::ifstream output(path);
            std::string ready;
            std::string number;
            std::string line;
            if (std::getline(output, line) && !output.eof()) {
                std::istringstream(line) >> ready >> number >> url_;
                if (ready == "ready" && !url_.empty()) return {};
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        const auto said = base::read_file(path);
        return base::timed_out("isolde-emulator did not announce its address: " + (said.ok() ? *said : ""));
    }

    base::TemporaryDirectory scratch_;
    base::ChildProcess child_;
    std::string url_;
};

}  // namespace isolde::support
