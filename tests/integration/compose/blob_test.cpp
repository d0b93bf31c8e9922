// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files that are shown from where they are, not copied.
#include "workbench.h"

#include <filesystem>

namespace isolde::vmedia::tests {
namespace {

constexpr std::uint64_t kSmallDelta = 128U << 10U;

FileBlob blob_at(const std::string& path) {
    auto file = image::FileSource::open(path).value();
    const base::Digest digest = content_digest(*file).value();
    return {std::move(file), digest};
}

InjectedFile shown(const std::string& path, const std::string& from) {
    InjectedFile file;
    file.path = path;
    file.blob = blob_at(from);
    return file;
}

TEST(Blobs, AreRefusedWithoutADigest) {
    InjectionPlan plan;
    plan.files = {shown("/file", iso_of_layout("debian"))};
    EXPECT_TRUE(check_plan(plan).ok());
    plan.files[0].blob.digest = {};
    EXPECT_EQ(check_plan(plan).error().kind, base::ErrorKind::InvalidArgument);
}

/// An initrd of the operator's in place of the image's, with one more file in it.
TEST(Blobs, GrowAsInitrds) {
    const std::string initrd = fresh_path(".cpio");
    shell("cd " + test_directory() +
          " && head -c 1000001 /dev/urandom > payload && echo payload | cpio --quiet -o -H newc > " + initrd +
          " && truncate -s %512 " + initrd);
    InjectionPlan plan;
    plan.files = {shown("/install.amd/initrd.gz", initrd), text_file("/preseed.cfg", "d-i\n", FileTarget::Initrd)};
    const Composition composition = composed(iso_of_layout("debian"), plan);
    EXPECT_LT(composition.image->delta().size(), kSmallDelta);
    const std::string iso = fresh_path(".iso");
    ASSERT_TRUE(materialize(*composition.image, iso).ok());
    const std::string grown = extracted_by_rock_ridge(iso) + "/install.amd/initrd.gz";
    const std::string size = std::to_string(std::filesystem::file_size(initrd));
    EXPECT_EQ(shell("cmp -n " + size + " " + grown + " " + initrd), "");
    EXPECT_EQ(shell("tail -c +$((" + size + " + 1)) " + grown + " | cpio --quiet -t"), "preseed.cfg\n");
}

}  // namespace
}  // namespace isolde::vmedia::tests
