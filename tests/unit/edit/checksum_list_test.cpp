// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/checksum_list.h"

#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

const std::string kMd5(32, 'a');
const std::string kSha256(64, 'b');

TEST(ChecksumList, IsReadInTheFormsOfCoreutils) {
    const std::string text = kMd5 + "  ./casper/initrd\r\n" + kSha256 + " */EFI/a b.efi\n# a comment\n" + kMd5 +
                             " one-blank\n" + kMd5 + "0  ./odd-digits\n" + kMd5 + "  last";
    const auto list = read_checksum_list(text);
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].path, "/casper/initrd");
    EXPECT_EQ(list[0].algorithm, base::ChecksumAlgorithm::Md5);
    EXPECT_EQ(list[1].path, "/EFI/a b.efi");
    EXPECT_EQ(list[1].algorithm, base::ChecksumAlgorithm::Sha256);
    EXPECT_EQ(text.substr(list[1].digits.begin, list[1].digits.end - list[1].digits.begin), kSha256);
    EXPECT_EQ(list[2].path, "/last");
    EXPECT_EQ(list[2].line.end, text.size());
}

TEST(TreeInfo, HasChecksumsInOneSectionOnly) {
    const std::string text = "[general]\nx = md5:" + kMd5 + "\n[checksums]\nimages/boot.iso = sha256:" + kSha256 +
                             "\nimages/bad = sha256:" + kMd5 + "\nrepodata/repomd.xml=md5:" + kMd5 +
                             "\n[tree]\na = b\n";
    const auto list = read_treeinfo_checksums(text);
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].path, "/images/boot.iso");
    EXPECT_EQ(list[0].algorithm, base::ChecksumAlgorithm::Sha256);
    EXPECT_EQ(list[1].path, "/repodata/repomd.xml");
}

TEST(ChecksumList, KeepsAllButTheLinesThatChange) {
    const std::string text = kMd5 + "  ./one\n" + kMd5 + "  ./two\nrest\n" + kMd5 + "  ./three\n";
    const auto list = read_checksum_list(text);
    ASSERT_EQ(list.size(), 3U);
    const std::string other(32, '0');
    EXPECT_EQ(change_checksums(text, {{&list[0], other}, {&list[2], ""}}),
              other + "  ./one\n" + kMd5 + "  ./two\nrest\n");
    EXPECT_EQ(change_checksums(text, {}), text);
}

}  // namespace
}  // namespace isolde::vmedia
