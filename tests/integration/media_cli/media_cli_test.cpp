// SPDX-License-Identifier: GPL-3.0-or-later
//
// `isolde media …` as its users run it.
#include "base/files.h"
#include "base/json.h"
#include "base/version.h"
#include "media_program.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace isolde::tests {
namespace {

class MediaCli : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        directory_ = std::make_unique<base::TemporaryDirectory>(*base::TemporaryDirectory::create("isolde-media-test"));
        const Outcome made = run({environment("ISOLDE_SOURCE_DIR", ".") + "/tests/support/make_iso.sh", "--layout",
                                  "debian", "--fake-kernel", path("base.iso")});
        ASSERT_EQ(made.exit_code, 0) << made.output;
        ASSERT_TRUE(base::write_durably(path("seed"), "hello\n").ok());
    }
    static void TearDownTestSuite() { directory_.reset(); }

    static std::string path(const std::string& name) { return directory_->path() + "/" + name; }
    static std::unique_ptr<base::TemporaryDirectory> directory_;
};

std::unique_ptr<base::TemporaryDirectory> MediaCli::directory_;

TEST_F(MediaCli, OtherCommandsAreDoneByTheProgramBesideIt) {
    const std::string isolde = environment("ISOLDE_BIN_DIR", "build/dev/bin") + "/isolde";
    const Outcome help = run({isolde, "--help"});
    EXPECT_EQ(help.exit_code, 0) << help.output;
    for (const char* command : {"node", "image", "media", "conductor", "bmc"}) {
        EXPECT_NE(help.output.find(std::string("\n  ") + command + " "), std::string::npos) << help.output;
    }
    EXPECT_EQ(run({isolde, "--version"}).output, base::version_line("isolde") + "\n");
    const Outcome unreachable = run({isolde, "--endpoint", "http://127.0.0.1:1", "node", "list"});
    EXPECT_EQ(unreachable.exit_code, 1);
    EXPECT_NE(unreachable.output.find("http://127.0.0.1:1 cannot be reached"), std::string::npos) << unreachable.output;
    EXPECT_EQ(run({isolde, "--json", "media", "inspect", path("base.iso")}).output,
              run({isolde, "media", "inspect", path("base.iso"), "--json"}).output);
    EXPECT_EQ(run({isolde, "nonsense"}).exit_code, 2);
}

