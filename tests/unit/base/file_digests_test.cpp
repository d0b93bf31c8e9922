// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file_digests.h"

#include "base/files.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <array>

namespace isolde::base {
namespace {

class FileDigestsTest : public ::testing::Test {
  protected:
    void write(const std::string& content) { ASSERT_TRUE(write_durably(path_, content).ok()); }

    const TemporaryDirectory directory_ = TemporaryDirectory::create("isolde-digests").value();
    const std::string path_ = join_path(directory_.path(), "loader");
    FileDigests digests_;
};

TEST_F(FileDigestsTest, AreThoseOfTheContent) {
    const std::string content(200'001, 'x');
    write(content);
    EXPECT_EQ(digests_.of(path_).value(), sha256(content));
    write("");
    EXPECT_EQ(digests_.of(path_).value(), sha256(std::string_view()));
}

TEST_F(FileDigestsTest, FollowAFileThatWasReplacedByOneOfTheSameSize) {
    write("one");
    EXPECT_EQ(digests_.of(path_).value(), sha256("one"));
    write("two");
    EXPECT_EQ(digests_.of(path_).value(), sha256("two"));
}

TEST_F(FileDigestsTest, FollowAFileThatGotAnOlderDate) {
    write("one");
    EXPECT_EQ(digests_.of(path_).value(), sha256("one"));
    write("two");
    const std::array<timespec, 2> past{timespec{1, 0}, timespec{1, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path_.c_str(), past.data(), 0), 0);
    EXPECT_EQ(digests_.of(path_).value(), sha256("two"));
}

TEST_F(FileDigestsTest, AFileThatIsGoneIsNotFoundAndKnownAgainWhenItIsBack) {
    write("one");
    ASSERT_TRUE(digests_.of(path_).ok());
    ASSERT_TRUE(remove_file(path_).ok());
    const auto gone = digests_.of(path_);
    EXPECT_EQ(gone.error().kind, ErrorKind::NotFound);
    EXPECT_NE(gone.error().message.find(path_), std::string::npos);
    write("two");
    EXPECT_EQ(digests_.of(path_).value(), sha256("two"));
}

}  // namespace
}  // namespace isolde::base
