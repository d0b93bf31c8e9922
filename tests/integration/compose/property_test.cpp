// SPDX-License-Identifier: GPL-3.0-or-later
//
// Random images and random plans. For every plan: each tree holds what it held and what the plan says, the same plan
// gives the same image, ranges read as the whole file reads, and the base can be restored from the image. Once for
// every image: five programs that know nothing of us read the same.
#include "random_trees.h"

#include "image/el_torito.h"

namespace isolde::vmedia::tests {
namespace {

constexpr int kRanges = 100;  // of each plan
constexpr std::uint64_t kSystemArea = 32768;

int from_environment(const char* name, int otherwise) {
    const char* const given = std::getenv(name);
    return given == nullptr ? otherwise : std::stoi(given);
}

/// Around the edges of extents, where a mistake would be.
void expect_equal_ranges(const ComposedImage& image, const base::Bytes& whole, std::mt19937_64& random) {
    const auto& extents = image.extents().extents();
    for (int i = 0; i < kRanges; ++i) {
        const std::uint64_t edge = extents[below(random, extents.size())].offset;
        const std::uint64_t start = edge - std::min(edge, below(random, 3000));
        const std::uint64_t length = std::min(1 + below(random, 6000), image.size() - start);
        const auto part = image.read_bytes(start, length);
        ASSERT_TRUE(part.ok());
        ASSERT_TRUE(base::as_text(*part) == base::as_text(whole).substr(start, length)) << start << "+" << length;
    }
}

base::Bytes original_of(const base::Json& change) {
    const base::Json& before = change["before"];
    if (before.contains("zeros")) {
        return base::Bytes(before["zeros"].get<std::size_t>());
    }
    auto bytes = base::from_base64(before.value("base64", ""));
    EXPECT_TRUE(bytes.ok());
    return std::move(bytes).value_or({});
}

/// What the manifest does not declare is as it was; what it declares of the boot structures is of few kinds.
void expect_undone(const base::Json& manifest, base::Bytes whole, const base::Bytes& base) {
    whole.resize(base.size());
    for (const base::Json& change : manifest["changes"]) {
        if (!change.contains("before")) {
            continue;
        }
        const std::uint64_t offset = change["offset"];
        const base::Bytes bytes = original_of(change);
        std::copy(bytes.begin(), bytes.end(), whole.begin() + static_cast<std::ptrdiff_t>(offset));
        if (offset < kSystemArea) {
            EXPECT_EQ(change["technique"], "partition-table");
        }
    }
    EXPECT_TRUE(base::as_text(whole) == base::as_text(base));
}

void expect_same_boot(const image::ByteSource& before, const image::ByteSource& after) {
    const auto volume = image::read_iso9660(before);
    ASSERT_TRUE(volume.ok());
    if (!volume->boot_catalog) {
        return;
    }
    ASSERT_EQ(image::read_iso9660(after)->boot_catalog, volume->boot_catalog);
    const auto old_catalog = image::read_boot_catalog(before, *volume->boot_catalog);
    const auto catalog = image::read_boot_catalog(after, *volume->boot_catalog);
    ASSERT_TRUE(old_catalog.ok() && catalog.ok());
    ASSERT_EQ(catalog->entries.size(), old_catalog->entries.size());
    for (std::size_t i = 0; i < catalog->entries.size(); ++i) {
        EXPECT_EQ(catalog->entries[i].load_block, old_catalog->entries[i].load_block);
        const std::uint64_t at = std::uint64_t{catalog->entries[i].load_block} * image::kIsoBlockSize;
        EXPECT_EQ(*after.read_bytes(at, image::kIsoBlockSize), *before.read_bytes(at, image::kIsoBlockSize));
    }
}

/// The boot files are edited: their content is checked here and then taken as it is.
void settle_boot_files(const InjectionPlan& plan, ImageMap& expected, const ImageMap& actual) {
    const auto take = [&](const std::string& path) {
        if (expected.count(path) > 0 && actual.count(path) > 0) {
            expected[path] = actual.at(path);
        }
    };
    if (!plan.append.empty()) {
        EXPECT_NE(actual.at("/boot/grub/grub.cfg").find(plan.append.front()), std::string::npos);
        take("/boot/grub/grub.cfg");
    }
    if (!plan.files.empty() && plan.files.back().target == FileTarget::Initrd) {
        EXPECT_EQ(actual.at("/boot/initrd").rfind(expected.at("/boot/initrd"), 0), 0U);
        EXPECT_NE(actual.at("/boot/initrd").find("070701"), std::string::npos);
        take("/boot/initrd");
    }
}

/// The contents alone, for a tree whose names are cut.
std::multiset<std::string> contents_of(const ImageMap& map) {
    std::multiset<std::string> contents;
    for (const auto& [path, value] : map) {
        contents.insert(value);
    }
    return contents;
}

const image::IsoTree& fullest_tree(const image::IsoVolume& volume) {
    for (const image::TreeKind kind : {image::TreeKind::Joliet, image::TreeKind::Enhanced}) {
        for (const image::IsoTree& tree : volume.trees) {
            if (tree.kind == kind && !tree.twin && !volume.primary().rock_ridge.present) {
                return tree;
            }
        }
    }
    return volume.primary();
}

struct Subject {
    std::string path;
    std::shared_ptr<const image::FileSource> source;
    base::Digest digest;
    base::Bytes bytes;
    image::IsoVolume volume;
    ImageMap map;
    std::set<std::string> not_in_joliet;  ///< xorriso leaves paths of more than 240 characters out
    bool bootable = false;

