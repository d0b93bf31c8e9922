// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/version.h"
#include "redfish/emulator/boot_walk.h"
#include "redfish/emulator/options.h"
#include "redfish/emulator/wire.h"

#include <gtest/gtest.h>

namespace isolde::emulator {
namespace {

TEST(LoaderConfiguration, ReadsTheFirstEntryOfGrub) {
    const LoaderConfiguration read = read_configuration(
        "set default=0\n"
        "# linux /not/this\n"
        "menuentry 'Install' {\n"
        "\tset background_color=black\n"
        "\tlinux    /install.amd/vmlinuz vga=788 --- quiet\n"
        "\tinitrd   /install.amd/initrd.gz ($root)/second.img\n"
        "}\n"
        "menuentry 'Other' {\n  linux /other x\n  initrd /other.gz\n}\n");
    ASSERT_TRUE(read.entry);
    EXPECT_EQ(read.entry->kernel, "/install.amd/vmlinuz");
    EXPECT_EQ(read.entry->arguments, "vga=788 --- quiet");
    EXPECT_EQ(read.entry->initrds, (std::vector<std::string>{"/install.amd/initrd.gz", "/second.img"}));
}

TEST(LoaderConfiguration, ReadsTheFirstKernelOfIsolinux) {
    const LoaderConfiguration read = read_configuration(
        "include stdmenu.cfg\r\nDEFAULT vesamenu.c32\r\nlabel menu\r\n  kernel menu.c32\r\n"
        "LABEL install\r\n  KERNEL /install.amd/vmlinuz\r\n  APPEND vga=788 initrd=/a.gz,/b.gz quiet\r\n");
    EXPECT_EQ(read.includes, (std::vector<std::string>{"stdmenu.cfg"}));
    ASSERT_TRUE(read.entry);
    EXPECT_EQ(read.entry->kernel, "/install.amd/vmlinuz");
    EXPECT_EQ(read.entry->initrds, (std::vector<std::string>{"/a.gz", "/b.gz"}));
}

TEST(LoaderConfiguration, FollowsConfigfileOfAStub) {
    const LoaderConfiguration read =
        read_configuration("set prefix=x\nconfigfile ($root)/boot/grub/grub.cfg\nsource $prefix/a.cfg\n");
    EXPECT_FALSE(read.entry);
    EXPECT_EQ(read.includes, (std::vector<std::string>{"/boot/grub/grub.cfg", "/boot/grub/a.cfg"}));
}

CommandLine parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "isolde-emulator");
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, UnderstandsAllOptions) {
    const CommandLine line = parse(
        {"--listen",   "[::1]:8000", "--bmcs",     "3",         "--systems",    "2",  "--host",    "reader",
         "--reader",   "nbdkit",     "--firmware", "bios,uefi", "--disk",       "0",  "--user",    "root",
         "--password", "calvin",     "--latency",  "20",        "--time-scale", "50", "--profile", "generic-tasks"});
    ASSERT_TRUE(line.run) << line.text;
    EXPECT_EQ(line.options.address, "::1");
    EXPECT_EQ(line.options.port, 8000);
    EXPECT_EQ(line.options.bmcs, 3U);
    EXPECT_EQ(line.options.systems, 2U);
    EXPECT_EQ(line.options.firmware, (std::vector<BootMode>{BootMode::Legacy, BootMode::Uefi}));
    EXPECT_EQ(line.options.disk.bytes(), 0U);
    EXPECT_EQ(line.options.reader, ReaderKind::Nbdkit);
    EXPECT_EQ(line.options.latency, std::chrono::milliseconds(20));
    EXPECT_EQ(line.options.profile->name, "generic-tasks");
}

TEST(CommandLine, RefusesMistakesWithUsageCode) {
    const std::vector<std::vector<const char*>> rows = {
        {},
        {"--listen", "8000"},
        {"--listen", "127.0.0.1:99999"},
        {"--listen", "127.0.0.1:65535", "--bmcs", "2"},
        {"--listen", "127.0.0.1:0", "--profile", "acme"},
        {"--listen", "127.0.0.1:0", "--host", "vax"},
        {"--listen", "127.0.0.1:0", "--firmware", "uefi,openfirmware"},
        {"--listen", "127.0.0.1:0", "--disk", "big"},
        {"--listen", "127.0.0.1:0", "--time-scale", "0"},
        {"--listen", "127.0.0.1:0", "--faults", "/nonexistent.json"},
        {"--listen", "127.0.0.1:0", "--unknown"},
    };
    for (const auto& row : rows) {
        const CommandLine line = parse(row);
        EXPECT_FALSE(line.run);
        EXPECT_EQ(line.exit_code, 2) << line.text;
        EXPECT_FALSE(line.text.empty());
    }
}

TEST(CommandLine, HelpNamesEveryOption) {
    const CommandLine line = parse({"--help"});
    EXPECT_EQ(line.exit_code, 0);
    for (const char* option : {"--listen", "--bmcs", "--systems", "--profile", "--host", "--reader", "--firmware",
                               "--disk", "--memory", "--faults", "--tls", "--user", "--password", "--latency",
                               "--time-scale", "--state-dir", "/emulator/requests"}) {
        EXPECT_NE(line.text.find(option), std::string::npos) << option;
    }
}

TEST(CommandLine, VersionIsPrintedWithTheProgramsName) {
    const CommandLine line = parse({"--version"});
    EXPECT_EQ(line.exit_code, 0);
    EXPECT_FALSE(line.run);
    EXPECT_EQ(line.text, base::version_line("isolde-emulator") + "\n");
}

TEST(ReaderUrl, IsTakenApart) {
    const Url url = *parse_url("http://user:pw@192.0.2.1:6180/m/token/boot.iso");
    EXPECT_EQ(url.host, "192.0.2.1");
    EXPECT_EQ(url.port, "6180");
    EXPECT_EQ(url.authority, "192.0.2.1:6180");
    EXPECT_EQ(url.path, "/m/token/boot.iso");
    EXPECT_EQ(parse_url("http://[::1]/x")->host, "::1");
    EXPECT_EQ(parse_url("http://[::1]:81/x")->port, "81");
    EXPECT_EQ(parse_url("http://host")->path, "/");
    EXPECT_EQ(parse_url("https://host/x").error().kind, base::ErrorKind::Unsupported);
    EXPECT_FALSE(parse_url("http:///x").ok());
    EXPECT_FALSE(parse_url("http://[::1/x").ok());
}

}  // namespace
}  // namespace isolde::emulator
