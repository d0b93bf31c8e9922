// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a plan does to the tree besides adding files: deleting, making directories and links, setting modes.
#include "workbench.h"

namespace isolde::vmedia::tests {
namespace {

InjectionPlan files_only() {
    InjectionPlan plan;
    plan.unattended = false;
    return plan;
}

InjectedFile directory(const std::string& path, std::uint32_t mode) {
    InjectedFile file;
    file.path = path;
    file.kind = FileKind::Directory;
    file.mode = mode;
    return file;
}

InjectedFile link(const std::string& path, const std::string& target) {
    InjectedFile file;
    file.path = path;
    file.kind = FileKind::Symlink;
    file.link_target = target;
    return file;
}

const std::string& source_tree() {
    static const std::string tree = [] {
        const std::string path = lasting_path("-tree");
        shell("mkdir -p " + path + "/docs/deep/er " + path + "/etc && cd " + path +
              " && echo a > docs/a && echo b > docs/deep/b && echo c > docs/deep/er/c && echo k > etc/keep" +
              " && echo o > etc/obsolete.conf && ln -s keep etc/old-link && chmod 755 etc/keep");
        return path;
    }();
    return tree;
}

struct Maker {
    std::string name;
    std::string command;
    bool rock_ridge = true;
    bool joliet = true;
};

void PrintTo(const Maker& maker, std::ostream* out) {
    *out << maker.name;
}

const Maker kMakers[] = {
    {"Xorriso", "xorriso -as mkisofs -quiet -r -J", true, true},
    {"XorrisoTwin", "xorriso -as mkisofs -quiet -r -J -partition_offset 16", true, true},
    {"Genisoimage", "genisoimage -quiet -r -J", true, true},
    {"GenisoimageEnhanced", "genisoimage -quiet -r -J -iso-level 4", true, true},
    {"XorrisoEnhanced", "xorriso -as mkisofs -quiet -r -iso-level 4", true, false},
    {"GenisoimageRockRidge", "genisoimage -quiet -r", true, false},
    {"GenisoimageJoliet", "genisoimage -quiet -J", false, true},
};

class Edits : public testing::TestWithParam<Maker> {
  protected:
    static const std::string& base() {
        static std::map<std::string, std::string> made;
        auto [place, is_new] = made.try_emplace(GetParam().name, scratch() + "/edit-" + GetParam().name + ".iso");
        if (is_new) {
            shell(GetParam().command + " -V EDITS -o " + place->second + " " + source_tree() + " 2>&1");
        }
        return place->second;
    }