    bool links() const { return fullest_tree(volume).rock_ridge.present; }
};

Subject subject_of(const RandomImage& made) {
    Subject subject;
    subject.path = made.path;
    subject.bootable = made.bootable;
    subject.source = image::FileSource::open(made.path).value();
    subject.bytes = subject.source->read_bytes(0, subject.source->size()).value();
    subject.digest = base::sha256(subject.bytes);
    subject.volume = image::read_iso9660(*subject.source).value();
    subject.map = map_of(*subject.source, fullest_tree(subject.volume));
    for (const image::IsoTree& tree : subject.volume.trees) {
        const ImageMap joliet = tree.kind == image::TreeKind::Joliet ? map_of(*subject.source, tree) : subject.map;
        for (const auto& [path, value] : subject.map) {
            if (!joliet.contains(path)) {
                subject.not_in_joliet.insert(path);
            }
        }
    }
    return subject;
}

/// Every tree of the composed image. Gives what the fullest one holds.
ImageMap expect_trees(const Subject& subject, const RandomPlan& wanted, const ComposedImage& image) {
    const auto volume = image::read_iso9660(image);
    EXPECT_TRUE(volume.ok());
    const image::IsoTree& fullest = fullest_tree(*volume);
    const ImageMap actual = map_of(image, fullest);
    ImageMap expected = wanted.expected();
    settle_boot_files(wanted.plan(), expected, actual);
    EXPECT_EQ(difference(expected, actual), "");
    for (const image::IsoTree& tree : volume->trees) {
        const ImageMap other = map_of(image, tree);
        if (tree.rock_ridge.present) {
            EXPECT_EQ(difference(expected, other), "") << to_string(tree);
        } else if (!subject.links()) {
            EXPECT_TRUE(contents_of(other) == contents_of(expected)) << to_string(tree);
        } else {
            // genisoimage puts links into Joliet as empty files.
            ImageMap files = other;
            std::erase_if(files, [&](const auto& item) {
                const auto link = expected.find(item.first);
                return link != expected.end() && link->second.front() == 'l';
            });
            ImageMap wanted_files = without_links(expected);
            std::erase_if(wanted_files, [&](const auto& item) {
                return subject.not_in_joliet.contains(item.first) && !files.contains(item.first);
            });
            EXPECT_EQ(difference(wanted_files, files), "") << to_string(tree);
        }
    }
    return expected;
}

bool streams_badly(const PlanReport& report) {
    return std::any_of(report.warnings.begin(), report.warnings.end(),
                       [](const std::string& warning) { return warning.find("as a stream") != std::string::npos; });
}

ImageMap sizes_of(const ImageMap& map) {
    ImageMap sizes;
    for (const auto& [path, value] : map) {
        sizes[path] = value.front() == 'f' ? "f" + std::to_string(value.size() - 1) : value;
        if (path == "/boot/boot.cat") {
            sizes[path] = "boot catalog";
        }
    }
    return sizes;
}

const image::IsoTree* joliet_tree(const image::IsoVolume& volume) {
    const auto found = std::find_if(volume.trees.begin(), volume.trees.end(),
                                    [](const auto& tree) { return tree.kind == image::TreeKind::Joliet; });
    return found == volume.trees.end() ? nullptr : &*found;
}

/// Names in the Joliet tree of an image that has one. What these name was compared before.
std::size_t joliet_size(const std::string& path) {
    const auto source = image::FileSource::open(path).value();
    const auto volume = image::read_iso9660(*source).value();
    return map_of(*source, *joliet_tree(volume)).size();
}

/// Reads the file with everybody else's programs.
void expect_readers_agree(const std::string& out, ImageMap expected, const Subject& subject, bool streams) {
    const bool relocated = expected.count("/rr_moved") > 0;
    std::set<std::string> left_out;  // libisofs takes empty files of genisoimage for the boot catalog
    for (const auto& [path, value] : expected) {
        if (path.rfind("/rr_moved", 0) == 0 || (subject.bootable && value == "f")) {
            left_out.insert(path);
        }
    }
    const auto ours = [&](ImageMap map) {
        std::erase_if(map, [&](const auto& item) { return left_out.contains(item.first); });
        return map;
    };
    expected = ours(std::move(expected));
    if (subject.links()) {
        EXPECT_EQ(difference(expected, ours(map_of_directory(extracted_by_xorriso(out)))), "") << "xorriso";
        EXPECT_EQ(difference(sizes_of(expected), ours(map_by_libisofs(out))), "") << "libisofs";
        if (streams) {
            EXPECT_EQ(difference(expected, ours(map_of_directory(extracted_by_rock_ridge(out)))), "") << "bsdtar";
        }
        const std::set<std::string> listed = lines_of(shell("isoinfo -R -f -i " + out + " 2>/dev/null"));
        for (const auto& [path, value] : relocated ? ImageMap() : expected) {  // isoinfo does not follow CL
            EXPECT_TRUE(listed.count(path) > 0) << "isoinfo -R " << path;
        }
    }
    if (joliet_tree(subject.volume) != nullptr) {
        EXPECT_EQ(lines_of(shell("isoinfo -J -f -i " + out + " 2>/dev/null")).size(), joliet_size(out)) << "isoinfo -J";
        const std::string by_7z = fresh_path("");
        shell("7z x -y -tiso -o" + by_7z + " " + out + " >/dev/null 2>&1 || true; rm -rf '" + by_7z +
              "/[BOOT]'; mkdir -p " + by_7z);
        for (const auto& [path, value] : map_of_directory(by_7z)) {
            if (expected.count(path) > 0 && value.front() == 'f' && expected[path].front() == 'f') {
                EXPECT_TRUE(value == expected[path]) << "7z " << path;
            }
        }
    }
}

/// How much of it, and from which seed.
struct Slice {
    std::uint64_t seed = 0;
    int trees = 0;
    int plans = 0;
};

class RandomTreesAndPlans : public testing::Test {
  protected:
    void check(const Slice& slice) {
        random_.seed(slice.seed);
        const std::string again = "ISOLDE_PROPERTY_SEED=" + std::to_string(slice.seed) +
                                  " ISOLDE_PROPERTY_TREES=" + std::to_string(slice.trees) +
                                  " ISOLDE_PROPERTY_PLANS=" + std::to_string(slice.plans);
        std::cout << again << std::endl;  // also of a run that is killed
        SCOPED_TRACE(again);
        for (int tree = 0; tree < slice.trees && !HasFailure(); ++tree) {
            SCOPED_TRACE("tree " + std::to_string(tree));
            std::filesystem::remove_all(test_directory());
            const RandomImage made =
                random_image(random_, static_cast<std::size_t>(slice.seed + static_cast<std::uint64_t>(tree)));
            check_plans_of(subject_of(made), slice.plans);
        }
        RecordProperty("plans", static_cast<int>(plans_));
        RecordProperty("plans_with_stream_warnings", static_cast<int>(unstreamable_));
        std::cout << plans_ << " plans on " << slice.trees << " images, " << unstreamable_
                  << " with a warning about streams, " << plans_ * static_cast<std::uint64_t>(kRanges) << " ranges\n";
    }

