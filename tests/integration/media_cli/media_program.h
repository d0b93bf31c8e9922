// SPDX-License-Identifier: GPL-3.0-or-later
//
// Runs `isolde media …` and the tools that read what it made.
#pragma once

#include "base/process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace isolde::tests {

struct Outcome {
    int exit_code = 0;
    std::string output;  ///< standard output and standard error
};

inline std::string environment(const char* name, const char* fallback) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : fallback;
}

inline Outcome run(std::vector<std::string> arguments) {
    base::ProcessOptions options;
    options.arguments = std::move(arguments);
    const auto output = base::run_process(options, std::chrono::seconds(100));
    EXPECT_TRUE(output.ok());
    return output.ok() ? Outcome{output->exit_code, output->output} : Outcome{255, {}};
}

inline Outcome media(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {environment("ISOLDE_BIN_DIR", "build/dev/bin") + "/isolde", "media"});
    return run(std::move(arguments));
}

}  // namespace isolde::tests
