// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/boot_files.h"

#include "base/testing/manual_clock.h"
#include "cache/testing/fake_image_store.h"
#include "vmedia/build/fat_image.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

constexpr const char* kFirmwareMark = "an EFI program of the user's";

class BootFilesTest : public ::testing::Test {
  protected:
    base::Digest keep(const base::Bytes& content) {
        return images_.put(content, "test:file", {cache::LeaseKind::Deployment, "d"})->digest;
    }
    static DeploymentFields uefi_fields() {
        DeploymentFields fields;
        fields.kernel = KernelField{{"http://x/k", {}}, {"http://x/r", {}}, std::nullopt};
        fields.boot_mode = "uefi";
        return fields;
    }
    base::Result<base::Bytes> make(const DeploymentFields& fields, bool merges) {
        vmedia::MediaContent esp{"ESP", {}};
        esp.files.push_back({"/EFI/BOOT/BOOTAA64.EFI", base::to_bytes(kFirmwareMark)});
        const BootFiles files{{"bootloader", keep(vmedia::build_fat(esp).value())}};
        vmedia::LoaderPaths none{"/none", "/none", "/none", "/none", "/none", ""};
        return make_boot_base(fields, files, merges, none, images_);
    }
    static bool holds(const base::Bytes& image, std::string_view text) {
        return base::as_text(image).find(text) != std::string_view::npos;
    }

    base::testing::ManualClock clock_;
    cache::testing::FakeImageStore images_{clock_};
};

TEST_F(BootFilesTest, AnEfiImageOfTheUserNeedsNoLoadersOfThisMachine) {
    const auto image = make(uefi_fields(), false);
    ASSERT_TRUE(image.ok()) << image.error().to_string();
    EXPECT_TRUE(holds(*image, kFirmwareMark));
    EXPECT_TRUE(holds(*image, "VMEDIA_BOOT_ISO"));
    EXPECT_EQ(make(uefi_fields(), false).value(), *image) << "the same bytes each time";
}

TEST_F(BootFilesTest, AMergedConfigDriveGivesItsLabelUnlessItIsNetworkDataOnly) {
    auto fields = uefi_fields();
    fields.config_drive = ConfigDriveField();
    fields.config_drive->network_data = {{"links", base::Json::array()}};
    EXPECT_FALSE(holds(make(fields, true).value(), "config-2"));
    fields.config_drive->user_data = "#cloud-config\n";
    EXPECT_TRUE(holds(make(fields, true).value(), "config-2"));
    EXPECT_FALSE(holds(make(fields, false).value(), "config-2"));
}

TEST_F(BootFilesTest, AKernelThatTheFirmwareDoesNotStartIsRefused) {
    const base::Digest file = keep(base::Bytes(4096));
    vmedia::InjectionPlan plan;
    const auto refused = add_boot_files(plan, uefi_fields(), {{"kernel", file}, {"ramdisk", file}}, images_);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::Unsupported);
    EXPECT_EQ(add_boot_files(plan, uefi_fields(), {{"kernel", file}}, images_).error().kind, base::ErrorKind::Internal);
    EXPECT_TRUE(add_boot_files(plan, DeploymentFields(), {}, images_).ok()) << "an ISO's deployment";
    EXPECT_TRUE(plan.files.empty());
}

}  // namespace
}  // namespace isolde::conductor
