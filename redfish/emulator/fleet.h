// SPDX-License-Identifier: GPL-3.0-or-later
//
// All BMCs of a process and what they share.
#pragma once

#include "base/files.h"
#include "redfish/emulator/bmc.h"
#include "redfish/emulator/options.h"

#include <memory>
#include <string>
#include <vector>

namespace isolde::emulator {

class Fleet {
  public:
    /// All BMCs listen when it returns. `clock`, `random` and `log` outlive it. Errors: Conflict (a port is taken),
    /// NotFound (a program or firmware that --host qemu needs), InvalidArgument, Internal.
    static base::Result<std::unique_ptr<Fleet>> start(const Options& options, const base::Clock& clock,
                                                      base::Random& random, base::Log& log);
    ~Fleet() { stop(); }

    /// In the order of their numbers.
    std::vector<std::string> urls() const;
    /// Closes all ports, ends all hosts. Idempotent.
    void stop();

  private:
    Fleet(const base::Clock& clock, base::Random& random, base::Log& log);
    base::Result<void> prepare(const Options& options);
    base::Result<void> make_certificate(const std::string& address);
    void use_no_hosts();
    void use_readers(const Options& options);
    base::Result<void> use_qemu(const Options& options);
    BmcOptions bmc_options(const Options& options, std::size_t index) const;

    std::unique_ptr<base::TemporaryDirectory> temporary_;
    std::string directory_;
    std::string certificate_;
    std::string key_;
    Executor executor_;
    std::unique_ptr<Executor> readers_;
    Surroundings surroundings_;
    std::vector<std::unique_ptr<EmulatedBmc>> bmcs_;
};

}  // namespace isolde::emulator
