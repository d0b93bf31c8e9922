// SPDX-License-Identifier: GPL-3.0-or-later
#include "workbench.h"

#include "image/iso9660.h"

namespace isolde::vmedia::tests {
namespace {

/// A tree of all that directory records can be: a full directory, depth, long names, an empty file, hard links.
const std::string& source_tree() {
    static const std::string directory = [] {
        const std::string path = lasting_path("-tree");
        shell("mkdir -p " + path + "/full " + path + "/d1/d2/d3/d4/d5/d6 " + path + "/etc && cd " + path +
              " && for i in $(seq 100 180); do echo $i > full/file-number-$i.txt; done" +
              " && echo deep > d1/d2/d3/d4/d5/d6/deep.txt && : > etc/empty && echo same > etc/one.cfg" +
              " && ln etc/one.cfg etc/two.cfg && echo 'A long name' > etc/a-file-with-quite-a-long-name.configuration" +
              " && find . -exec touch -h -d @1700000000 {} +");
        return path;
    }();
    return directory;
}

struct TreeRow {
    std::string name;
    std::string command;  ///< with "-o OUT TREE" behind it
    bool rock_ridge = false;
    bool joliet = false;
};

void PrintTo(const TreeRow& row, std::ostream* out) {
    *out << row.name;
}

const TreeRow kTrees[] = {
    {"XorrisoRockRidgeJoliet", "xorriso -as mkisofs -quiet -r -J", true, true},
    {"XorrisoRockRidge", "xorriso -as mkisofs -quiet -r", true, false},
    {"GenisoimageRockRidgeJoliet", "genisoimage -quiet -r -J", true, true},
    {"GenisoimageRockRidge", "genisoimage -quiet -r", true, false},
    {"GenisoimageJolietOnly", "genisoimage -quiet -J", false, true},
    {"GenisoimageWithEnhanced", "genisoimage -quiet -r -J -iso-level 4", true, true},
    {"XorrisoTwin", "xorriso -as mkisofs -quiet -r -J -partition_offset 16", true, true},
};

class Trees : public testing::TestWithParam<TreeRow> {
  protected:
    static const std::string& base() {
        static std::map<std::string, std::string> made;
        auto [place, is_new] = made.try_emplace(GetParam().name, scratch() + "/" + GetParam().name + ".iso");
        if (is_new) {
            shell(GetParam().command + " -V TREE -o " + place->second + " " + source_tree() + " 2>&1");
        }
        return place->second;
    }

    /// The differences by every reader of every tree that this image has.
    static void expect_differences(const InjectionPlan& plan, const std::set<std::string>& expected) {
        const std::string out = composed_file(base(), plan);
        if (GetParam().rock_ridge) {
            const std::string after = extracted_by_rock_ridge(out);
            EXPECT_EQ(differences(extracted_by_rock_ridge(base()), after), expected);
            EXPECT_EQ(differences(after, extracted_by_xorriso(out)), std::set<std::string>());
        }
        if (GetParam().joliet) {
            EXPECT_EQ(differences(extracted_by_joliet(base()), extracted_by_joliet(out)), expected);
            EXPECT_EQ(lines_of(shell("isoinfo -J -f -i " + base())).size() + added_count(plan),
                      lines_of(shell("isoinfo -J -f -i " + out)).size());
        }
    }

    static std::size_t added_count(const InjectionPlan& plan) {
        std::set<std::string> paths;
        for (const InjectedFile& file : plan.files) {
            const std::string existing = source_tree() + file.path;
            if (base::exists(existing)) {
                continue;
            }
            paths.insert(file.path);
            for (std::size_t at = file.path.rfind('/'); at > 0; at = file.path.rfind('/', at - 1)) {
                if (!base::exists(source_tree() + file.path.substr(0, at))) {
                    paths.insert(file.path.substr(0, at));
                }
            }
        }
        return paths.size();
    }

