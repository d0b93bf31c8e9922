// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/options.h"

#include "base/files.h"
#include "base/version.h"

#include <CLI/CLI.hpp>
#include <map>

namespace isolde::emulator {
namespace {

using base::Result;

constexpr const char* kDescription = R"(isolde-emulator - Redfish BMCs without hardware

Runs one or many BMCs in one process, each with its own port, resource tree, sessions, faults and request log,
and with servers behind them that boot: by reading their virtual media over HTTP as the readers in real BMCs do,
or as QEMU guests.

Prints one line for each BMC when it listens, and nothing else, on standard output:
    ready <number> <URL>
SIGTERM and SIGINT end it and its QEMU guests; it then exits with 0.)";

constexpr const char* kFooter = R"(
HOSTS
  none     boots at once whatever there is and reads nothing.
  reader   at each boot reads its medium: boot catalog, loader, configuration, kernel and initrd, in this
           order, found by looking at the ISO; the console shows what it took and the kernel's arguments.
           After a boot from a medium its disk boots, if it has one (--disk 0: it has none).
  qemu     qemu-system-x86_64 (TCG) with SeaBIOS or OVMF, the media by their URLs and a blank disk.
           Needs the packages qemu-system-x86, qemu-block-extra and ovmf.

READERS
  httpfs2  HEAD, then ranges of 64 KiB and 128 KiB; Host without a port; as strict as httpfs2 0.1.4.
  nbdkit   HEAD, then ranges of 256 KiB, the last of which asks for one byte too many.
  plain    exact ranges, one connection each, no HEAD.
  download one GET of the whole image, then boots from the copy.
  never    inserts and boots, but never reads.

CONTROL (loopback only, without credentials, on every BMC's port)
  GET    /emulator/requests[?since=N]            every Redfish request, numbered
  GET    /emulator/systems/<id>/console          text of the serial console
  GET    /emulator/systems/<id>/reads[?since=N]  ranges that the host read (readers only)
  POST   /emulator/systems/<id>/power            {"state": "off"} or {"state": "restart"}, as its guest would
  GET, POST, DELETE /emulator/faults             rules; DELETE /emulator/faults/<rule> removes one

EXAMPLES
  isolde-emulator --listen 127.0.0.1:8000
  isolde-emulator --listen 127.0.0.1:8000 --bmcs 50 --host reader --time-scale 10
  isolde-emulator --listen 127.0.0.1:8000 --bmcs 2 --host qemu --firmware bios,uefi --disk 4GiB

FILES
  <state-dir>/bmc-<n>-system-<id>/   disk, firmware variables, console and log of a QEMU guest

docs/emulator.md has the format of fault files.)";

struct Texts {
    std::string listen;
    std::string profile = "generic";
    std::string host = "none";
    std::string reader = "httpfs2";
    std::string firmware = "uefi";
    std::string disk = "8GiB";
    std::string memory = "1GiB";
    std::string faults;
    std::string user = "admin";
    std::string password = "password";
    unsigned latency = 0;
};

Result<void> read_listen(const std::string& text, Options& options) {
    const std::size_t colon = text.rfind(':');
    const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
    const bool digits = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoul(port) > 65535 || colon == 0) {
        return base::invalid_argument("--listen must be ADDRESS:PORT, not \"" + text + "\"");
    }
    options.address = text.substr(0, colon);
    if (options.address.starts_with('[') && options.address.ends_with(']')) {
        options.address = options.address.substr(1, options.address.size() - 2);
    }
    options.port = static_cast<std::uint16_t>(std::stoul(port));
    if (options.port != 0 && options.port + options.bmcs - 1 > 65535) {
        return base::invalid_argument("--listen: there are not enough ports above " + port + " for that many BMCs");
    }
    return {};
}

template <typename T>
Result<T> choose(const std::string& option, const std::string& text, const std::map<std::string, T>& choices) {
    const auto found = choices.find(text);
    if (found != choices.end()) {
        return found->second;
    }
    std::string known;
    for (const auto& [name, value] : choices) {
        known += (known.empty() ? "" : ", ") + name;
    }
    return base::invalid_argument(option + " must be one of " + known + ", not \"" + text + "\"");
}

Result<std::vector<BootMode>> read_firmware(const std::string& text) {
    std::vector<BootMode> modes;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t comma = std::min(text.find(',', begin), text.size());
        modes.push_back(TRY(choose<BootMode>("--firmware", text.substr(begin, comma - begin),
                                             {{"bios", BootMode::Legacy}, {"uefi", BootMode::Uefi}})));
        begin = comma + 1;
    }
    return modes;
}

