// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is found of the boot paths of many distributions' layouts: by inspect, and by the map from bytes to files.
#include "vmedia/compose/boot_files.h"
#include "base/process.h"
#include "vmedia/compose/composer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

namespace isolde::vmedia::tests {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

/// Opened, and already gone from the disk.
std::shared_ptr<const image::FileSource> image_of_layout(const std::string& layout) {
    static std::map<std::string, std::shared_ptr<const image::FileSource>> made;
    auto& place = made[layout];
    if (!place) {
        const auto directory = base::TemporaryDirectory::create("isolde-boot-files");
        const std::string path = directory->path() + "/image.iso";
        const char* const source = std::getenv("ISOLDE_SOURCE_DIR");
        base::ProcessOptions options;
        options.arguments = {std::string(source != nullptr ? source : ".") + "/tests/support/make_iso.sh", "--layout",
                             layout, "--fake-kernel", path};
        const auto output = base::run_process(options, 60s);
        EXPECT_TRUE(output.ok() && output->exit_code == 0) << (output.ok() ? output->output : output.error().message);
        place = image::FileSource::open(path).value();
    }
    return place;
}

TEST(Inspect, FindsAllOfADebianInstaller) {
    const auto report = inspect(*image_of_layout("debian")).value();
    EXPECT_EQ(report.kind, "iso9660");
    EXPECT_EQ(report.injectable, "yes") << render_text(report);
    EXPECT_EQ(report.volume_id, "Isolde 12 amd64 n");
    EXPECT_THAT(report.boot_paths,
                ElementsAre("BIOS CD (isolinux)", "BIOS disk (isolinux)", "UEFI CD (GRUB)", "UEFI disk (GRUB)"));
    EXPECT_THAT(report.configurations, IsSupersetOf({"/boot/grub/grub.cfg", "/isolinux/txt.cfg", "/isolinux/adtxt.cfg",
                                                     "/isolinux/menu.cfg", "EFI:/boot/grub/grub.cfg"}));
    EXPECT_THAT(report.kernels, ElementsAre("/install.amd/vmlinuz"));
    EXPECT_THAT(report.initrds, ElementsAre("/install.amd/initrd.gz"));
}

TEST(Inspect, FindsBothKernelsOfAnUbuntuServer) {
    const auto report = inspect(*image_of_layout("ubuntu")).value();
    EXPECT_EQ(report.injectable, "yes") << render_text(report);
    EXPECT_THAT(report.boot_paths,
                ElementsAre("BIOS CD (GRUB)", "BIOS disk (GRUB)", "UEFI CD (GRUB)", "UEFI disk (GRUB)"));
    EXPECT_THAT(report.kernels, ElementsAre("/casper/vmlinuz", "/casper/hwe-vmlinuz"));
    EXPECT_THAT(report.initrds, ElementsAre("/casper/initrd", "/casper/hwe-initrd"));
}

TEST(Inspect, ResolvesRelativePathsOfIsolinuxAndTellsOfTheMd5Tag) {
    const auto report = inspect(*image_of_layout("fedora")).value();
    EXPECT_EQ(report.injectable, "yes") << render_text(report);
    EXPECT_THAT(report.kernels, IsSupersetOf({"/images/pxeboot/vmlinuz", "/isolinux/vmlinuz"}));
    EXPECT_THAT(report.configurations,
                IsSupersetOf({"/EFI/BOOT/grub.cfg", "/EFI/BOOT/BOOT.conf", "EFI:/EFI/BOOT/grub.cfg"}));
    EXPECT_THAT(report.reasons, Contains(HasSubstr("isomd5")));
}

struct LayoutRow {
    std::string name;
    std::vector<std::string> boot_paths;
    std::set<std::string> configurations;
    std::vector<std::string> kernels;
    std::vector<std::string> initrds;
};

TEST(Inspect, FindsTheBootPathsOfEveryLayout) {
    const std::vector<std::string> isolinux_and_grub = {"BIOS CD (isolinux)", "BIOS disk (isolinux)", "UEFI CD (GRUB)",
                                                        "UEFI disk (GRUB)"};
    const std::vector<std::string> grub = {"BIOS CD (GRUB)", "BIOS disk (GRUB)", "UEFI CD (GRUB)", "UEFI disk (GRUB)"};
    const LayoutRow rows[] = {
        {"fedora37",
         grub,
         {"/EFI/BOOT/grub.cfg", "/boot/grub2/grub.cfg", "EFI:/EFI/BOOT/grub.cfg"},
         {"/images/pxeboot/vmlinuz"},
         {"/images/pxeboot/initrd.img"}},
        {"arch",
         {"BIOS CD (isolinux)", "BIOS disk (isolinux)", "UEFI CD (systemd-boot)", "UEFI disk (systemd-boot)"},
         {"/boot/syslinux/archiso_sys-linux.cfg", "/boot/syslinux/syslinux.cfg", "/loader/loader.conf",
          "/loader/entries/01-archiso-linux.conf", "EFI:/loader/entries/01-archiso-linux.conf"},
         {"/arch/boot/x86_64/vmlinuz-linux", "EFI:/arch/boot/x86_64/vmlinuz-linux"},
         {"/arch/boot/x86_64/initramfs-linux.img", "EFI:/arch/boot/x86_64/initramfs-linux.img"}},
        {"opensuse",
         isolinux_and_grub,
         {"/EFI/BOOT/grub.cfg", "/boot/x86_64/loader/isolinux.cfg", "EFI:/EFI/BOOT/grub.cfg"},
         {"/boot/x86_64/loader/linux"},
         {"/boot/x86_64/loader/initrd"}},
        {"alpine",
         isolinux_and_grub,
         {"/boot/grub/grub.cfg", "/boot/syslinux/syslinux.cfg"},
         {"/boot/vmlinuz-lts"},
         {"/boot/initramfs-lts"}},
        {"grub-mkrescue", grub, {"/boot/grub/grub.cfg"}, {}, {"/boot/initrd.img"}},
        {"live",
         isolinux_and_grub,
         {"/boot/grub/grub.cfg", "/boot/grub/config.cfg", "/isolinux/live.cfg", "EFI:/boot/grub/grub.cfg"},
         {"/live/vmlinuz"},
         {"/live/initrd.img"}},
        {"casper",
         isolinux_and_grub,
         {"/boot/grub/grub.cfg", "/isolinux/isolinux.cfg", "/isolinux/txt.entries", "EFI:/boot/grub/grub.cfg"},
         {"/casper/vmlinuz"},
         {"/casper/initrd"}},
    };
    for (const LayoutRow& row : rows) {
        SCOPED_TRACE(row.name);
        const auto report = inspect(*image_of_layout(row.name)).value();
        EXPECT_EQ(report.injectable, "yes") << render_text(report);
        EXPECT_EQ(report.boot_paths, row.boot_paths);
        EXPECT_THAT(report.configurations, IsSupersetOf(row.configurations));
        EXPECT_EQ(report.kernels, row.kernels);
        EXPECT_EQ(report.initrds, row.initrds);
    }
}

/// Images as Debian ships them.
struct ShippedRow {
    std::string path;
    std::string injectable;
    std::vector<std::string> boot_paths;
    std::vector<std::string> configurations;
    std::string reason;
    std::string refusal;  ///< of kernel arguments; empty where they are taken
};

TEST(Inspect, SaysOfShippedImagesWhatAPlanWillDo) {
    const ShippedRow rows[] = {
        {"/usr/lib/memtest86+/memtest86+x64.iso",
         "no",
         {"BIOS CD (unknown loader)", "BIOS disk (unknown loader)", "UEFI CD (EFI program)", "UEFI disk (EFI program)"},
         {},
         "no boot configuration",
         "no boot-loader configuration was found in the image"},
        {"/usr/lib/ipxe/ipxe.iso",
         "partly",
         {"BIOS CD (isolinux)", "BIOS disk (isolinux)", "UEFI CD (EFI program)"},
         {"/isolinux.cfg"},
         "no boot entry names an initrd",
         ""},
        {"/usr/lib/grub-rescue/grub-rescue-cdrom.iso",
         "partly",
         {"BIOS CD (GRUB)", "BIOS disk (GRUB)"},
         {"/boot/grub/grub.cfg"},
         "no boot entry names an initrd",
         ""},
    };
    for (const ShippedRow& row : rows) {
        SCOPED_TRACE(row.path);
        const auto source = image::FileSource::open(row.path);
        ASSERT_TRUE(source.ok()) << "its Debian package is not installed";
        const auto report = inspect(**source).value();
        EXPECT_EQ(report.injectable, row.injectable);
        EXPECT_EQ(report.boot_paths, row.boot_paths);
        EXPECT_EQ(report.configurations, row.configurations);
        EXPECT_THAT(report.reasons, Contains(HasSubstr(row.reason)));
        InjectionPlan plan;
        plan.append = {"console=ttyS0"};
        const auto composition = compose(*source, base::sha256(std::string_view()), plan, {});
        EXPECT_EQ(composition.ok(), row.refusal.empty());
        EXPECT_THAT(composition.ok() ? "" : composition.error().message, HasSubstr(row.refusal));
    }
}

TEST(Inspect, NamesUnifiedKernelsAndAPlanWithArgumentsIsRefused) {
    const auto source = image_of_layout("uki");
    const auto report = inspect(*source).value();
    EXPECT_EQ(report.injectable, "no") << render_text(report);
    EXPECT_THAT(report.reasons, Contains("EFI:/EFI/BOOT/BOOTX64.EFI is a unified kernel image: its kernel arguments "
                                         "(\"console=ttyS0,115200 ro\") are built in"));
    InjectionPlan plan;
    plan.append = {"quiet"};
    const auto refused = compose(source, base::sha256(std::string_view()), plan, {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, base::ErrorKind::Unsupported);
    EXPECT_THAT(refused.error().message, HasSubstr("unified kernel image"));
    EXPECT_THAT(refused.error().message, HasSubstr("addon"));
}

TEST(Inspect, AUnifiedKernelTakesAnAddonBesideIt) {
    InjectionPlan plan;
    plan.unattended = false;
    InjectedFile addon;
    addon.path = "/EFI/BOOT/BOOTX64.EFI.extra.d/args.addon.efi";
    addon.content = base::to_bytes("an addon");
    plan.files = {addon};
    EXPECT_TRUE(compose(image_of_layout("uki"), base::sha256(std::string_view()), plan, {}).ok());
}

TEST(Inspect, ASignedProgramIsNotOverwritten) {
    for (const auto& [path, target] :
         {std::pair("/EFI/boot/BOOTX64.efi", FileTarget::Iso), std::pair("/EFI/BOOT/grubx64.efi", FileTarget::Efi)}) {
        InjectionPlan plan;
        InjectedFile program;
        program.path = path;
        program.target = target;
        program.content = base::to_bytes("MZ");
        plan.files = {program};
        const auto refused = compose(image_of_layout("debian"), base::sha256(std::string_view()), plan, {});
        ASSERT_FALSE(refused.ok()) << path;
        EXPECT_THAT(refused.error().message, HasSubstr("signed for Secure Boot"));
    }
}

TEST(Inspect, RendersWhatItFound) {
    const auto report = inspect(*image_of_layout("debian")).value();
    EXPECT_THAT(render_text(report), HasSubstr("injectable      yes\n"));
    EXPECT_EQ(render_json(report).at("kernels").at(0), "/install.amd/vmlinuz");
}

TEST(Inspect, OfSomethingElseNamesNoPathsButReasons) {
    const image::MemorySource noise(base::Bytes(100'000));
    const auto report = inspect(noise).value();
    EXPECT_EQ(report.kind, "not-an-iso");
    EXPECT_EQ(report.injectable, "no");
    EXPECT_FALSE(report.reasons.empty());
}

TEST(BootFiles, AppendedEfiPartitionIsMeasuredByTheLargestOfAllAccounts) {
    const auto files = read_boot_files(*image_of_layout("ubuntu")).value();
    ASSERT_TRUE(files.efi.has_value());
    EXPECT_TRUE(files.efi->appended);
    EXPECT_EQ(files.efi->gpt_number, 2U);
    EXPECT_GE(files.efi->length, 5080U * 1024);
    EXPECT_THAT(files.warnings, IsEmpty());
}

TEST(BootFiles, EfiImageInTheTreeIsNotAppended) {
    const auto files = read_boot_files(*image_of_layout("debian")).value();
    ASSERT_TRUE(files.efi.has_value());
    EXPECT_FALSE(files.efi->appended);
    EXPECT_THAT(files.boot_images, ElementsAre("/isolinux/isolinux.bin", "/boot/grub/efi.img"));
}

class Owners : public testing::TestWithParam<const char*> {
  protected:
    std::shared_ptr<const image::FileSource> image_ = image_of_layout(GetParam());
    OwnerMap map_ = map_owners(*image_).value();

    std::map<std::string, std::uint64_t> owned_bytes() const {
        std::map<std::string, std::uint64_t> bytes;
        for (const OwnedRange& range : map_.ranges) {
            bytes[map_.files.at(range.file).path] += range.length;
        }
        return bytes;
    }
};

TEST_P(Owners, RangesAreSortedInsideTheImageAndDoNotOverlap) {
    std::uint64_t end = 0;
    for (const OwnedRange& range : map_.ranges) {
        EXPECT_GE(range.offset, end);
        EXPECT_GT(range.length, 0U);
        end = range.offset + range.length;
    }
    EXPECT_LE(end, image_->size());
}

TEST_P(Owners, EachRoleHasAFileWhoseBytesAreAllItsOwn) {
    auto bytes = owned_bytes();
    for (const FileRole role :
         {FileRole::BootCatalog, FileRole::BootLoader, FileRole::BootConfig, FileRole::Kernel, FileRole::Initrd}) {
        std::size_t found = 0;
        for (const OwnedFile& file : map_.files) {
            if (file.role == role) {
                ++found;
                EXPECT_EQ(bytes[file.path], file.size) << file.path;
            }
        }
        EXPECT_GT(found, 0U) << static_cast<int>(role);
    }
}

TEST_P(Owners, FilesInsideTheEfiImageAreNamedByTheirOwnPaths) {
    EXPECT_THAT(map_.files, Contains(testing::Truly([](const OwnedFile& file) {
                    return file.path.substr(0, 5) == "EFI:/" && file.role == FileRole::BootLoader;
                })));
    EXPECT_THAT(map_.files, Contains(testing::Field(&OwnedFile::role, FileRole::EfiImage)));
}

TEST_P(Owners, BytesOfTheKernelAreTheKernels) {
    const auto files = read_boot_files(*image_).value();
    const auto match = image::find(*image_, naming_tree(files.volume), files.kernels.front()).value();
    const auto run = image::content_runs(*image_, naming_tree(files.volume), match.entry).value().front();
    const auto range = std::find_if(map_.ranges.begin(), map_.ranges.end(),
                                    [&](const OwnedRange& each) { return each.offset == run.offset; });
    ASSERT_NE(range, map_.ranges.end());
    EXPECT_EQ(map_.files.at(range->file).role, FileRole::Kernel);
    EXPECT_EQ(range->length, run.length);
}

INSTANTIATE_TEST_SUITE_P(Layouts, Owners, testing::Values("debian", "ubuntu", "fedora", "fedora37", "arch", "opensuse"),
                         [](const auto& row) { return std::string(row.param); });

}  // namespace
}  // namespace isolde::vmedia::tests