    static InjectionPlan files_only() {
        InjectionPlan plan;
        plan.unattended = false;
        return plan;
    }
};

TEST_P(Trees, AFileInANewDirectory) {
    InjectionPlan plan = files_only();
    plan.files = {text_file("/seed/user-data", "#cloud-config\n"), text_file("/seed/meta-data", "")};
    expect_differences(plan, {"Only in B: seed"});
}

TEST_P(Trees, AFileInAFullDirectoryMovesTheDirectory) {
    InjectionPlan plan = files_only();
    std::set<std::string> expected;
    for (int i = 0; i < 30; ++i) {
        const std::string name = "added-" + std::to_string(100 + i) + ".txt";
        plan.files.push_back(text_file("/full/" + name, name));
        expected.insert("Only in B/full: " + name);
    }
    expect_differences(plan, expected);
}

TEST_P(Trees, TwoHundredFilesInTwoHundredDirectories) {
    InjectionPlan plan = files_only();
    std::set<std::string> expected;
    for (int i = 0; i < 200; ++i) {
        const std::string name = "directory-" + std::to_string(1000 + i);
        plan.files.push_back(text_file("/etc/" + name + "/data.txt", name));
        expected.insert("Only in B/etc: " + name);
    }
    expect_differences(plan, expected);
}

TEST_P(Trees, AReplacedFileDoesNotChangeTheOneThatSharesItsContent) {
    InjectionPlan plan = files_only();
    plan.files = {text_file("/etc/one.cfg", "other\n")};
    expect_differences(plan, {changed("/etc/one.cfg")});
}

TEST_P(Trees, DeepDirectories) {
    InjectionPlan plan = files_only();
    plan.files = {text_file("/d1/d2/d3/d4/d5/d6/more.txt", "more\n")};
    expect_differences(plan, {"Only in B/d1/d2/d3/d4/d5/d6: more.txt"});
}

TEST_P(Trees, ANewFileThatReplacesAnEmptyOne) {
    InjectionPlan plan = files_only();
    plan.files = {text_file("/etc/empty", "no more\n")};
    expect_differences(plan, {changed("/etc/empty")});
}

TEST_P(Trees, ADirectoryInTheWayIsAConflict) {
    InjectionPlan plan = files_only();
    plan.files = {text_file("/full", "x")};
    const auto composition = try_compose(base(), plan);
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::Conflict);
}

TEST_P(Trees, AFileInTheWayOfADirectoryIsAConflict) {
    InjectionPlan plan = files_only();
    plan.files = {text_file("/etc/empty/below", "x")};
    const auto composition = try_compose(base(), plan);
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::Conflict);
}

TEST_P(Trees, PathTablesListEveryDirectoryInBothByteOrders) {
    InjectionPlan plan = files_only();
    plan.files = {text_file("/new/nested/file", "x"), text_file("/d1/another/file", "x")};
    const Composition composition = composed(base(), plan);
    const auto volume = image::read_iso9660(*composition.image);
    ASSERT_TRUE(volume.ok());
    for (const image::IsoTree& tree : volume->trees) {
        std::multiset<std::uint32_t> directories{tree.root.block};
        ASSERT_TRUE(image::walk(*composition.image, tree,
                                [&](const std::string&, const image::IsoEntry& entry, image::DirectoryLocation) {
                                    if (entry.is_directory()) {
                                        directories.insert(entry.location.block);
                                    }
                                    return base::Result<void>();
                                })
                        .ok());
        for (const auto& [block, order] : {std::pair(tree.path_table_little, image::PathTableOrder::Little),
                                           std::pair(tree.path_table_big, image::PathTableOrder::Big)}) {
            const auto table = image::read_path_table(*composition.image, tree, block, order);
            ASSERT_TRUE(table.ok()) << to_string(tree);
            std::multiset<std::uint32_t> listed;
            for (const auto& record : *table) {
                listed.insert(record.block);
            }
            EXPECT_EQ(listed, directories) << to_string(tree);
        }
    }
}

TEST_P(Trees, LinkCountsFollowNewDirectories) {
    if (!GetParam().rock_ridge) {
        GTEST_SKIP() << "link counts are Rock Ridge's";
    }
    InjectionPlan plan = files_only();
    plan.files = {text_file("/etc/sub/file", "x")};
    const Composition composition = composed(base(), plan);
    const auto volume = image::read_iso9660(*composition.image);
    const auto before = image::find(**image::FileSource::open(base()), volume->primary(), "/etc");
    const auto after = image::find(*composition.image, volume->primary(), "/etc");
    ASSERT_TRUE(before.ok() && after.ok());
    EXPECT_EQ(after->entry.system_use.posix->links, before->entry.system_use.posix->links + 1);
}

INSTANTIATE_TEST_SUITE_P(All, Trees, testing::ValuesIn(kTrees),
                         [](const testing::TestParamInfo<TreeRow>& row) { return row.param.name; });