Result<std::vector<FaultRule>> read_faults(const std::string& path) {
    if (path.empty()) {
        return std::vector<FaultRule>{};
    }
    const std::string text = TRY(base::read_file(path));
    const base::Json json = TRY(base::parse_json(text).with_context("reading " + path));
    return parse_faults(json).with_context("reading " + path);
}

Result<void> interpret(const Texts& texts, Options& options) {
    TRY(read_listen(texts.listen, options));
    options.profile = find_profile(texts.profile);
    if (options.profile == nullptr) {
        std::string known;
        for (const std::string& name : profile_names()) {
            known += (known.empty() ? "" : ", ") + name;
        }
        return base::invalid_argument("--profile must be one of " + known + ", not \"" + texts.profile + "\"");
    }
    options.host = TRY(choose<HostKind>(
        "--host", texts.host, {{"none", HostKind::None}, {"reader", HostKind::Reader}, {"qemu", HostKind::Qemu}}));
    options.reader = TRY(choose<ReaderKind>("--reader", texts.reader,
                                            {{"httpfs2", ReaderKind::Httpfs2},
                                             {"nbdkit", ReaderKind::Nbdkit},
                                             {"plain", ReaderKind::Plain},
                                             {"download", ReaderKind::Download},
                                             {"never", ReaderKind::Never}}));
    options.firmware = TRY(read_firmware(texts.firmware));
    options.disk = TRY(base::parse_byte_count(texts.disk).with_context("--disk"));
    options.memory = TRY(base::parse_byte_count(texts.memory).with_context("--memory"));
    options.faults = TRY(read_faults(texts.faults).with_context("--faults"));
    options.account = {texts.user, base::Secret(texts.password)};
    options.latency = std::chrono::milliseconds(texts.latency);
    if (options.time_scale <= 0) {
        return base::invalid_argument("--time-scale must be greater than 0");
    }
    return {};
}

void declare(CLI::App& app, Texts& texts, Options& options) {
    app.add_option("--listen", texts.listen, "Address and port of the first BMC; port 0: any free ports")
        ->type_name("ADDR:PORT")
        ->required();
    app.add_option("--bmcs", options.bmcs, "How many BMCs, on consecutive ports [1]")
        ->type_name("N")
        ->check(CLI::Range(1, 10000));
    app.add_option("--systems", options.systems, "Systems behind each BMC [1]")
        ->type_name("M")
        ->check(CLI::Range(1, 100));
    app.add_option("--profile", texts.profile, "What kind of BMC: generic, generic-tasks [generic]")->type_name("NAME");
    app.add_option("--host", texts.host, "none, reader or qemu [none]")->type_name("KIND");
    app.add_option("--reader", texts.reader, "httpfs2, nbdkit, plain, download or never [httpfs2]")->type_name("KIND");
    app.add_option("--firmware", texts.firmware, "bios, uefi, or a list such as bios,uefi for BMC 1, 2, 1, 2... [uefi]")
        ->type_name("LIST");
    app.add_option("--disk", texts.disk, "Size of each host's blank disk; 0: no disk [8GiB]")->type_name("SIZE");
    app.add_option("--memory", texts.memory, "Memory of each QEMU guest [1GiB]")->type_name("SIZE");
    app.add_option("--faults", texts.faults, "JSON file with fault rules")->type_name("FILE");
    app.add_flag("--tls", options.tls, "HTTPS, with a self-signed certificate made at start");
    app.add_option("--user", texts.user, "User of every BMC [admin]")->type_name("NAME");
    app.add_option("--password", texts.password, "Password of that user [password]")->type_name("TEXT");
    app.add_option("--latency", texts.latency, "Milliseconds before each answer [0]")->type_name("MS");
    app.add_option("--time-scale", options.time_scale, "Emulated delays (POST, power) pass that many times faster [1]")
        ->type_name("FACTOR");
    app.add_option("--state-dir", options.state_dir, "Directory for disks and consoles [a temporary one]")
        ->type_name("DIR");
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
    CommandLine result;
    Texts texts;
    CLI::App app(kDescription, "isolde-emulator");
    app.footer(kFooter);
    app.set_version_flag("--version", base::version_line("isolde-emulator"), "Print the version");
    declare(app, texts, result.options);
    constexpr int kUsage = 2;
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        result.text = app.help();
        return result;
    } catch (const CLI::CallForVersion& asked) {
        result.text = std::string(asked.what()) + "\n";
        return result;
    } catch (const CLI::ParseError& error) {
        result.text = std::string(error.what()) + "\nRun isolde-emulator --help for the options.\n";
        result.exit_code = kUsage;
        return result;
    }
    const Result<void> interpreted = interpret(texts, result.options);
    if (!interpreted.ok()) {
        result.text = interpreted.error().to_string() + "\n";
        result.exit_code = kUsage;
        return result;
    }
    result.run = true;
    return result;
}

}  // namespace isolde::emulator