    /// `joliet`: what is expected of a tree without links.
    static void expect(const InjectionPlan& plan, const std::set<std::string>& rock_ridge,
                       const std::set<std::string>& joliet) {
        const std::string out = composed_file(base(), plan);
        if (GetParam().rock_ridge) {
            EXPECT_EQ(differences(extracted_by_rock_ridge(base()), extracted_by_rock_ridge(out)), rock_ridge);
            EXPECT_EQ(differences(extracted_by_xorriso(base()), extracted_by_xorriso(out)), rock_ridge);
        }
        if (GetParam().joliet) {
            EXPECT_EQ(differences(extracted_by_joliet(base()), extracted_by_joliet(out)), joliet);
            EXPECT_NE(shell("isoinfo -J -f -i " + out), "");
        }
        const std::string restored = fresh_path(".iso");
        ASSERT_TRUE(undo(**image::FileSource::open(out), restored).ok());
        EXPECT_EQ(try_shell("cmp " + base() + " " + restored).exit_code, 0);
    }
    static void expect(const InjectionPlan& plan, const std::set<std::string>& both) { expect(plan, both, both); }
};

TEST_P(Edits, ADeletedFileIsGoneFromEveryTree) {
    InjectionPlan plan = files_only();
    plan.remove_files = {"/etc/obsolete.conf"};
    expect(plan, {"Only in A/etc: obsolete.conf"});
}

TEST_P(Edits, ADeletedDirectoryIsGoneWithAllInIt) {
    InjectionPlan plan = files_only();
    plan.remove_files = {"/docs/deep"};
    expect(plan, {"Only in A/docs: deep"});
}

TEST_P(Edits, ADirectoryCanBeReplacedByAnother) {
    InjectionPlan plan = files_only();
    plan.remove_files = {"/docs"};
    plan.files = {text_file("/docs/new", "new\n")};
    expect(plan, {"Only in A/docs: a", "Only in A/docs: deep", "Only in B/docs: new"});
}

TEST_P(Edits, AMissingPathCannotBeDeleted) {
    InjectionPlan plan = files_only();
    plan.remove_files = {"/etc/nothing"};
    const auto composition = try_compose(base(), plan);
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::NotFound);
    EXPECT_NE(composition.error().to_string().find("/etc/nothing"), std::string::npos);
}

TEST_P(Edits, EmptyDirectoriesAreMade) {
    InjectionPlan plan = files_only();
    plan.files = {directory("/new", 0700), directory("/etc/conf.d", 0755), text_file("/new/sub/file", "x")};
    expect(plan, {"Only in B: new", "Only in B/etc: conf.d"});
}

TEST_P(Edits, LinksAreMadeWhereATreeHoldsThem) {
    InjectionPlan plan = files_only();
    const std::string far = "../../" + std::string(200, 'n') + "/" + std::string(220, 'm') + "/./end";
    plan.files = {link("/etc/short", "keep"), link("/new/absolute", "/etc/keep")};
    if (!GetParam().rock_ridge) {
        const auto composition = try_compose(base(), plan);
        ASSERT_FALSE(composition.ok());
        EXPECT_EQ(composition.error().kind, base::ErrorKind::Unsupported);
        return;
    }
    expect(plan, {"Only in B/etc: short", "Only in B: new"}, {"Only in B: new"});
    plan.files.push_back(link("/etc/long", far));  // goes on in a continuation area
    const std::string after = extracted_by_xorriso(composed_file(base(), plan));
    EXPECT_EQ(shell("readlink " + after + "/etc/short"), "keep\n");
    EXPECT_EQ(shell("readlink " + after + "/new/absolute"), "/etc/keep\n");
    EXPECT_EQ(shell("readlink " + after + "/etc/long"), far + "\n");
    EXPECT_EQ(render_text(composed(base(), plan).report).find("cannot hold symbolic links") != std::string::npos,
              GetParam().joliet || GetParam().name == "XorrisoEnhanced");
}

TEST_P(Edits, ADeletedLinkLeavesItsTarget) {
    if (!GetParam().rock_ridge) {
        GTEST_SKIP() << "links are Rock Ridge's";
    }
    InjectionPlan plan = files_only();
    plan.remove_files = {"/etc/old-link"};
    const bool in_joliet = base::exists(extracted_by_joliet(base()) + "/etc/old-link");  // genisoimage puts it there
    expect(plan, {"Only in A/etc: old-link"},
           in_joliet ? std::set<std::string>{"Only in A/etc: old-link"} : std::set<std::string>{});
}

TEST_P(Edits, ModesAreSet) {
    if (!GetParam().rock_ridge) {
        GTEST_SKIP() << "modes are Rock Ridge's";
    }
    InjectionPlan plan = files_only();
    InjectedFile program = text_file("/bin/run", "#!/bin/sh\n");
    program.mode = 04751;
    InjectedFile replaced = text_file("/etc/obsolete.conf", "new\n");
    replaced.mode = 0600;
    plan.files = {program, replaced, directory("/docs/deep", 01777), directory("/secret", 0)};
    const std::string listing = shell("bsdtar -tvf " + composed_file(base(), plan));
    EXPECT_NE(listing.find("-rwsr-x--x"), std::string::npos) << listing;
    EXPECT_NE(listing.find("-rw-------"), std::string::npos) << listing;
    EXPECT_NE(listing.find("drwxrwxrwt"), std::string::npos) << listing;
    EXPECT_NE(listing.find("d---------"), std::string::npos) << listing;
}

TEST_P(Edits, NamesOfAHundredAndFortyCharactersAreReadByAll) {
    InjectionPlan plan = files_only();
    const std::string name = std::string(126, 'l') + ".configuration";
    plan.files = {text_file("/" + name, "long\n"), text_file("/etc/" + name, "long\n")};
    const std::string out = composed_file(base(), plan);
    const std::set<std::string> expected{"Only in B: " + name, "Only in B/etc: " + name};
    if (GetParam().rock_ridge) {
        EXPECT_EQ(differences(extracted_by_rock_ridge(base()), extracted_by_rock_ridge(out)), expected);
        EXPECT_EQ(differences(extracted_by_xorriso(base()), extracted_by_xorriso(out)), expected);
    }
    if (GetParam().joliet) {
        EXPECT_EQ(differences(extracted_by_joliet(base()), extracted_by_joliet(out)).size(), 2U);
        EXPECT_NE(render_text(composed(base(), plan).report).find("which cannot hold the name"), std::string::npos);
    }
}

TEST_P(Edits, LongerNamesAreReadByAllButStreamReadersAndSoTheReportSays) {
    if (!GetParam().rock_ridge) {
        GTEST_SKIP() << "such names are Rock Ridge's";
    }
    InjectionPlan plan = files_only();
    const std::string name = std::string(200, 'l') + ".configuration";
    plan.files = {text_file("/etc/" + name, "long\n")};
    EXPECT_EQ(differences(extracted_by_xorriso(base()), extracted_by_xorriso(composed_file(base(), plan))),
              std::set<std::string>{"Only in B/etc: " + name});
    EXPECT_NE(render_text(composed(base(), plan).report).find("(bsdtar) show it cut"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, Edits, testing::ValuesIn(kMakers),
                         [](const testing::TestParamInfo<Maker>& row) { return row.param.name; });

InjectedFile shown_file(const std::string& path, std::uint64_t size) {
    const std::string source = fresh_path(".bin");
    shell("head -c " + std::to_string(size) + " /dev/urandom > " + source);
    InjectedFile file;
    file.path = path;
    file.blob.file = image::FileSource::open(source).value();
    file.blob.digest = content_digest(*file.blob.file).value();
    return file;
}

TEST_P(Edits, LargeFilesAreShownNotCopied) {
    InjectionPlan plan = files_only();
    constexpr std::uint64_t kSize = (5U << 20U) + 777;
    plan.files = {shown_file("/drivers/set.bin", kSize), shown_file("/etc/keep", kSize),
                  shown_file("/drivers/empty", 0)};
    const Composition composition = composed(base(), plan);
    ASSERT_TRUE(composition.image);
    EXPECT_LT(composition.image->delta().size(), 65'536U);
    const std::string out = composed_file(base(), plan);
    const std::string after = GetParam().rock_ridge ? extracted_by_rock_ridge(out) : extracted_by_joliet(out);
    for (const InjectedFile& file : plan.files) {
        const std::string content = content_of(after + file.path);
        EXPECT_EQ(base::sha256(content), file.blob.digest) << file.path;
    }
    const std::string restored = fresh_path(".iso");
    EXPECT_TRUE(undo(**image::FileSource::open(out), restored).ok());
}

TEST_P(Edits, AFileShownHasThePlanDigestOfItsContent) {
    InjectionPlan shown = files_only();
    shown.files = {shown_file("/a", 3000)};
    InjectionPlan copied = files_only();
    copied.files = {text_file("/a", std::string(base::as_text(shown.files[0].blob.file->read_bytes(0, 3000).value())))};
    EXPECT_EQ(composed(base(), shown).report.plan_digest, composed(base(), copied).report.plan_digest);
}

TEST_P(Edits, AFileAboveFourGibibytesIsRefusedByName) {
    const std::string source = fresh_path(".bin");
    shell("truncate -s 4G " + source);
    InjectionPlan plan = files_only();
    plan.files.resize(1);
    plan.files[0].path = "/huge.wim";
    plan.files[0].blob = {image::FileSource::open(source).value(), base::sha256("huge")};
    const auto composition = try_compose(base(), plan);
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::Unsupported);
    EXPECT_NE(composition.error().to_string().find("/huge.wim"), std::string::npos);
}

struct Needed {
    std::string name;
    std::string path;
    std::string reason;
};

void PrintTo(const Needed& row, std::ostream* out) {
    *out << row.name;
}

const Needed kNeeded[] = {
    {"BootImage", "/isolinux/isolinux.bin", "boot image"},
    {"BootCatalog", "/isolinux/boot.cat", "boot catalog"},
    {"Configuration", "/isolinux/txt.cfg", "a configuration of the boot loader isolinux"},
    {"DirectoryOfABootImage", "/boot", "/boot/grub/efi.img is a boot image"},
    {"ConfigurationOfGrub", "/boot/grub/grub.cfg", "a configuration of the boot loader grub"},
    {"Kernel", "/install.amd/vmlinuz", "a kernel that"},
    {"Initrd", "/install.amd", "that"},
};

class NeededToBoot : public testing::TestWithParam<Needed> {};

TEST_P(NeededToBoot, IsNotDeleted) {
    InjectionPlan plan = files_only();
    plan.remove_files = {GetParam().path};
    const auto composition = try_compose(iso_of_layout("debian"), plan);
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::Unsupported);
    EXPECT_NE(composition.error().to_string().find(GetParam().reason), std::string::npos)
        << composition.error().to_string();
}

INSTANTIATE_TEST_SUITE_P(All, NeededToBoot, testing::ValuesIn(kNeeded),
                         [](const testing::TestParamInfo<Needed>& row) { return row.param.name; });

}  // namespace
}  // namespace isolde::vmedia::tests