/// Eleven levels: genisoimage moves the deepest directories to /rr_moved.
const std::string& relocated_iso() {
    static const std::string iso = [] {
        const std::string tree = lasting_path("-deep");
        const std::string path = lasting_path(".iso");
        shell("mkdir -p " + tree + "/1/2/3/4/5/6/7/8/9/10/11 " + tree + "/side && echo x > " + tree +
              "/1/2/3/4/5/6/7/8/9/10/file && echo y > " + tree + "/1/2/3/4/5/6/7/8/9/10/11/last && echo z > " + tree +
              "/side/z && genisoimage -quiet -r -o " + path + " " + tree + " 2>&1");
        return path;
    }();
    return iso;
}

void expect_rock_ridge_differences(const std::string& iso, const InjectionPlan& plan,
                                   const std::set<std::string>& expected) {
    const std::string out = composed_file(iso, plan);
    const std::string after = extracted_by_rock_ridge(out);
    EXPECT_EQ(differences(extracted_by_rock_ridge(iso), after), expected);
    EXPECT_EQ(differences(extracted_by_xorriso(iso), extracted_by_xorriso(out)), expected);
}

TEST(RelocatedDirectories, TakeAFileInPlace) {
    InjectionPlan plan;
    plan.unattended = false;
    plan.files = {text_file("/1/2/3/4/5/6/7/8/9/10/more", "more\n")};
    expect_rock_ridge_differences(relocated_iso(), plan, {"Only in B/1/2/3/4/5/6/7/8/9/10: more"});
}

TEST(RelocatedDirectories, Grow) {
    const std::string holder = "/1/2/3/4/5/6/7";  // of the record that leads to the relocated directory
    for (const std::string& directory : {holder + "/8", holder + "/8/9", holder}) {
        SCOPED_TRACE(directory);
        InjectionPlan plan;
        plan.unattended = false;
        std::set<std::string> expected;
        for (int i = 0; i < 40; ++i) {
            plan.files.push_back(text_file(directory + "/file-" + std::to_string(i), "x"));
            expected.insert("Only in B" + directory + ": file-" + std::to_string(i));
        }
        if (directory != holder) {
            expect_rock_ridge_differences(relocated_iso(), plan, expected);
            continue;
        }
        const Composition composition = composed(relocated_iso(), plan);
        EXPECT_NE(render_text(composition.report).find("programs that read the image as a stream"), std::string::npos);
        EXPECT_EQ(differences(extracted_by_xorriso(relocated_iso()),
                              extracted_by_xorriso(composed_file(relocated_iso(), plan))),
                  expected);
    }
}

TEST(RelocatedDirectories, GoWithTheDirectoryThatIsDeleted) {
    for (const std::string directory : {"/1/2/3/4/5", "/1/2/3/4/5/6/7/8", "/1/2/3/4/5/6/7/8/9/10/11"}) {
        SCOPED_TRACE(directory);
        InjectionPlan plan;
        plan.unattended = false;
        plan.remove_files = {directory};
        const std::size_t slash = directory.rfind('/');
        expect_rock_ridge_differences(relocated_iso(), plan,
                                      {"Only in A" + directory.substr(0, slash) + ": " + directory.substr(slash + 1)});
    }
}

TEST(RelocatedDirectories, GoOnceWhenADirectoryAboveThemIsDeletedToo) {
    const std::string above = "/1/2/3/4/5";
    const std::string relocated = above + "/6/7/8";
    for (const auto& paths : std::vector<std::vector<std::string>>{{relocated, above}, {above, relocated}}) {
        SCOPED_TRACE(paths.front());
        InjectionPlan plan;
        plan.unattended = false;
        plan.remove_files = paths;
        expect_rock_ridge_differences(relocated_iso(), plan, {"Only in A/1/2/3/4: 5"});
    }
}

TEST(PlainIso9660, NamesAreShortenedButTheFileIsThere) {
    const std::string iso = fresh_path(".iso");
    shell("genisoimage -quiet -o " + iso + " " + source_tree() + " 2>&1");
    InjectionPlan plan;
    plan.unattended = false;
    plan.files = {text_file("/seed/data.cfg", "x\n"), text_file("/seed/more.cfg", "y\n")};
    const std::string out = composed_file(iso, plan);
    EXPECT_EQ(shell("isoinfo -i " + out + " -x '/SEED/DATA.CFG;1'"), "x\n");
    EXPECT_EQ(shell("isoinfo -i " + out + " -x '/SEED/MORE.CFG;1'"), "y\n");
}

}  // namespace
}  // namespace isolde::vmedia::tests