TEST_F(MediaCli, AloneItComposesAndSaysWhatItLacksForMore) {
    ASSERT_EQ(run({"cp", environment("ISOLDE_BIN_DIR", "build/dev/bin") + "/isolde", path("isolde")}).exit_code, 0);
    EXPECT_EQ(run({path("isolde"), "media", "inspect", path("base.iso")}).exit_code, 0);
    const Outcome refused = run({path("isolde"), "node", "list"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.output.find(path("isolde-remote") + " cannot be run"), std::string::npos) << refused.output;
    ASSERT_EQ(run({"rm", path("isolde")}).exit_code, 0);
}

TEST_F(MediaCli, PlanPrintsADiffAndWritesNothing) {
    const auto before = *base::list_directory(directory_->path());
    const Outcome plan = media({"plan", path("base.iso"), "--append", "console=ttyS0"});
    EXPECT_EQ(plan.exit_code, 0) << plan.output;
    EXPECT_NE(plan.output.find("+++ /isolinux/txt.cfg"), std::string::npos) << plan.output;
    EXPECT_NE(plan.output.find("console=ttyS0 --- quiet"), std::string::npos) << plan.output;
    EXPECT_EQ(*base::list_directory(directory_->path()), before);
}

TEST_F(MediaCli, ComposedImagesAreDescribedAndUndone) {
    const Outcome composed =
        media({"compose", path("base.iso"), "--append", "debug", "--file", path("seed") + "=/seed/user-data",
               "--initrd-file", path("seed") + "=/preseed.cfg", "--output", path("out.iso")});
    ASSERT_EQ(composed.exit_code, 0) << composed.output;
    const Outcome described = media({"describe", path("out.iso")});
    EXPECT_EQ(described.exit_code, 0);
    EXPECT_NE(described.output.find("append-cpio  /install.amd/initrd.gz"), std::string::npos) << described.output;
    EXPECT_EQ(run({"isoinfo", "-R", "-i", path("out.iso"), "-x", "/seed/user-data"}).output, "hello\n");
    ASSERT_EQ(media({"undo", path("out.iso"), "--output", path("again.iso")}).exit_code, 0);
    EXPECT_EQ(run({"cmp", path("base.iso"), path("again.iso")}).exit_code, 0);
}

TEST_F(MediaCli, WholeDirectoriesLinksAndDeletions) {
    ASSERT_EQ(run({"bash", "-c",
                   "mkdir -p " + path("seeds/deep") + " && for i in $(seq 300); do echo $i > " + path("seeds/deep/") +
                       "file-$i; done && ln -s deep/file-7 " + path("seeds/seven")})
                  .exit_code,
              0);
    const Outcome composed = media({"compose", path("base.iso"), "--file", path("seeds") + "=/seeds", "--mkdir",
                                    "/empty", "--symlink", "../seeds=/empty/back", "--output", path("out.iso")});
    ASSERT_EQ(composed.exit_code, 0) << composed.output;
    const std::string listing = run({"isoinfo", "-R", "-f", "-i", path("out.iso")}).output;
    for (const char* name : {"/seeds/deep/file-1\n", "/seeds/deep/file-300\n", "/seeds/seven\n", "/empty/back\n"}) {
        EXPECT_NE(listing.find(name), std::string::npos) << name;
    }
    const Outcome without =
        media({"compose", path("out.iso"), "--delete", "/seeds/deep", "--output", path("less.iso")});
    ASSERT_EQ(without.exit_code, 0) << without.output;
    const std::string less = run({"isoinfo", "-R", "-f", "-i", path("less.iso")}).output;
    EXPECT_EQ(less.find("/seeds/deep"), std::string::npos);
    EXPECT_NE(less.find("/seeds/seven"), std::string::npos);
}

/// The image put together from an overlay by somebody else's program is the image that --output writes.
TEST_F(MediaCli, AnOverlayIsTheSameImage) {
    const std::vector<std::string> plan{path("base.iso"), "--append", "debug"};
    const auto with = [&](const char* option, const std::string& place) {
        std::vector<std::string> arguments{"compose"};
        arguments.insert(arguments.end(), plan.begin(), plan.end());
        arguments.insert(arguments.end(), {option, place});
        return media(arguments);
    };
    ASSERT_EQ(with("--output", path("whole.iso")).exit_code, 0);
    ASSERT_EQ(with("--overlay", path("overlay")).exit_code, 0);
    const auto map = base::parse_json(*base::read_file(path("overlay/extents.json")));
    ASSERT_TRUE(map.ok());
    const std::string base = *base::read_file(path("base.iso"));
    const std::string delta = *base::read_file(path("overlay/delta"));
    std::string built;
    for (const base::Json& extent : (*map)["extents"]) {
        const std::size_t length = extent["length"];
        if (extent["source"] == "zero") {
            built += std::string(length, '\0');
        } else {
            built += (extent["source"] == "base" ? base : delta).substr(extent["source_offset"], length);
        }
    }
    EXPECT_TRUE(built == *base::read_file(path("whole.iso")));
    EXPECT_EQ(media({"describe", path("overlay")}).output, media({"describe", path("whole.iso")}).output);
}

TEST_F(MediaCli, TheKeyChangesThePlanDigest) {
    ASSERT_TRUE(base::write_durably(path("key"), "secret").ok());
    const auto digest = [&](std::vector<std::string> extra) {
        std::vector<std::string> arguments{"plan", path("base.iso"), "--append", "debug", "--json"};
        arguments.insert(arguments.end(), extra.begin(), extra.end());
        return base::parse_json(media(arguments).output)->at("plan_digest").get<std::string>();
    };
    EXPECT_EQ(digest({}), digest({}));
    EXPECT_NE(digest({}), digest({"--key", path("key")}));
}

struct ExitRow {
    std::string name;
    std::vector<std::string> arguments;
    int exit_code;
};

TEST_F(MediaCli, ExitsWithOneWhenRefusedAndTwoOnWrongUsage) {
    const ExitRow rows[] = {
        {"no subcommand", {}, 2},
        {"no output", {"compose", path("base.iso"), "--append", "x"}, 2},
        {"two outputs", {"compose", path("base.iso"), "--output", path("a"), "--overlay", path("b")}, 2},
        {"unknown option", {"plan", path("base.iso"), "--what"}, 2},
        {"no such image", {"plan", path("missing.iso"), "--append", "x"}, 1},
        {"a link option without a target", {"plan", path("base.iso"), "--symlink", "=/a"}, 1},
        {"a deletion of what the boot needs", {"plan", path("base.iso"), "--delete", "/isolinux"}, 1},
        {"a file option without a path", {"plan", path("base.iso"), "--file", path("seed")}, 1},
        {"an image that was not composed", {"describe", path("base.iso")}, 1},
        {"an image that is none", {"plan", path("seed"), "--append", "x"}, 1},
    };
    for (const ExitRow& row : rows) {
        EXPECT_EQ(media(row.arguments).exit_code, row.exit_code) << row.name;
    }
}

}  // namespace
}  // namespace isolde::tests
