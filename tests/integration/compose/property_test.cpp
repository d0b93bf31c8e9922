// SPDX-License-Identifier: GPL-3.0-or-later
#include "workbench.h"

#include <random>

namespace isolde::vmedia::tests {
namespace {

constexpr int kPairs = 60;
constexpr int kRanges = 200;

/// Uniform in [0, bound), the same on every machine.
std::uint64_t below(std::mt19937_64& random, std::uint64_t bound) {
    return random() % bound;
}

std::string random_tree(std::mt19937_64& random) {
    const std::string path = fresh_path("-tree");
    std::string script = "mkdir -p " + path + "; cd " + path;
    const std::uint64_t directories = 1 + below(random, 6);
    for (std::uint64_t d = 0; d < directories; ++d) {
        const std::string directory = "dir" + std::to_string(d) + (below(random, 2) == 0 ? "/sub" : "");
        script += "; mkdir -p " + directory;
        const std::uint64_t files = below(random, 25);
        script += "; for i in $(seq " + std::to_string(files) +
                  "); do head -c $((i * 331)) /dev/zero | tr '\\0' $((i % 10)) > " + directory + "/file-$i.txt; done";
    }
    shell(script);
    return path;
}

std::string random_iso(std::mt19937_64& random) {
    static const char* const kCommands[] = {"xorriso -as mkisofs -quiet -r -J", "xorriso -as mkisofs -quiet -r",
                                            "genisoimage -quiet -r -J", "genisoimage -quiet -J",
                                            "xorriso -as mkisofs -quiet -r -J -partition_offset 16"};
    const std::string path = fresh_path(".iso");
    shell(std::string(kCommands[below(random, std::size(kCommands))]) + " -o " + path + " " + random_tree(random) +
          " 2>&1");
    return path;
}

InjectionPlan random_plan(std::mt19937_64& random) {
    InjectionPlan plan;
    plan.unattended = false;
    std::set<std::string> paths;
    const std::uint64_t files = 1 + below(random, 20);
    for (std::uint64_t i = 0; i < files; ++i) {
        std::string path = "/dir" + std::to_string(below(random, 8));
        path += below(random, 2) == 0 ? "/sub" : "";
        path += "/file-" + std::to_string(below(random, 40)) + ".txt";
        if (paths.insert(path).second) {
            plan.files.push_back(text_file(path, std::string(below(random, 9000), static_cast<char>('a' + i))));
        }
    }
    return plan;
}

/// Random ranges of the composed image and of the materialised file.
void expect_equal_reads(const ComposedImage& image, const image::ByteSource& file, std::mt19937_64& random) {
    ASSERT_EQ(image.size(), file.size());
    for (int i = 0; i < kRanges; ++i) {
        const std::uint64_t offset = below(random, image.size());
        const std::uint64_t length = below(random, std::min<std::uint64_t>(image.size() - offset, 20'000)) + 1;
        ASSERT_EQ(*image.read_bytes(offset, length), *file.read_bytes(offset, length)) << offset << "+" << length;
    }
}

TEST(RandomTreesAndPlans, ReadBackAsAsked) {
    std::mt19937_64 random(20261121);
    for (int pair = 0; pair < kPairs; ++pair) {
        SCOPED_TRACE("pair " + std::to_string(pair));
        const std::string iso = random_iso(random);
        const InjectionPlan plan = random_plan(random);
        const Composition composition = composed(iso, plan);
        ASSERT_TRUE(composition.image);
        const std::string out = fresh_path(".iso");
        ASSERT_TRUE(materialize(*composition.image, out).ok());
        expect_equal_reads(*composition.image, **image::FileSource::open(out), random);

        const std::string before = extracted_by_rock_ridge(iso);
        const std::string after = extracted_by_rock_ridge(out);
        for (const InjectedFile& file : plan.files) {
            ASSERT_EQ(content_of(after + file.path), base::as_text(file.content)) << file.path;
            shell("rm -f " + before + file.path + " " + after + file.path);
        }
        shell("find " + before + " " + after + " -depth -type d -empty -delete");
        EXPECT_EQ(differences(before, after), std::set<std::string>());

        const std::string restored = fresh_path(".iso");
        ASSERT_TRUE(undo(**image::FileSource::open(out), restored).ok());
        EXPECT_EQ(try_shell("cmp " + iso + " " + restored).exit_code, 0);
        shell("rm -rf " + before + " " + after + " " + out + " " + restored + " " + iso);
    }
}

}  // namespace
}  // namespace isolde::vmedia::tests