  private:
    /// The first is read by others too, and what it gives is the base of one plan more.
    void check_plans_of(const Subject& subject, int plans) {
        for (int plan = 0; plan < plans && !HasFailure(); ++plan) {
            SCOPED_TRACE("plan " + std::to_string(plan));
            const RandomPlan wanted(random_, subject.map, subject.links(), subject.bootable);
            check_plan(subject, wanted, plan == 0 ? fresh_path(".iso") : "");
        }
    }

    /// `out`: where to write it for others, empty: nowhere.
    void check_plan(const Subject& subject, const RandomPlan& wanted, const std::string& out) {
        const auto made = compose(subject.source, subject.digest, wanted.plan(), {});
        ASSERT_TRUE(made.ok()) << made.error().to_string();
        const ComposedImage& image = *made->image;
        const base::Bytes whole = image.read_bytes(0, image.size()).value();
        const ImageMap expected = expect_trees(subject, wanted, image);
        expect_equal_ranges(image, whole, random_);
        expect_undone(made->manifest, whole, subject.bytes);
        expect_same_boot(*subject.source, image);
        const auto again = compose(subject.source, subject.digest, wanted.plan(), {});
        EXPECT_TRUE(again.ok() &&
                    base::as_text(again->image->read_bytes(0, image.size()).value()) == base::as_text(whole));
        ++plans_;
        unstreamable_ += streams_badly(made->report) ? 1U : 0U;
        if (!out.empty()) {
            expect_written(image, whole, subject, out);
            expect_readers_agree(out, expected, subject, !streams_badly(made->report));
            check_second_plan(subject, out);
        }
    }

