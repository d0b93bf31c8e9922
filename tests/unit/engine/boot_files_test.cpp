// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/boot_files.h"

#include "base/testing/manual_clock.h"
#include "cache/testing/fake_image_store.h"
#include "vmedia/build/fat_image.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace isolde::conductor {
namespace {

constexpr const char* kFirmwareMark = "an EFI program of the user's";
const cache::Lease kLease{cache::LeaseKind::Deployment, "d"};

class BootFilesTest : public ::testing::Test {
  protected:
    base::Digest keep(const base::Bytes& content) {
        return images_.make({"test:file", base::sha256(content).hex()}, kLease, [&] { return base::Result(content); })
            ->digest;
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

/// Over loaders that stand where the test put them.
class BootBasesTest : public BootFilesTest {
  protected:
    BootBasesTest() {
        install("shim", "shim 15.7");
        install("grub", "grub 2.06");
    }
    std::string path(const std::string& loader) const { return base::join_path(directory_.path(), loader); }
    void install(const std::string& loader, const std::string& content) {
        ASSERT_TRUE(base::write_durably(path(loader), content, 0644).ok());
    }
    base::Result<cache::Blob> acquire(const DeploymentFields& fields = uefi_fields(), const BootFiles& files = {},
                                      const std::string& holder = "d") {
        return bases_.acquire(fields, files, false, {cache::LeaseKind::Deployment, holder});
    }

    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-bases").value();
    BootBases bases_{{"/none", "/none", "/none", path("shim"), path("grub"), ""}, images_};
};

TEST_F(BootBasesTest, AreMadeOnceHoweverManyAskAtOnce) {
    std::atomic<int> equal = 0;
    const auto first =
        make_boot_base(uefi_fields(), {}, false, {"/none", "/none", "/none", path("shim"), path("grub"), ""}, images_);
    {
        std::vector<std::jthread> deployments;
        for (int i = 0; i < 50; ++i) {
            deployments.emplace_back([&, i] {
                const auto blob = acquire(uefi_fields(), {}, std::to_string(i));
                equal += blob.ok() && blob->digest == base::sha256(*first) ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(equal, 50);
    EXPECT_EQ(images_.makes(), 1U);
    EXPECT_EQ(images_.list().at(0).leases.size(), 50U);
}

TEST_F(BootBasesTest, ThatWereEvictedAreMadeAgain) {
    const auto before = acquire()->digest;
    ASSERT_TRUE(images_.release(kLease).ok());
    ASSERT_EQ(images_.evict(base::ByteCount(1), false)->size(), 1U);
    EXPECT_EQ(acquire()->digest, before);
    EXPECT_EQ(images_.makes(), 2U);
}

TEST_F(BootBasesTest, HaveTheLoadersOfTheLatestPackage) {
    const auto before = acquire()->digest;
    install("shim", "shim 15.8");
    const auto after = acquire();
    EXPECT_NE(after->digest, before);
    const auto image = images_.open_blob(after->digest).value();
    EXPECT_TRUE(holds(image->read_bytes(0, image->size()).value(), "shim 15.8"));
    EXPECT_TRUE(images_.find(before).ok()) << "who has the other keeps it";
    install("shim", "shim 15.7");
    EXPECT_EQ(acquire()->digest, before);
    EXPECT_EQ(images_.makes(), 2U);
}

TEST_F(BootBasesTest, DifferByWhatTheyAreMadeOf) {
    const auto own = acquire()->digest;
    vmedia::MediaContent esp{"ESP", {}};
    esp.files.push_back({"/EFI/BOOT/BOOTAA64.EFI", base::to_bytes(kFirmwareMark)});
    const BootFiles bootloader{{"bootloader", keep(vmedia::build_fat(esp).value())}};
    const auto of_the_user = acquire(uefi_fields(), bootloader)->digest;
    EXPECT_NE(of_the_user, own);
    auto merged = uefi_fields();
    merged.config_drive = ConfigDriveField();
    merged.config_drive->user_data = "#cloud-config\n";
    const auto labelled = bases_.acquire(merged, {}, true, kLease)->digest;
    EXPECT_NE(labelled, own);
    EXPECT_EQ(acquire(uefi_fields(), bootloader)->digest, of_the_user);
    EXPECT_EQ(acquire()->digest, own);
}

TEST_F(BootBasesTest, ALoaderThatIsNotThereIsNamedWithItsPackage) {
    ASSERT_TRUE(base::remove_file(path("grub")).ok());
    const auto refused = acquire().error();
    EXPECT_EQ(refused.kind, base::ErrorKind::NotFound);
    EXPECT_NE(refused.message.find("/grub is not there: install the packages"), std::string::npos) << refused.message;
    EXPECT_EQ(images_.makes(), 0U);
}

}  // namespace
}  // namespace isolde::conductor
