// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the contract is held against: a pool of BMCs with one BMC in it, made of memory or of an emulator process.
#pragma once

#include "base/clock.h"
#include "base/waiter.h"
#include "bmc/bmc.h"

#include <memory>
#include <string>

namespace isolde::bmc::contract {

class Subject {
  public:
    virtual ~Subject() = default;
    virtual BmcPool& pool() = 0;
    /// The BMC, with the right password.
    virtual Target target() const = 0;
    /// The path of its CD slot begins so.
    virtual std::string slots_below() const = 0;
    virtual const base::Clock& clock() const = 0;
    virtual base::Waiter& waiter() = 0;
};

std::unique_ptr<Subject> make_fake_subject();

struct EmulatorSetup {
    std::string profile = "generic";
    bool tls = false;
    bool media_below_managers_only = false;
};
/// Runs isolde-emulator of ISOLDE_BIN_DIR. Null, with a test failure, when it does not start.
std::unique_ptr<Subject> make_emulator_subject(const EmulatorSetup& setup);

}  // namespace isolde::bmc::contract
