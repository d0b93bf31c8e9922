// SPDX-License-Identifier: GPL-3.0-or-later
//
// What `isolde media …` leaves on the disk when it cannot finish, and what it says of images that were changed since.
#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"
#include "media_program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

namespace isolde::tests {
namespace {

class MediaOutputs : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        directory_ =
            std::make_unique<base::TemporaryDirectory>(*base::TemporaryDirectory::create("isolde-output-test"));
        const Outcome made = run({environment("ISOLDE_SOURCE_DIR", ".") + "/tests/support/make_iso.sh", "--layout",
                                  "debian", "--fake-kernel", path("base.iso")});
        ASSERT_EQ(made.exit_code, 0) << made.output;
        ASSERT_EQ(compose_to(path("composed.iso")).exit_code, 0);
    }
    static void TearDownTestSuite() { directory_.reset(); }

    void SetUp() override {
        names_ = *base::list_directory(directory_->path());
        names_.emplace_back("out.iso");
        std::sort(names_.begin(), names_.end());
    }
    void TearDown() override {
        std::filesystem::remove_all(path("out.iso"));
        std::filesystem::remove(path("changed.iso"));
    }

    static std::string path(const std::string& name) { return directory_->path() + "/" + name; }
    static Outcome compose_to(const std::string& output) {
        return media({"compose", path("base.iso"), "--append", "debug", "--output", output});
    }
    static Outcome bash(const std::string& script) {
        return run({"bash", "-c",
                    "isolde='" + environment("ISOLDE_BIN_DIR", "build/dev/bin") + "/isolde'; cd " + directory_->path() +
                        "; " + script});
    }
    static bool same(const std::string& left, const std::string& right) {
        return run({"cmp", path(left), path(right)}).exit_code == 0;
    }
    /// What undo says of a copy of the composed image to which `script` did something.
    static Outcome undo_of_changed(const std::string& script) {
        return bash("cp composed.iso changed.iso; " + script + "; $isolde media undo changed.iso --output out.iso");
    }
    std::vector<std::string> names() const { return *base::list_directory(directory_->path()); }

    static std::unique_ptr<base::TemporaryDirectory> directory_;
    std::vector<std::string> names_;  ///< before the test, and "out.iso"
};

std::unique_ptr<base::TemporaryDirectory> MediaOutputs::directory_;

TEST_F(MediaOutputs, MayTakeThePlaceOfTheBaseThatIsRead) {
    ASSERT_EQ(run({"cp", path("base.iso"), path("out.iso")}).exit_code, 0);
    const Outcome composed = media({"compose", path("out.iso"), "--append", "debug", "--output", path("out.iso")});
    EXPECT_EQ(composed.exit_code, 0) << composed.output;
    EXPECT_TRUE(same("out.iso", "composed.iso"));
    const Outcome undone = media({"undo", path("out.iso"), "--output", path("out.iso")});
    EXPECT_EQ(undone.exit_code, 0) << undone.output;
    EXPECT_TRUE(same("out.iso", "base.iso"));
}

TEST_F(MediaOutputs, LeaveWhatWasThereWhenTheDiskIsFull) {
    ASSERT_TRUE(base::write_durably(path("out.iso"), "before").ok());
    const std::string compose = "$isolde media compose base.iso --append debug --output out.iso";
    const Outcome killed = bash("ulimit -f 4000; " + compose);
    EXPECT_NE(killed.exit_code, 0);
    const Outcome refused = bash("trap '' XFSZ; ulimit -f 4000; " + compose);
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.output.find("writing out.iso"), std::string::npos) << refused.output;
    EXPECT_EQ(*base::read_file(path("out.iso")), "before");
    EXPECT_EQ(names(), names_);
}

TEST_F(MediaOutputs, ThatAreOverlaysComeWholeOrNotAtAll) {
    const std::string compose = "trap '' XFSZ; ulimit -f 4; $isolde media compose base.iso --append debug --overlay ";
    EXPECT_EQ(bash(compose + "out.iso").exit_code, 1);
    EXPECT_FALSE(base::exists(path("out.iso")));
    ASSERT_EQ(bash("mkdir out.iso; echo old > out.iso/delta").exit_code, 0);
    EXPECT_EQ(bash(compose + "out.iso").exit_code, 1);
    EXPECT_EQ(*base::list_directory(path("out.iso")), std::vector<std::string>{"delta"});
    EXPECT_EQ(*base::read_file(path("out.iso/delta")), "old\n");
}

