// SPDX-License-Identifier: GPL-3.0-or-later
//
// Boot images from a kernel and a ramdisk, composed and read by xorriso and isoinfo.
#include "vmedia/build/boot_image.h"
#include "base/files.h"
#include "base/process.h"
#include "vmedia/build/fat_image.h"
#include "vmedia/compose/composer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <ctime>

namespace isolde::vmedia {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class BootImage : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
    static std::string run(std::vector<std::string> arguments) {
        const auto done = base::run_process({std::move(arguments), {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, "", ""}, 60s,
                                            base::mebibytes(64));
        return done.ok() ? done->output : done.error().message;
    }
    FileBlob blob(const std::string& name, const std::string& content) const {
        EXPECT_TRUE(base::write_durably(path(name), content).ok());
        return {image::FileSource::open(path(name)).value(), base::sha256(content)};
    }
    FileBlob kernel(const char* start = "MZ", const char* magic = "HdrS") const {
        std::string content(300'001, 'k');
        content.replace(0, 2, start).replace(0x202, 4, magic);
        return blob("kernel", content);
    }
    FileBlob ramdisk() const { return blob("ramdisk", "070701" + std::string(500'002, 'r')); }

    /// Writes boot.iso.
    Composition compose_with(BootFirmware firmware, InjectionPlan plan = {}) const {
        const base::Bytes bytes = build_boot_base(read_loaders({}, firmware).value()).value();
        EXPECT_TRUE(add_kernel(plan, kernel(), ramdisk(), firmware).ok());
        auto composed = compose(hold_in_memory(bytes).value(), base::sha256(bytes), plan, {});
        EXPECT_TRUE(composed.ok()) << (composed.ok() ? "" : composed.error().to_string());
        EXPECT_TRUE(materialize(*composed->image, path("boot.iso")).ok());
        return std::move(composed).value();
    }

    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-boot-image").value();
};

TEST_F(BootImage, StartsByBiosAndUefiFromCdAndStick) {
    InjectionPlan plan;
    plan.append = {"console=ttyS0"};
    const Composition composed = compose_with(BootFirmware::Both, plan);
    EXPECT_LT(composed.image->delta().size(), 64U << 10U);
    const std::string report = run({"xorriso", "-indev", path("boot.iso"), "-report_el_torito", "plain"});
    EXPECT_THAT(report, ::testing::ContainsRegex("El Torito boot img : +1 +BIOS +y +none"));
    EXPECT_THAT(report, ::testing::ContainsRegex("El Torito boot img : +2 +UEFI +y +none"));
    EXPECT_THAT(report, HasSubstr("/isolinux/isolinux.bin"));
    EXPECT_THAT(report, HasSubstr("/boot/grub/efi.img"));
    const std::string partitions = run({"xorriso", "-indev", path("boot.iso"), "-report_system_area", "plain"});
    EXPECT_THAT(partitions, ::testing::ContainsRegex("MBR partition path : +2 +/boot/grub/efi.img"));
    EXPECT_THAT(partitions, ::testing::ContainsRegex("GPT partition path : +2 +/boot/grub/efi.img"));
    EXPECT_THAT(run({"isoinfo", "-d", "-i", path("boot.iso")}), HasSubstr("Volume id: VMEDIA_BOOT_ISO\n"));
    EXPECT_THAT(run({"isoinfo", "-R", "-x", "/isolinux/isolinux.cfg", "-i", path("boot.iso")}),
                HasSubstr("append initrd=/boot/initrd console=ttyS0\n"));
    EXPECT_THAT(run({"isoinfo", "-R", "-x", "/boot/grub/grub.cfg", "-i", path("boot.iso")}),
                HasSubstr("linux /boot/vmlinuz console=ttyS0\n"));
    EXPECT_EQ(run({"isoinfo", "-R", "-x", "/boot/vmlinuz", "-i", path("boot.iso")}),
              base::read_file(path("kernel")).value());
    EXPECT_EQ(run({"isoinfo", "-J", "-x", "/boot/initrd", "-i", path("boot.iso")}),
              base::read_file(path("ramdisk")).value());
}

TEST_F(BootImage, TracesItsKernelAndRamdiskByRole) {
    const Composition composed = compose_with(BootFirmware::Both);
    const OwnerMap owners = map_owners(*composed.image).value();
    const auto role_of = [&owners](const std::string& wanted) {
        for (const OwnedFile& file : owners.files) {
            if (file.path == wanted) {
                return file.role;
            }
        }
        return FileRole::Other;
    };
    EXPECT_EQ(role_of("/boot/vmlinuz"), FileRole::Kernel);
    EXPECT_EQ(role_of("/boot/initrd"), FileRole::Initrd);
    EXPECT_EQ(role_of("/isolinux/isolinux.bin"), FileRole::BootLoader);
}

TEST_F(BootImage, ForOneFirmwareHasNoLoaderOfTheOther) {
    compose_with(BootFirmware::Bios);
    EXPECT_THAT(run({"xorriso", "-indev", path("boot.iso"), "-report_el_torito", "plain"}), Not(HasSubstr("UEFI")));
    compose_with(BootFirmware::Uefi);
    const std::string report = run({"xorriso", "-indev", path("boot.iso"), "-report_el_torito", "plain"});
    EXPECT_THAT(report, HasSubstr("UEFI"));
    EXPECT_THAT(report, Not(HasSubstr("BIOS")));
    EXPECT_EQ(run({"isoinfo", "-R", "-x", "/isolinux/isolinux.cfg", "-i", path("boot.iso")}), "");
}

TEST_F(BootImage, OfTheSameLoadersHasTheSameBaseWheneverItIsMade) {
    const BootLoaders loaders = read_loaders({}, BootFirmware::Both).value();
    const base::Bytes first = build_boot_base(loaders).value();
    const std::time_t begin = std::time(nullptr);
    while (std::time(nullptr) == begin) {
        EXPECT_TRUE(build_boot_base(loaders, "OTHER").ok());
    }
    EXPECT_TRUE(build_boot_base(loaders).value() == first);
}

TEST_F(BootImage, OfOneVersionHasTheSameBytesInAllReleases) {
    BootLoaders loaders;
    loaders.isolinux = base::Bytes(2048, std::byte{1});
    loaders.ldlinux = base::Bytes(100, std::byte{2});
    loaders.hybrid_mbr = base::Bytes(432, std::byte{3});
    loaders.efi_image = base::Bytes(4096, std::byte{4});
    EXPECT_EQ(kBootBaseVersion, 1);
    EXPECT_EQ(base::sha256(build_boot_base(loaders).value()).hex(),
              "caf644557d12315e867f38d42bcc9973d9510dcc3c24d0784911c1e4075ad5df")
        << "raise kBootBaseVersion: caches hold bases of the other bytes under this one";
}

TEST_F(BootImage, TakesAnEfiImageAsItIs) {
    const std::string own = path("esp.img");
    const MediaContent content{"OWN", {{"/EFI/BOOT/BOOTAA64.EFI", base::to_bytes("MZ")}}};
    const base::Bytes fat = build_fat(content).value();
    ASSERT_TRUE(base::write_durably(own, base::as_text(fat)).ok());
    LoaderPaths paths;
    paths.efi_image = own;
    paths.shim = "/nowhere";
    EXPECT_TRUE(read_loaders(paths, BootFirmware::Uefi).value().efi_image == fat);
    ASSERT_TRUE(base::write_durably(own, "no FAT").ok());
    const auto refused = read_loaders(paths, BootFirmware::Uefi);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().to_string(), HasSubstr(own));
}

struct Missing {
    const char* name;
    LoaderPaths paths;
    BootFirmware firmware;
    const char* package;  ///< named by the error; empty: none is needed
};

TEST_F(BootImage, NamesTheLoaderThatIsMissing) {
    const LoaderPaths no_isolinux{.isolinux = "/nowhere/isolinux.bin"};
    const LoaderPaths no_grub{.grub = "/nowhere/grub.efi"};
    const Missing rows[] = {
        {"isolinux", no_isolinux, BootFirmware::Both, "isolinux and syslinux-common"},
        {"isolinux, not needed", no_isolinux, BootFirmware::Uefi, ""},
        {"GRUB", no_grub, BootFirmware::Both, "grub-efi-amd64-signed"},
        {"GRUB, not needed", no_grub, BootFirmware::Bios, ""},
    };
    for (const Missing& row : rows) {
        const auto loaders = read_loaders(row.paths, row.firmware);
        ASSERT_EQ(loaders.ok(), *row.package == '\0') << row.name;
        if (!loaders.ok()) {
            EXPECT_EQ(loaders.error().kind, base::ErrorKind::NotFound) << row.name;
            EXPECT_THAT(loaders.error().message, HasSubstr(row.package)) << row.name;
            EXPECT_THAT(loaders.error().message, HasSubstr("/nowhere/")) << row.name;
        }
    }
    EXPECT_EQ(build_boot_base({}).error().kind, base::ErrorKind::InvalidArgument);
}

TEST_F(BootImage, RefusesWhatIsNoKernelOrNoRamdisk) {
    InjectionPlan plan;
    EXPECT_TRUE(add_kernel(plan, kernel("MZ", "none"), ramdisk(), BootFirmware::Uefi).ok());
    EXPECT_TRUE(add_kernel(plan, kernel("\xea\x05", "HdrS"), ramdisk(), BootFirmware::Bios).ok());
    for (const auto& [start, magic, word] :
         {std::array{"MZ", "none", "BIOS"}, std::array{"\xea\x05", "HdrS", "UEFI"}}) {
        const auto refused = add_kernel(plan, kernel(start, magic), ramdisk(), BootFirmware::Both);
        ASSERT_FALSE(refused.ok());
        EXPECT_THAT(refused.error().message, HasSubstr(word));
    }
    const auto refused = add_kernel(plan, kernel(), blob("ramdisk", "plain text"), BootFirmware::Both);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, HasSubstr("ramdisk"));
    EXPECT_FALSE(add_kernel(plan, blob("kernel", ""), ramdisk(), BootFirmware::Both).ok());
}

}  // namespace
}  // namespace isolde::vmedia
