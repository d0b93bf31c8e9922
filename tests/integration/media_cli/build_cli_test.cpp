// SPDX-License-Identifier: GPL-3.0-or-later
//
// `isolde media build …` as its users run it.
#include "base/files.h"
#include "base/json.h"
#include "media_program.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace isolde::tests {
namespace {

using ::testing::HasSubstr;

class BuildCli : public testing::Test {
  protected:
    std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
    std::string write(const std::string& name, const std::string& content) const {
        EXPECT_TRUE(base::write_durably(path(name), content).ok());
        return path(name);
    }
    std::string file_in(const std::string& image, const std::string& file) const {
        return run({"isoinfo", "-R", "-i", path(image), "-x", file}).output;
    }

    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-build-cli").value();
};

TEST_F(BuildCli, MakesAConfigDriveForItsOwnerAlone) {
    const Outcome built = media({"build", "config-drive", "--user-data", write("ud", "#cloud-config\n"), "--meta-data",
                                 write("md", R"({"uuid": "u-1"})"), "-o", path("cd.iso"), "--json"});
    ASSERT_EQ(built.exit_code, 0) << built.output;
    const auto report = base::parse_json(built.output);
    ASSERT_TRUE(report.ok()) << built.output;
    EXPECT_EQ(report->at("label"), "config-2");
    EXPECT_EQ(report->at("files"),
              base::Json::array({"/openstack/latest/meta_data.json", "/openstack/latest/user_data"}));
    EXPECT_EQ(file_in("cd.iso", "/openstack/latest/user_data"), "#cloud-config\n");
    struct stat status {};
    ASSERT_EQ(::stat(path("cd.iso").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_EQ(report->at("size"), static_cast<std::uint64_t>(status.st_size));
}

TEST_F(BuildCli, MakesTheSameBytesAgain) {
    const std::string user_data = write("ud", "x");
    for (const char* format : {"iso", "fat"}) {
        for (const char* name : {"one", "two"}) {
            const Outcome built =
                media({"build", "cidata", "--user-data", user_data, "--format", format, "-o", path(name)});
            ASSERT_EQ(built.exit_code, 0) << built.output;
        }
        EXPECT_EQ(run({"cmp", path("one"), path("two")}).exit_code, 0) << format;
    }
}

TEST_F(BuildCli, MakesAKickstartStickWithMoreFilesOnIt) {
    ASSERT_EQ(run({"mkdir", "-p", path("tree/below"), path("tree/empty")}).exit_code, 0);
    write("tree/below/driver.rpm", "rpm");
    const Outcome built = media({"build", "oemdrv", "--kickstart", write("ks", "text\n"), "--file",
                                 path("tree") + "=/rpms", "--format", "fat", "-o", path("ks.img")});
    ASSERT_EQ(built.exit_code, 0) << built.output;
    EXPECT_THAT(built.output, HasSubstr("OEMDRV: 2 files"));
    EXPECT_EQ(run({"mtype", "-i", path("ks.img"), "::/ks.cfg"}).output, "text\n");
    EXPECT_EQ(run({"mtype", "-i", path("ks.img"), "::/rpms/below/driver.rpm"}).output, "rpm");
}

TEST_F(BuildCli, MakesAWindowsAnswerMediumAndADriverIso) {
    const std::string driver = write("netkvm.inf", "[Version]\n");
    const Outcome answers = media({"build", "autounattend", "--answer-file", write("a.xml", "<unattend/>"), "--file",
                                   driver + "=/$WinPEDriver$/netkvm.inf", "-o", path("a.iso")});
    ASSERT_EQ(answers.exit_code, 0) << answers.output;
    EXPECT_EQ(file_in("a.iso", "/autounattend.xml"), "<unattend/>");
    EXPECT_EQ(file_in("a.iso", "/$WinPEDriver$/netkvm.inf"), "[Version]\n");
    const Outcome drivers =
        media({"build", "files", "--label", "VIRTIO", "--file", driver + "=/netkvm.inf", "-o", path("d.iso")});
    ASSERT_EQ(drivers.exit_code, 0) << drivers.output;
    EXPECT_THAT(run({"isoinfo", "-d", "-i", path("d.iso")}).output, HasSubstr("Volume id: VIRTIO\n"));
}

TEST_F(BuildCli, TakesLargeFilesWhole) {
    const std::string driver = write("driver.cab", std::string(3'000'001, 'd'));
    const Outcome built =
        media({"build", "files", "--label", "DRIVERS", "--file", driver + "=/driver.cab", "-o", path("d.iso")});
    ASSERT_EQ(built.exit_code, 0) << built.output;
    EXPECT_EQ(file_in("d.iso", "/driver.cab"), std::string(3'000'001, 'd'));
}

TEST_F(BuildCli, MakesABootImageWithArgumentsAndFiles) {
    std::string kernel(300'000, 'k');
    kernel.replace(0, 2, "MZ").replace(0x202, 4, "HdrS");
    write("kernel", kernel);
    write("ramdisk", "070701" + std::string(500'000, 'r'));
    write("seed", "d-i\n");
    const std::vector<std::string> command{"build",         "boot",
                                           "--kernel",      path("kernel"),
                                           "--ramdisk",     path("ramdisk"),
                                           "--append",      "console=tty0",
                                           "--file",        path("seed") + "=/seed",
                                           "--initrd-file", path("seed") + "=/preseed.cfg"};
    for (const char* name : {"one.iso", "two.iso"}) {
        std::vector<std::string> arguments = command;
        arguments.insert(arguments.end(), {"-o", path(name)});
        const Outcome built = media(arguments);
        ASSERT_EQ(built.exit_code, 0) << built.output;
        EXPECT_THAT(built.output, HasSubstr("+\tlinux /boot/vmlinuz console=tty0"));
        EXPECT_THAT(built.output, HasSubstr("append-cpio initrd:/boot/initrd:/preseed.cfg"));
    }
    EXPECT_EQ(run({"cmp", path("one.iso"), path("two.iso")}).exit_code, 0);
    EXPECT_EQ(file_in("one.iso", "/seed"), "d-i\n");
    EXPECT_EQ(file_in("one.iso", "/boot/vmlinuz"), kernel);
    const Outcome inspected = media({"inspect", path("one.iso")});
    EXPECT_THAT(inspected.output, HasSubstr("/boot/initrd"));
    const Outcome swapped =
        media({"build", "boot", "--kernel", path("ramdisk"), "--ramdisk", path("kernel"), "-o", path("out")});
    EXPECT_EQ(swapped.exit_code, 1);
    EXPECT_THAT(swapped.output, HasSubstr("no Linux kernel"));
    EXPECT_FALSE(base::exists(path("out")));
}

struct Refusal {
    const char* name;
    std::vector<std::string> arguments;
    int exit_code;
    std::string said;
};

TEST_F(BuildCli, RefusesWhatItCannotDoAndWritesNothing) {
    ASSERT_EQ(run({"mkdir", path("links")}).exit_code, 0);
    ASSERT_EQ(run({"ln", "-s", "elsewhere", path("links/one")}).exit_code, 0);
    const Refusal rows[] = {
        {"no part that is needed", {"cidata"}, 2, "--user-data is required"},
        {"no such kind", {"floppy"}, 2, "subcommand is required"},
        {"no such format", {"config-drive", "--format", "udf"}, 2, "--format"},
        {"a part that is no JSON", {"config-drive", "--network-data", write("bad", "{")}, 1, "network_data"},
        {"a file that is not there", {"oemdrv", "--kickstart", "/nowhere/ks"}, 1, "/nowhere/ks"},
        {"a symbolic link", {"files", "--label", "L", "--file", path("links") + "=/l"}, 1, "/l/one is a symbolic link"},
        {"an EFI image for BIOS alone",
         {"boot", "--kernel", path("bad"), "--ramdisk", path("bad"), "--firmware", "bios", "--esp", path("bad")},
         1,
         "--firmware bios leaves it out"},
        {"a directory as the ramdisk",
         {"boot", "--kernel", "/dev/null", "--ramdisk", path("links"), "--firmware", "bios"},
         1,
         path("links") + ": Is a directory"},
        {"a label that FAT cannot hold",
         {"files", "--label", "twelve chars", "--file", path("bad") + "=/b", "--format", "fat"},
         1,
         "11 characters"},
    };
    for (const Refusal& row : rows) {
        std::vector<std::string> arguments{"build", "-o", path("out")};
        arguments.insert(arguments.begin() + 1, row.arguments.begin(), row.arguments.end());
        const Outcome refused = media(arguments);
        EXPECT_EQ(refused.exit_code, row.exit_code) << row.name << ": " << refused.output;
        EXPECT_THAT(refused.output, HasSubstr(row.said)) << row.name;
        EXPECT_FALSE(base::exists(path("out"))) << row.name;
    }
}

TEST_F(BuildCli, IsListedAmongTheMediaCommands) {
    const Outcome help = media({"--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.output, HasSubstr("\n  build "));
    EXPECT_THAT(help.output, HasSubstr("\n  compose "));
}

}  // namespace
}  // namespace isolde::tests
