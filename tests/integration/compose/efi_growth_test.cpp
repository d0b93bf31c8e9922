// SPDX-License-Identifier: GPL-3.0-or-later
//
// A full EFI partition grows: judged by fsck.vfat, read back by mtools, and found at its new place by the boot catalog,
// the ISO tree and the partition tables alike.
#include "workbench.h"

#include "vmedia/compose/boot_files.h"
#include "vmedia/edit/fat_editor.h"

namespace isolde::vmedia::tests {
namespace {

BootFiles boot_files_of(const std::string& iso) {
    const auto source = image::FileSource::open(iso);
    auto boot = read_boot_files(**source);
    EXPECT_TRUE(boot.ok() && boot->efi);
    return boot.ok() ? *boot : BootFiles{};
}

/// The EFI partition as a file.
std::string efi_image_of(const std::string& iso) {
    const BootFiles boot = boot_files_of(iso);
    std::string path = fresh_path(".fat");
    shell("dd if=" + iso + " of=" + path + " iflag=skip_bytes,count_bytes skip=" + std::to_string(boot.efi->offset) +
          " count=" + std::to_string(boot.efi->length) + " bs=1M status=none");
    return path;
}

std::string files_of(const std::string& fat) {
    const std::string directory = fresh_path("");
    shell("mkdir " + directory + " && MTOOLS_SKIP_CHECK=1 mcopy -s -n -m -i " + fat + " '::/*' " + directory);
    return directory;
}

std::uint64_t free_space_of(const std::string& iso) {
    const auto source = image::FileSource::open(iso);
    const BootFiles boot = boot_files_of(iso);
    const auto window = image::WindowSource::create(**source, boot.efi->offset, boot.efi->length);
    const auto fat = FatEditor::open(*window);
    EXPECT_TRUE(fat.ok());
    return fat.ok() ? fat->free_space()->bytes() : 0;
}

/// A file that the EFI partition cannot hold.
std::string large_content(const std::string& iso) {
    return std::string(free_space_of(iso) + 100'000, 'd');
}

InjectionPlan large_plan(const std::string& iso) {
    InjectionPlan plan;
    plan.append = {"isolde.test=grown"};
    plan.files = {text_file("/drivers/firmware image.bin", large_content(iso), FileTarget::Efi),
                  text_file("/preseed.cfg", "d-i x\n", FileTarget::Initrd)};
    return plan;
}

std::int64_t growths_of(const Composition& composition) {
    return std::count_if(composition.report.files.begin(), composition.report.files.end(),
                         [](const FileChange& file) { return file.technique == "fat-grow"; });
}

class EfiGrowth : public ::testing::TestWithParam<const char*> {
  protected:
    static const std::string& base() { return iso_of_layout(GetParam()); }
    /// The large plan on it, made once.
    static const std::string& grown() {
        static std::map<std::string, std::string> made;
        auto [place, is_new] = made.try_emplace(GetParam());
        if (is_new) {
            place->second = composed_file(base(), large_plan(base()), lasting_path(".iso"));
        }
        return place->second;
    }
};

TEST_P(EfiGrowth, GivesAVolumeWithoutFaultsThatHoldsAllFiles) {
    const std::string fat = efi_image_of(grown());
    const Outcome checked = try_shell("fsck.vfat -n -v " + fat);
    EXPECT_EQ(checked.exit_code, 0) << checked.output;
    const std::string after = files_of(fat);
    EXPECT_EQ(content_of(after + "/drivers/firmware image.bin"), large_content(base()));
    std::set<std::string> changes = differences(files_of(efi_image_of(base())), after);
    EXPECT_EQ(changes.erase("Only in B: drivers"), 1U);
    for (const std::string& change : changes) {
        const bool configuration =
            change.find(".cfg") != std::string::npos || change.find(".conf") != std::string::npos;
        const bool initrd = change.find("init") != std::string::npos;
        EXPECT_TRUE(configuration || initrd) << change;
    }
}

TEST_P(EfiGrowth, CopiesOnlyTablesAndNewContent) {
    const Composition composition = composed(base(), large_plan(base()));
    EXPECT_LT(composition.report.delta_bytes, free_space_of(base()) + (512U << 10U));
    EXPECT_EQ(growths_of(composition), 1);
}

TEST_P(EfiGrowth, LeadsEveryBootPathToTheSamePlace) {
    const BootFiles boot = boot_files_of(grown());
    for (const image::BootEntry& entry : boot.catalog->entries) {
        if (entry.is_efi()) {
            EXPECT_EQ(entry.load_block * image::kIsoBlockSize, boot.efi->offset);
        }
    }
    const std::uint64_t sector = boot.efi->offset / image::kSectorSize;
    if (boot.tables.gpt) {
        ASSERT_TRUE(boot.efi->gpt_number);
        const auto& partition = boot.tables.gpt->partitions.at(*boot.efi->gpt_number - 1);
        EXPECT_EQ(partition.first_sector, sector);
        EXPECT_EQ((partition.last_sector - partition.first_sector + 1) * image::kSectorSize, boot.efi->length);
    }
    if (boot.tables.mbr) {
        for (const auto& partition : boot.tables.mbr->partitions) {
            EXPECT_TRUE(partition.type != 0xEF || partition.first_sector == sector);
        }
    }
    const BootFiles before = boot_files_of(base());
    for (std::size_t i = 0; i < before.boot_images.size(); ++i) {
        if (before.catalog->entries[i].is_efi()) {
            EXPECT_EQ(boot.boot_images[i], before.boot_images[i]);
        }
    }
}

TEST_P(EfiGrowth, LeavesNoMoreFaultsInTheGpt) {
    const auto problems = [](const std::string& iso) {
        return try_shell("sgdisk -v " + iso + " 2>/dev/null | sed -n 's/^Identified \\([0-9]*\\) problems.*/\\1/p'")
            .output;
    };
    EXPECT_LE(problems(grown()), problems(base())) << try_shell("sgdisk -v " + grown()).output;
}

INSTANTIATE_TEST_SUITE_P(Layouts, EfiGrowth, ::testing::Values("debian", "fedora", "ubuntu", "arch"),
                         [](const auto& layout) { return std::string(layout.param); });

TEST(EfiGrowthByManyFiles, IsDoneOnceForAll) {
    const std::string& iso = iso_of_layout("debian");
    InjectionPlan plan;
    const std::string part(free_space_of(iso) / 4 + 50'000, 'p');
    for (int i = 0; i < 8; ++i) {
        plan.files.push_back(text_file("/drivers/part " + std::to_string(i), part, FileTarget::Efi));
    }
    const Composition composition = composed(iso, plan);
    EXPECT_EQ(growths_of(composition), 1);
    EXPECT_LT(composition.image->size(), 2 * std::filesystem::file_size(iso) + 9 * part.size() + (8U << 20U));
}

TEST(EfiGrowthByManyFiles, GivesTheRootDirectoryRoom) {
    const std::string& iso = iso_of_layout("debian");
    InjectionPlan plan;
    for (int i = 0; i < 600; ++i) {
        plan.files.push_back(text_file("/a driver of its own " + std::to_string(i), "x", FileTarget::Efi));
    }
    EXPECT_LE(growths_of(composed(iso, plan)), 3);
    const std::string fat = efi_image_of(composed_file(iso, plan, fresh_path(".iso")));
    const Outcome checked = try_shell("fsck.vfat -n -v " + fat);
    EXPECT_EQ(checked.exit_code, 0) << checked.output;
    EXPECT_TRUE(std::filesystem::exists(files_of(fat) + "/a driver of its own 599"));
}

/// A configuration that finds no room among the files must not keep the old arguments.
TEST(EfiGrowthByAConfiguration, TakesArgumentsAlthoughTheVolumeIsFull) {
    const std::string& iso = iso_of_layout("fedora");
    InjectionPlan plan;
    plan.files = {text_file("/fill", std::string(free_space_of(iso), 'x'), FileTarget::Efi)};
    plan.append = {"long=" + std::string(1900, 'y')};
    const std::string out = composed_file(iso, plan);
    EXPECT_NE(content_of(files_of(efi_image_of(out)) + "/EFI/BOOT/grub.cfg").find("long=yyyy"), std::string::npos);
}

}  // namespace
}  // namespace isolde::vmedia::tests
