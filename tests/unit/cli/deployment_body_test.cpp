// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/deployment_body.h"

#include "base/files.h"

#include <gtest/gtest.h>
#include <functional>

namespace isolde::cli {
namespace {

using base::Json;

class DeploymentBody : public ::testing::Test {
  protected:
    std::string file(const std::string& name, const std::string& content) const {
        const std::string path = base::join_path(directory_.path(), name);
        EXPECT_TRUE(base::write_durably(path, content, 0640).ok());
        return path;
    }

    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-cli").value();
    DeployOptions options_{.node = "n7",
                           .iso = "http://x/a.iso",
                           .checksum = "",
                           .kernel = "",
                           .ramdisk = "",
                           .bootloader = "",
                           .kernel_checksum = "",
                           .ramdisk_checksum = "",
                           .bootloader_checksum = "",
                           .edits = {},
                           .media = {},
                           .config_drive = "",
                           .media_check = "",
                           .release = ""};
};

TEST_F(DeploymentBody, HoldsOnlyWhatWasGiven) {
    EXPECT_EQ(deployment_body(options_).value(), (Json{{"node", "n7"}, {"boot_iso", "http://x/a.iso"}}));
}

TEST_F(DeploymentBody, NamesEveryEditAsTheApiDoes) {
    options_.checksum = "sha256:00";
    options_.one_shot = true;
    options_.release = "boot";
    options_.edits.append = {"a=\"b c\""};
    options_.edits.remove = {"quiet"};
    options_.edits.replace = {"console=ttyS1"};
    options_.edits.entries = {"Install*"};
    options_.edits.default_entry = "Install now";
    options_.edits.deletions = {"/md5sum.txt"};
    options_.edits.attended = true;
    options_.media_check = "keep";
    options_.config_drive = "http://x/drive";
    options_.media = {"drivers=http://x/d.iso"};
    EXPECT_EQ(deployment_body(options_).value(), (Json{{"node", "n7"},
                                                       {"boot_iso", "http://x/a.iso"},
                                                       {"boot_iso_checksum", "sha256:00"},
                                                       {"ramdisk_kernel_arguments", {"a=\"b c\""}},
                                                       {"media_check", "keep"},
                                                       {"configdrive", "http://x/drive"},
                                                       {"kernel_remove_params", {"quiet"}},
                                                       {"kernel_replace_params", {"console=ttyS1"}},
                                                       {"boot_entries", {"Install*"}},
                                                       {"default_boot_entry", "Install now"},
                                                       {"delete_files", {"/md5sum.txt"}},
                                                       {"one_shot", true},
                                                       {"one_shot_release", "boot"},
                                                       {"media", {{{"role", "drivers"}, {"source", "http://x/d.iso"}}}},
                                                       {"attended", true}}));
}

TEST_F(DeploymentBody, NamesAKernelAndItsRamdiskInPlaceOfAnIso) {
    options_.iso = "";
    options_.kernel = "http://x/k";
    options_.ramdisk = "http://x/r";
    options_.ramdisk_checksum = "sha256:00";
    options_.bootloader = "http://x/esp";
    EXPECT_EQ(deployment_body(options_).value(), (Json{{"node", "n7"},
                                                       {"kernel", "http://x/k"},
                                                       {"ramdisk", "http://x/r"},
                                                       {"ramdisk_checksum", "sha256:00"},
                                                       {"bootloader", "http://x/esp"}}));
}

TEST_F(DeploymentBody, CarriesFilesDirectoriesAndLinksWithTheirModes) {
    options_.edits.files = {file("a", "hello") + "=/a"};
    options_.edits.initrd_files = {file("b", "") + "=/etc/b"};
    options_.edits.directories = {"/new"};
    options_.edits.links = {"../a=/new/link"};
    EXPECT_EQ(deployment_body(options_).value()["inject_files"],
              (Json{{{"path", "/new"}, {"target", "iso"}, {"kind", "directory"}, {"mode", "0755"}},
                    {{"path", "/new/link"}, {"target", "iso"}, {"kind", "symlink"}, {"link_target", "../a"}},
                    {{"path", "/a"}, {"target", "iso"}, {"content_base64", "aGVsbG8="}, {"mode", "0640"}},
                    {{"path", "/etc/b"}, {"target", "initrd"}, {"content_base64", ""}, {"mode", "0640"}}}));
}

TEST_F(DeploymentBody, CarriesPresetsByKind) {
    options_.edits.presets[0] = file("preseed.cfg", "d-i");
    options_.edits.presets[5] = file("user-data", "u");
    options_.edits.meta_data = file("meta-data", "m");
    EXPECT_EQ(deployment_body(options_).value()["presets"],
              (Json{{{"kind", "preseed"}, {"content_base64", "ZC1p"}},
                    {{"kind", "cloud-init"}, {"content_base64", "dQ=="}, {"meta_data_base64", "bQ=="}}}));
}

TEST_F(DeploymentBody, CarriesAConfigDriveByItsPartsOrAsItsImage) {
    options_.config_drive = file("drive.json", " {\"user_data\": \"u\"}\n");
    EXPECT_EQ(deployment_body(options_).value()["configdrive"], (Json{{"user_data", "u"}}));
    options_.config_drive = file("drive.iso", "image");
    EXPECT_EQ(deployment_body(options_).value()["configdrive"], "aW1hZ2U=");
    options_.config_drive = file("broken.json", "{\"user_data\"");
    EXPECT_FALSE(deployment_body(options_).ok());
}

TEST_F(DeploymentBody, SaysWhatIsWrongWithAnOption) {
    struct Row {
        const char* name;
        std::function<void(EditOptions&)> change;
        base::ErrorKind kind;
    };
    const std::vector<Row> rows{
        {"a file without its place", [](auto& edits) { edits.files = {"/etc/hostname"}; },
         base::ErrorKind::InvalidArgument},
        {"a file that is not there", [](auto& edits) { edits.files = {"/no/such=/a"}; }, base::ErrorKind::NotFound},
        {"a link without its place", [](auto& edits) { edits.links = {"a"}; }, base::ErrorKind::InvalidArgument},
        {"meta data alone", [](auto& edits) { edits.meta_data = "/etc/hostname"; }, base::ErrorKind::InvalidArgument},
        {"a file above 1 MiB",
         [this](auto& edits) { edits.files = {file("big", std::string((1U << 20U) + 1, 'x')) + "=/big"}; },
         base::ErrorKind::Exhausted},
    };
    for (const auto& row : rows) {
        DeployOptions options = options_;
        row.change(options.edits);
        const auto body = deployment_body(options);
        ASSERT_FALSE(body.ok()) << row.name;
        EXPECT_EQ(body.error().kind, row.kind) << row.name << ": " << body.error().to_string();
    }
}

}  // namespace
}  // namespace isolde::cli