    static void expect_written(const ComposedImage& image, const base::Bytes& whole, const Subject& subject,
                               const std::string& out) {
        const std::string restored = fresh_path(".iso");
        ASSERT_TRUE(materialize(image, out).ok());
        ASSERT_TRUE(*base::read_file(out) == base::as_text(whole));
        ASSERT_TRUE(undo(**image::FileSource::open(out), restored).ok());
        EXPECT_EQ(*content_digest(**image::FileSource::open(restored)), subject.digest);
    }

    /// A composed image is a base like any other.
    void check_second_plan(const Subject& subject, const std::string& composed) {
        SCOPED_TRACE("and once more");
        Subject second = subject_of({composed, subject.bootable});
        const RandomPlan wanted(random_, second.map, second.links(), second.bootable);
        check_plan(second, wanted, "");
    }

    std::mt19937_64 random_;
    std::uint64_t plans_ = 0;
    std::uint64_t unstreamable_ = 0;
};

TEST_F(RandomTreesAndPlans, ReadBackAsAsked) {
    check({static_cast<std::uint64_t>(from_environment("ISOLDE_PROPERTY_SEED", 20261121)),
           from_environment("ISOLDE_PROPERTY_TREES", 12), from_environment("ISOLDE_PROPERTY_PLANS", 8)});
}

/// Others every day, the same all day long: what fails today fails again, and is a defect.
TEST_F(RandomTreesAndPlans, OfTodayReadBackAsAsked) {
    if (std::getenv("ISOLDE_PROPERTY_SEED") != nullptr) {
        GTEST_SKIP() << "ReadBackAsAsked takes the seed that is given";
    }
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()).time_since_epoch();
    check({static_cast<std::uint64_t>(today.count()), static_cast<int>(std::size(kRandomMakers)) / 2, 16});
}

}  // namespace
}  // namespace isolde::vmedia::tests
