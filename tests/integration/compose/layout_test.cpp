// SPDX-License-Identifier: GPL-3.0-or-later
#include "workbench.h"

#include "vmedia/compose/boot_files.h"

#include <algorithm>

namespace isolde::vmedia::tests {
namespace {

const std::string kPreseed = "d-i preseed/early_command string true\n";

InjectionPlan usual_plan() {
    InjectionPlan plan;
    plan.append = {"console=ttyS0,115200", "ds=nocloud;s=/cdrom/"};
    plan.remove = {"quiet"};
    plan.files = {text_file("/autoinstall/user-data", "#cloud-config\n"),
                  text_file("/preseed.cfg", kPreseed, FileTarget::Initrd)};
    return plan;
}

struct LayoutRow {
    std::string name;
    std::set<std::string> changed_by_rock_ridge;  ///< paths of the tree
    std::vector<std::string> initrds;
    bool twin = false;
    std::set<std::string> changed_in_efi_partition = {};
    bool joliet = true;
};

void PrintTo(const LayoutRow& row, std::ostream* out) {
    *out << row.name;
}

const LayoutRow kLayouts[] = {
    {"debian",
     {"/boot/grub/grub.cfg", "/isolinux/adtxt.cfg", "/isolinux/isolinux.cfg", "/isolinux/prompt.cfg",
      "/isolinux/txt.cfg", "/install.amd/initrd.gz"},
     {"/install.amd/initrd.gz"}},
    {"ubuntu",
     {"/boot.catalog", "/boot/grub/grub.cfg", "/casper/initrd", "/casper/hwe-initrd"},
     {"/casper/initrd", "/casper/hwe-initrd"},
     true},
    {"fedora",
     {"/.treeinfo", "/EFI/BOOT/BOOT.conf", "/EFI/BOOT/grub.cfg", "/images/efiboot.img", "/images/pxeboot/initrd.img",
      "/isolinux/initrd.img", "/isolinux/isolinux.cfg"},
     {"/images/pxeboot/initrd.img", "/isolinux/initrd.img"},
     false,
     {"/EFI/BOOT/grub.cfg", "/EFI/BOOT/BOOT.conf"}},
    {"fedora37",
     {"/EFI/BOOT/grub.cfg", "/boot/grub2/grub.cfg", "/images/pxeboot/initrd.img"},
     {"/images/pxeboot/initrd.img"},
     true,
     {"/EFI/BOOT/grub.cfg"}},
    {"opensuse",
     {"/EFI/BOOT/grub.cfg", "/boot/x86_64/efi", "/boot/x86_64/loader/initrd", "/boot/x86_64/loader/isolinux.cfg",
      "/isolinux/isolinux.cfg"},
     {"/boot/x86_64/loader/initrd"},
     false,
     {"/EFI/BOOT/grub.cfg"}},
    {"alpine", {"/boot/grub/grub.cfg", "/boot/initramfs-lts", "/boot/syslinux/syslinux.cfg"}, {"/boot/initramfs-lts"}},
    {"grub-mkrescue", {"/boot/grub/grub.cfg", "/boot/initrd.img"}, {"/boot/initrd.img"}, false, {}, false},
    {"live",
     {"/boot/grub/grub.cfg", "/isolinux/isolinux.cfg", "/isolinux/live.cfg", "/live/initrd.img"},
     {"/live/initrd.img"}},
    {"coreos",
     {"/EFI/fedora/grub.cfg", "/images/pxeboot/initrd.img", "/isolinux/isolinux.cfg"},
     {"/images/pxeboot/initrd.img"}},
    {"casper",
     {"/boot/grub/grub.cfg", "/casper/initrd", "/isolinux/isolinux.cfg", "/isolinux/txt.entries", "/md5sum.txt"},
     {"/casper/initrd"}},
};

class Layouts : public testing::TestWithParam<LayoutRow> {
  protected:
    const std::string& base() const { return iso_of_layout(GetParam().name); }
    /// The usual plan on it, made once.
    const std::string& composed_base() const {
        static std::map<std::string, std::string> made;
        auto [place, is_new] = made.try_emplace(GetParam().name);
        if (is_new) {
            place->second = composed_file(base(), usual_plan(), lasting_path(".iso"));
        }
        return place->second;
    }
    std::set<std::string> expected_differences() const {
        std::set<std::string> expected{"Only in B: autoinstall"};
        for (const std::string& path : GetParam().changed_by_rock_ridge) {
            expected.insert(changed(path));
        }
        return expected;
    }
};

TEST_P(Layouts, ChangesExactlyWhatWasAskedForByRockRidge) {
    const std::string& out = composed_base();
    const std::string before = extracted_by_rock_ridge(base());
    const std::string after = extracted_by_rock_ridge(out);
    EXPECT_EQ(differences(before, after), expected_differences());
    EXPECT_EQ(content_of(after + "/autoinstall/user-data"), "#cloud-config\n");
    EXPECT_EQ(differences(after, extracted_by_xorriso(out)), std::set<std::string>());
}

TEST_P(Layouts, ChangesExactlyWhatWasAskedForInJoliet) {
    if (!GetParam().joliet) {
        GTEST_SKIP() << "this layout has no Joliet tree";
    }
    const std::string& out = composed_base();
    const std::string after = extracted_by_joliet(out);
    EXPECT_EQ(differences(extracted_by_joliet(base()), after), expected_differences());
    EXPECT_EQ(content_of(after + "/autoinstall/user-data"), "#cloud-config\n");
}

TEST_P(Layouts, TheTwinInThePartitionShowsTheSame) {
    if (!GetParam().twin) {
        GTEST_SKIP() << "this layout has no twin";
    }
    const std::string& out = composed_base();
    const std::string partition = fresh_path(".part");
    shell("first=$(sgdisk -i 1 " + out + " | sed -n 's/^First sector: \\([0-9]*\\).*/\\1/p'); " +
          "last=$(sgdisk -i 1 " + out + " | sed -n 's/^Last sector: \\([0-9]*\\).*/\\1/p'); " + "dd if=" + out +
          " of=" + partition + " bs=512 skip=$first count=$((last - first + 1)) status=none");
    EXPECT_EQ(differences(extracted_by_rock_ridge(out), extracted_by_rock_ridge(partition)), std::set<std::string>());
    EXPECT_EQ(differences(extracted_by_joliet(out), extracted_by_joliet(partition)), std::set<std::string>());
}

TEST_P(Layouts, TheInitrdIsTheOldOneAndAnArchiveWithTheFile) {
    const std::string before = extracted_by_rock_ridge(base());
    const std::string after = extracted_by_rock_ridge(composed_base());
    for (const std::string& initrd : GetParam().initrds) {
        const std::string old_content = content_of(before + initrd);
        const std::string new_content = content_of(after + initrd);
        ASSERT_GT(new_content.size(), old_content.size());
        EXPECT_EQ(new_content.substr(0, old_content.size()), old_content);
        const std::string archive = fresh_path(".cpio");
        const std::size_t start = (old_content.size() + 3) / 4 * 4;
        ASSERT_TRUE(base::write_durably(archive, new_content.substr(start)).ok());
        EXPECT_EQ(shell("cd " + test_directory() + " && cpio -i --quiet --to-stdout preseed.cfg <" + archive),
                  kPreseed);
    }
}

TEST_P(Layouts, UndoGivesTheBaseBack) {
    const std::string& out = composed_base();
    const std::string restored = fresh_path(".iso");
    const auto source = image::FileSource::open(out);
    ASSERT_TRUE(source.ok());
    const auto undone = undo(**source, restored);
    ASSERT_TRUE(undone.ok()) << undone.error().to_string();
    EXPECT_EQ(try_shell("cmp " + base() + " " + restored).exit_code, 0);
}

TEST_P(Layouts, UndoOfAnImageThatWasChangedAfterwardsFails) {
    const std::string out = composed_file(base(), usual_plan());
    shell("printf X | dd of=" + out + " bs=1 seek=400000 conv=notrunc status=none");
    const auto undone = undo(**image::FileSource::open(out), fresh_path(".iso"));
    ASSERT_FALSE(undone.ok());
    EXPECT_EQ(undone.error().kind, base::ErrorKind::Corrupt);
}

TEST_P(Layouts, TheSamePlanGivesTheSameBytesAndAnotherPlanAnotherTag) {
    const Composition first = composed(base(), usual_plan());
    const Composition second = composed(base(), usual_plan());
    EXPECT_EQ(first.image->etag(), second.image->etag());
    EXPECT_TRUE(std::equal(first.image->delta().begin(), first.image->delta().end(), second.image->delta().begin(),
                           second.image->delta().end()));
    EXPECT_EQ(first.image->extents().extents(), second.image->extents().extents());
    InjectionPlan other = usual_plan();
    other.append.emplace_back("debug");
    EXPECT_NE(composed(base(), other).image->etag(), first.image->etag());
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

/// Labels and the UUID by which installers find their medium: all of the descriptors but sizes, path tables and isomd5.
TEST_P(Layouts, KeepsTheIdentityOfTheVolume) {
    const std::string& out = composed_base();
    const std::string old_head = content_of(base()).substr(16 * 2048, 4096);
    const std::string new_head = content_of(out).substr(16 * 2048, 4096);
    for (std::size_t i = 0; i < 2048; ++i) {
        const bool may_change = (i >= 80 && i < 88) || (i >= 132 && i < 156) || (i >= 883 && i < 1395);
        EXPECT_TRUE(may_change || old_head[i] == new_head[i]) << "byte " << i;
    }
}

TEST_P(Layouts, PartitionTablesAreNoWorseThanBefore) {
    const std::string& out = composed_base();
    const std::string count = "sgdisk -v {} 2>/dev/null | sed -n 's/^Identified \\([0-9]*\\) problems.*/\\1/p'";
    const auto problems = [&](const std::string& iso) {
        std::string script = count;
        script.replace(script.find("{}"), 2, iso);
        const std::string text = try_shell(script).output;
        return text.empty() ? 0 : std::stoi(text);
    };
    EXPECT_LE(problems(out), problems(base())) << try_shell("sgdisk -v " + out).output;
    const auto tables = image::read_partition_tables(**image::FileSource::open(out));
    ASSERT_TRUE(tables.ok() && tables->gpt && tables->gpt->backup);
    EXPECT_TRUE(tables->gpt->primary.header_crc_valid && tables->gpt->primary.entries_crc_valid);
    EXPECT_TRUE(tables->gpt->backup->header_crc_valid && tables->gpt->backup->entries_crc_valid);
}

TEST_P(Layouts, TheEfiPartitionIsSoundAndTheSameButForItsConfigurations) {
    const std::string& out = composed_base();
    const auto efi_files = [](const std::string& iso) {
        const auto boot = read_boot_files(**image::FileSource::open(iso));
        EXPECT_TRUE(boot.ok() && boot->efi);
        const std::string fat = fresh_path(".fat");
        shell("dd if=" + iso + " of=" + fat + " bs=2048 skip=" + std::to_string(boot->efi->offset / 2048) +
              " count=" + std::to_string(boot->efi->length / 2048) + " status=none; fsck.vfat -n " + fat);
        const std::string directory = fresh_path("");
        shell("mkdir " + directory + " && mcopy -s -n -i " + fat + " ::/* " + directory);
        return directory;
    };
    std::set<std::string> expected;
    for (const std::string& path : GetParam().changed_in_efi_partition) {
        expected.insert(changed(path));
    }
    EXPECT_EQ(differences(efi_files(base()), efi_files(out)), expected);
}

/// Each boot file with its ranges, by path.
std::map<std::string, std::vector<std::pair<std::uint64_t, std::uint64_t>>> boot_ranges_of(const OwnerMap& owners) {
    std::map<std::string, std::vector<std::pair<std::uint64_t, std::uint64_t>>> boot;
    for (const OwnedRange& range : owners.ranges) {
        const OwnedFile& file = owners.files[range.file];
        if (file.role != FileRole::Other) {
            boot[std::to_string(static_cast<int>(file.role)) + ":" + file.path + ":" + std::to_string(file.size)]
                .emplace_back(range.offset, range.length);
        }
    }
    return boot;
}

TEST_P(Layouts, ComposingTellsWhereTheBootFilesAreAsReadingTheImageDoes) {
    const Composition composition = composed(base(), usual_plan());
    const auto known = boot_ranges_of(composition.boot_files);
    EXPECT_GE(known.size(), 3U);
    EXPECT_TRUE(known == boot_ranges_of(map_owners(*composition.image).value()));
}

TEST_P(Layouts, TheDeltaIsSmall) {
    const Composition composition = composed(base(), usual_plan());
    EXPECT_LE(composition.image->delta().size(), 64U << 10U);
    EXPECT_LE(composition.image->memory().bytes(), 128U << 10U);
}

TEST_P(Layouts, EveryEntryHasTheArgumentsBeforeTheDashes) {
    const auto boot = read_boot_files(*composed(base(), usual_plan()).image);
    ASSERT_TRUE(boot.ok());
    for (const BootConfigFile& file : boot->configurations) {
        std::istringstream text(file.text);
        for (std::string line; std::getline(text, line);) {
            const std::string words = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
            const bool isolinux = file.loader == BootLoader::Isolinux;
            const std::string command = lower(words.substr(0, words.find_first_of(" \t")));
            if (isolinux ? command == "append" : command == "linux" || command == "$linux") {
                if (line.back() == '\\') {
                    continue;
                }
                EXPECT_NE(line.find("console=ttyS0,115200"), std::string::npos) << file.path << ": " << line;
                EXPECT_EQ(line.find(" quiet"), std::string::npos) << file.path << ": " << line;
                EXPECT_LT(line.find("console="), line.find(" ---")) << file.path << ": " << line;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, Layouts, testing::ValuesIn(kLayouts), [](const testing::TestParamInfo<LayoutRow>& row) {
    std::string name = row.param.name;
    name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
    return name;
});

struct AppendedRow {
    std::string name;
    std::string options;  ///< of xorriso, beside an EFI partition that is appended
};

void PrintTo(const AppendedRow& row, std::ostream* out) {
    *out << row.name;
}

class AppendedEfiPartitions : public testing::TestWithParam<AppendedRow> {};

/// The partition that holds the volume reaches all of the new content, and the EFI partition is not inside it.
TEST_P(AppendedEfiPartitions, GiveWayToTheVolume) {
    const std::string tree = fresh_path("-tree");
    const std::string esp = fresh_path(".fat");
    const std::string iso = fresh_path(".iso");
    shell("mkdir " + tree + " && echo x > " + tree + "/readme && mkfs.vfat -C " + esp + " 512 >/dev/null && " +
          "echo marker > " + tree + ".m && mcopy -i " + esp + " " + tree + ".m ::/marker && xorriso -as mkisofs " +
          "-quiet -r -J " + GetParam().options + " -append_partition 2 0xef " + esp +
          " -eltorito-alt-boot -e --interval:appended_partition_2::: -no-emul-boot -o " + iso + " " + tree + " 2>&1");
    InjectionPlan plan;
    plan.unattended = false;
    plan.files = {text_file("/seed/data", "seed\n")};
    const Composition composition = composed(iso, plan);
    EXPECT_EQ(composition.report.warnings, std::vector<std::string>());
    const std::string out = fresh_path(".iso");
    ASSERT_TRUE(materialize(*composition.image, out).ok());
    const std::string partitions =
        "sfdisk -d " + out + " | sed -n 's/.*start= *\\([0-9]*\\), size= *\\([0-9]*\\).*/\\1 \\2/p'";
    std::istringstream numbers(shell(partitions));
    std::uint64_t volume_start = 0;
    std::uint64_t volume_size = 0;
    std::uint64_t efi_start = 0;
    numbers >> volume_start >> volume_size >> efi_start;
    EXPECT_LE(volume_start + volume_size, efi_start);
    const std::string volume = fresh_path(".part");
    shell("dd if=" + out + " of=" + volume + " bs=512 skip=" + std::to_string(volume_start) +
          " count=" + std::to_string(volume_size) + " status=none; dd if=" + out + " of=" + volume +
          ".efi bs=512 skip=" + std::to_string(efi_start) + " status=none");
    EXPECT_EQ(content_of(extracted_by_rock_ridge(volume) + "/seed/data"), "seed\n");
    EXPECT_EQ(shell("mtype -i " + volume + ".efi ::/marker"), "marker\n");
}

const AppendedRow kAppended[] = {
    {"MbrWithTwin", "-partition_offset 16"},
    {"MbrFromSectorZero", "-iso_mbr_part_type 0x83 --mbr-force-bootable"},
    {"GptWithTwin", "-partition_offset 16 -appended_part_as_gpt"},
};

INSTANTIATE_TEST_SUITE_P(All, AppendedEfiPartitions, testing::ValuesIn(kAppended),
                         [](const testing::TestParamInfo<AppendedRow>& row) { return row.param.name; });

TEST(ComposedFedora, DropsTheMediaCheckAndSaysSo) {
    InjectionPlan plan;
    plan.files = {text_file("/ks.cfg", "text\n")};
    const Composition composition = composed(iso_of_layout("fedora"), plan);
    const auto boot = read_boot_files(*composition.image);
    ASSERT_TRUE(boot.ok());
    for (const BootConfigFile& file : boot->configurations) {
        EXPECT_EQ(file.text.find("rd.live.check"), std::string::npos) << file.path;
    }
    bool told = false;
    for (const std::string& check : composition.report.checks) {
        told = told || check.find("rd.live.check") != std::string::npos;
    }
    EXPECT_TRUE(told);
}

TEST(ComposedDebian, SaysThatTheConfigurationInTheEfiImageOnlyRedirects) {
    const Composition composition = composed(iso_of_layout("debian"), usual_plan());
    std::set<std::string> unchanged;
    for (const FileChange& file : composition.report.files) {
        if (file.technique.rfind("unchanged", 0) == 0) {
            unchanged.insert(file.path);
        }
    }
    EXPECT_EQ(unchanged, (std::set<std::string>{"EFI:/EFI/debian/grub.cfg", "EFI:/boot/grub/grub.cfg"}));
}

TEST(ComposedDebian, AttendedLeavesTimeoutsAlone) {
    InjectionPlan plan;
    plan.append = {"debug"};
    plan.unattended = false;
    const auto boot = read_boot_files(*composed(iso_of_layout("debian"), plan).image);
    ASSERT_TRUE(boot.ok());
    for (const BootConfigFile& file : boot->configurations) {
        EXPECT_EQ(file.text.find("timeout 50"), std::string::npos) << file.path;
        EXPECT_EQ(file.text.find("set timeout=5"), std::string::npos) << file.path;
    }
}

TEST(ComposedDebian, UnattendedStartsTheFirstEntryOfTheMenu) {
    const Composition composition = composed(iso_of_layout("debian"), usual_plan());
    const auto boot = read_boot_files(*composition.image);
    ASSERT_TRUE(boot.ok());
    for (const BootConfigFile& file : boot->configurations) {
        if (file.path == "/isolinux/isolinux.cfg") {
            EXPECT_NE(file.text.find("ontimeout install"), std::string::npos) << file.text;
        }
    }
}

}  // namespace
}  // namespace isolde::vmedia::tests