struct ChangeRow {
    std::string name;
    std::string script;
    std::string said;
};

TEST_F(MediaOutputs, OfUndoAreRefusedWhenTheImageIsNotAsItWasMade) {
    const ChangeRow rows[] = {
        {"cut within the padding", "truncate -s -100 changed.iso", "is cut off: it should have"},
        {"cut", "truncate -s -1M changed.iso", "is cut off: it should have"},
        {"a changed descriptor", "printf X | dd of=changed.iso bs=1 seek=33000 conv=notrunc status=none",
         "was changed after it was made"},
        {"a changed manifest",
         "printf Z | dd of=changed.iso bs=1 conv=notrunc status=none seek=$(($(grep -abo isolde-manifest-1 changed.iso"
         " | tail -1 | cut -d: -f1) + 9))",
         "does not have its digest"},
    };
    for (const ChangeRow& row : rows) {
        const Outcome outcome = undo_of_changed(row.script);
        EXPECT_EQ(outcome.exit_code, 1) << row.name;
        EXPECT_NE(outcome.output.find(row.said), std::string::npos) << row.name << ": " << outcome.output;
        EXPECT_FALSE(base::exists(path("out.iso"))) << row.name;
    }
}

TEST_F(MediaOutputs, AreDescribedWithTheDigestsOfEachRangeBeforeAndAfter) {
    const std::string before = *base::read_file(path("base.iso"));
    const std::string after = *base::read_file(path("composed.iso"));
    const auto manifest = base::parse_json(media({"describe", path("composed.iso"), "--json"}).output);
    ASSERT_TRUE(manifest.ok());
    std::size_t of_the_base = 0;
    for (const base::Json& change : (*manifest)["changes"]) {
        const std::size_t offset = change["offset"];
        const std::size_t length = change["length"];
        if (change.contains("after")) {
            EXPECT_EQ(change["after"]["sha256"], base::sha256(after.substr(offset, length)).hex()) << change;
        }
        if (change.contains("before")) {
            EXPECT_EQ(change["before"]["sha256"], base::sha256(before.substr(offset, length)).hex()) << change;
            ++of_the_base;
        }
    }
    EXPECT_GT(of_the_base, 4U);
}

TEST_F(MediaOutputs, AreNotDescribedWhenTheirManifestStatesZerosWithoutEnd) {
    const std::string change = R"({"offset": 0, "length": 1, "before": {"zeros": 40000000}})";
    const std::string manifest = R"({"format": "isolde-manifest-1", "changes": [)" + change + ", " + change + "]}";
    ASSERT_TRUE(base::make_directories(path("endless")).ok());
    ASSERT_TRUE(base::write_durably(path("endless/manifest.json"), manifest).ok());
    const Outcome outcome = bash("$isolde media describe endless --json");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_NE(outcome.output.find("state more than 67108864 zeros"), std::string::npos) << outcome.output;
}

TEST_F(MediaOutputs, OfUndoAreFoundBehindWhatAUsbStickHasMore) {
    const Outcome outcome = undo_of_changed("truncate -s +1M changed.iso");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_TRUE(same("out.iso", "base.iso"));
}

TEST_F(MediaOutputs, OfUndoAreVouchedForByTheBasesOwnDigestOnly) {
    const std::string digest = "sha256:" + run({"sha256sum", path("base.iso")}).output.substr(0, 64);
    const std::string change = "printf X | dd of=changed.iso bs=1 seek=5000000 conv=notrunc status=none";
    const Outcome sampled = undo_of_changed(change);
    EXPECT_NE(sampled.output.find("knows a sample of its base only"), std::string::npos) << sampled.output;
    EXPECT_NE(bash("$isolde media describe changed.iso").output.find("base fingerprint:"), std::string::npos);

    const std::string compose = "$isolde media compose base.iso --append debug --output changed.iso --base-digest ";
    ASSERT_EQ(bash(compose + digest).exit_code, 0);
    EXPECT_EQ(bash("$isolde media undo changed.iso --output out.iso").output, "out.iso: " + digest + "\n");
    const Outcome refused = bash("rm out.iso; " + change + "; $isolde media undo changed.iso --output out.iso");
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.output.find("the base was " + digest), std::string::npos) << refused.output;
    EXPECT_FALSE(base::exists(path("out.iso")));
}

}  // namespace
}  // namespace isolde::tests
