// SPDX-License-Identifier: GPL-3.0-or-later
//
// The command line of isolde-emulator.
#pragma once

#include "base/byte_count.h"
#include "redfish/emulator/faults.h"
#include "redfish/emulator/machine.h"
#include "redfish/emulator/sessions.h"

#include <string>
#include <vector>

namespace isolde::emulator {

enum class HostKind { None, Reader, Qemu };
/// How a reader host fetches its medium; reader_dialect.h says what each does.
enum class ReaderKind { Httpfs2, Nbdkit, Plain, Download, Never };

struct Options {
    std::string address;
    std::uint16_t port = 0;
    std::size_t bmcs = 1;
    std::size_t systems = 1;
    const Profile* profile = nullptr;
    HostKind host = HostKind::None;
    ReaderKind reader = ReaderKind::Httpfs2;
    std::vector<BootMode> firmware;  ///< cycled over the BMCs
    base::ByteCount disk = base::gibibytes(8);
    base::ByteCount memory = base::gibibytes(1);
    std::vector<FaultRule> faults;
    bool tls = false;
    Account account;
    base::Duration latency{};
    double time_scale = 1.0;
    std::string state_dir;  ///< empty: a temporary directory
};

/// What the command line asked for: to run, or to print a text and leave with a code.
struct CommandLine {
    bool run = false;
    Options options;
    std::string text;  ///< of --help, --version or of a mistake
    int exit_code = 0;
};

CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace isolde::emulator
