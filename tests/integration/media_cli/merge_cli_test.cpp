// SPDX-License-Identifier: GPL-3.0-or-later
//
// `isolde media … --merge`: second media in boot images.
#include "base/files.h"
#include "media_program.h"

#include <gmock/gmock.h>

namespace isolde::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MergeCli : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        directory_ =
            std::make_unique<base::TemporaryDirectory>(base::TemporaryDirectory::create("isolde-merge").value());
        for (const char* layout : {"casper", "debian", "fedora"}) {
            const Outcome made = run({environment("ISOLDE_SOURCE_DIR", ".") + "/tests/support/make_iso.sh", "--layout",
                                      layout, "--fake-kernel", path(std::string(layout) + ".iso")});
            ASSERT_EQ(made.exit_code, 0) << made.output;
        }
    }
    static void TearDownTestSuite() { directory_.reset(); }

    static std::string path(const std::string& name) { return directory_->path() + "/" + name; }
    static std::string write(const std::string& name, const std::string& content) {
        EXPECT_TRUE(base::write_durably(path(name), content).ok());
        return path(name);
    }
    /// Builds medium.img of these parts.
    static void build(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "build");
        arguments.insert(arguments.end(), {"-o", path("medium.img")});
        const Outcome built = media(arguments);
        ASSERT_EQ(built.exit_code, 0) << built.output;
    }
    static Outcome merge_into(const std::string& base) {
        return media({"compose", path(base), "--merge", path("medium.img"), "-o", path("out.iso")});
    }
    static std::string file_in_output(const std::string& file) {
        return run({"isoinfo", "-R", "-i", path("out.iso"), "-x", file}).output;
    }

    static std::unique_ptr<base::TemporaryDirectory> directory_;
};

std::unique_ptr<base::TemporaryDirectory> MergeCli::directory_;

TEST_F(MergeCli, PutsAConfigDriveIntoALiveSystem) {
    for (const char* format : {"iso", "fat"}) {
        build({"config-drive", "--user-data", write("ud", "#cloud-config\n"), "--meta-data",
               write("md", R"({"uuid": "u-1", "hostname": "h1"})"), "--format", format});
        const Outcome composed = merge_into("casper.iso");
        ASSERT_EQ(composed.exit_code, 0) << composed.output;
        EXPECT_THAT(composed.output, HasSubstr("ds=nocloud;s=/cdrom/nocloud/"));
        EXPECT_EQ(file_in_output("/nocloud/user-data"), "#cloud-config\n");
        EXPECT_THAT(file_in_output("/nocloud/meta-data"), HasSubstr("\"instance-id\":\"u-1\""));
    }
}

TEST_F(MergeCli, PutsAKickstartIntoAnaconda) {
    const Outcome made = media({"compose", path("fedora.iso"), "--file",
                                write("stage2", "squashfs") + "=/images/install.img", "-o", path("anaconda.iso")});
    ASSERT_EQ(made.exit_code, 0) << made.output;
    build({"oemdrv", "--kickstart", write("ks", "text\n")});
    const Outcome composed = merge_into("anaconda.iso");
    ASSERT_EQ(composed.exit_code, 0) << composed.output;
    EXPECT_THAT(composed.output, HasSubstr("inst.ks=file:/ks.cfg"));
}

TEST_F(MergeCli, PutsAConfigDriveIntoABootImageOfItsLabel) {
    std::string kernel(300'000, 'k');
    kernel.replace(0, 2, "MZ").replace(0x202, 4, "HdrS");
    build({"config-drive", "--user-data", write("ud", "u"), "--network-data", write("nd", R"({"links": [{}]})")});
    const std::vector<std::string> command{"build",     "boot",
                                           "--kernel",  write("kernel", kernel),
                                           "--ramdisk", write("ramdisk", "070701" + std::string(1000, 'r')),
                                           "--merge",   path("medium.img"),
                                           "-o",        path("out.iso"),
                                           "--label"};
    std::vector<std::string> own_label = command;
    own_label.emplace_back("config-2");
    const Outcome built = media(own_label);
    ASSERT_EQ(built.exit_code, 0) << built.output;
    EXPECT_EQ(file_in_output("/openstack/latest/user_data"), "u");
    EXPECT_EQ(file_in_output("/openstack/latest/network_data.json"), R"({"links": [{}]})");
    std::vector<std::string> other_label = command;
    other_label.emplace_back("OTHER");
    EXPECT_EQ(media(other_label).exit_code, 1);
}

TEST_F(MergeCli, RefusesWhatTheImageWouldNotRead) {
    build({"config-drive", "--user-data", write("ud", "u")});
    const Outcome refused = merge_into("debian.iso");
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.output, HasSubstr("medium.img"));
    EXPECT_THAT(refused.output, HasSubstr("config drive cannot be merged"));
    EXPECT_THAT(refused.output, HasSubstr("slot of its own"));
    const Outcome no_medium = media({"plan", path("debian.iso"), "--merge", path("ud")});
    EXPECT_EQ(no_medium.exit_code, 1);
    EXPECT_THAT(no_medium.output, HasSubstr("neither an ISO 9660 image nor a FAT"));
}

TEST_F(MergeCli, PutsAnswersOntoWindowsMediaUnlessTheseHaveUdf) {
    const Outcome made =
        run({"bash", "-c",
             "cd " + directory_->path() +
                 " && mkdir -p w/sources && echo wim > w/sources/boot.wim"
                 " && genisoimage -quiet -J -o plain.iso w && genisoimage -quiet -udf -J -o bridge.iso w"});
    ASSERT_EQ(made.exit_code, 0) << made.output;
    build({"autounattend", "--answer-file", write("answers", "<unattend/>")});
    const Outcome composed = merge_into("plain.iso");
    ASSERT_EQ(composed.exit_code, 0) << composed.output;
    EXPECT_EQ(run({"isoinfo", "-J", "-i", path("out.iso"), "-x", "/autounattend.xml"}).output, "<unattend/>");
    const Outcome refused = merge_into("bridge.iso");
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.output, HasSubstr("Windows reads the image's UDF file system"));
}

/// Volume recognition of ECMA-167, and nothing of ISO 9660.
TEST_F(MergeCli, RefusesAnImageOfUdfAloneWithTheWayOut) {
    const std::string empty(2042, '\0');
    std::string udf(32'768, '\0');
    for (const char* identifier : {"BEA01", "NSR03", "TEA01"}) {
        udf += '\0' + std::string(identifier) + '\1' + empty.substr(1);
    }
    write("windows.iso", udf + std::string(1U << 20U, '\0'));
    build({"autounattend", "--answer-file", write("answers", "<unattend/>")});
    for (const Outcome& refused :
         {merge_into("windows.iso"), media({"plan", path("windows.iso"), "--file", path("answers") + "=/a.xml"})}) {
        EXPECT_EQ(refused.exit_code, 1);
        EXPECT_THAT(refused.output, HasSubstr("UDF file system alone"));
        EXPECT_THAT(refused.output, HasSubstr("second medium"));
    }
}

TEST_F(MergeCli, LoadsNoLibraryForBuildingImages) {
    const std::string isolde = environment("ISOLDE_BIN_DIR", "build/dev/bin") + "/isolde";
    EXPECT_THAT(run({"readelf", "-d", isolde}).output, Not(HasSubstr("libisofs")));
    EXPECT_THAT(run({"readelf", "-d", isolde + "-remote"}).output, HasSubstr("libisofs"));
}

}  // namespace
}  // namespace isolde::tests
