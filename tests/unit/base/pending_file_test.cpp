// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/pending_file.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace isolde::base {
namespace {

class PendingFiles : public testing::Test {
  protected:
    std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
    std::vector<std::string> names() const { return *list_directory(directory_.path()); }
    static void write(const PendingFile& file, std::string_view text) {
        ASSERT_TRUE(write_exactly(file.fd(), 0, as_bytes(text)).ok());
    }

    static void write_in_place(const std::string& path) {
        for (const char* text : {"longer", "new"}) {
            auto file = PendingFile::create(path);
            ASSERT_TRUE(file.ok()) << file.error().to_string();
            write(*file, text);
            ASSERT_TRUE(file->commit().ok());
        }
    }

    TemporaryDirectory directory_ = *TemporaryDirectory::create("isolde-pending-test");
};

TEST_F(PendingFiles, AreThereOnceTheyAreCommitted) {
    auto file = PendingFile::create(path("new"));
    ASSERT_TRUE(file.ok());
    write(*file, "content");
    EXPECT_EQ(names(), std::vector<std::string>());
    EXPECT_EQ(*read_file(file->path_of_content()), "content");
    ASSERT_TRUE(file->commit().ok());
    EXPECT_EQ(*read_file(path("new")), "content");
    EXPECT_EQ(names(), std::vector<std::string>{"new"});
}

TEST_F(PendingFiles, LeaveWhatWasThereWhenTheyAreGivenUp) {
    ASSERT_TRUE(write_durably(path("old"), "longer than the new").ok());
    {
        auto file = PendingFile::create(path("old"));
        ASSERT_TRUE(file.ok());
        write(*file, "half");
    }
    EXPECT_EQ(*read_file(path("old")), "longer than the new");
    EXPECT_EQ(names(), std::vector<std::string>{"old"});
}

TEST_F(PendingFiles, ReplaceAFileWholeAndKeepItsModeAndTheLinkToIt) {
    ASSERT_TRUE(write_durably(path("old"), "longer than the new", 0600).ok());
    ASSERT_EQ(::symlink("old", path("link").c_str()), 0);
    auto file = PendingFile::create(path("link"));
    ASSERT_TRUE(file.ok());
    write(*file, "new");
    ASSERT_TRUE(file->commit().ok());
    EXPECT_EQ(*read_file(path("old")), "new");
    struct stat status {};
    ASSERT_EQ(::lstat(path("link").c_str(), &status), 0);
    EXPECT_TRUE(S_ISLNK(status.st_mode));
    ASSERT_EQ(::stat(path("old").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(PendingFiles, LeaveNothingWhenTheProgramIsKilled) {
    EXPECT_EXIT(
        {
            const auto file = PendingFile::create(path("new"));
            write(*file, "half");
            std::raise(SIGKILL);
        },
        testing::KilledBySignal(SIGKILL), "");
    EXPECT_EQ(names(), std::vector<std::string>());
}

TEST_F(PendingFiles, AreWrittenInPlaceWhereThereIsNoName) {
    const UniqueFd nameless(::memfd_create("isolde-pending", MFD_CLOEXEC));
    write_in_place("/proc/self/fd/" + std::to_string(nameless.get()));
    EXPECT_EQ(size_of(nameless)->bytes(), 3U);
}

TEST_F(PendingFiles, NameThePathThatCannotBeWritten) {
    for (const std::string& refused : {path("missing/new"), directory_.path()}) {
        const auto file = PendingFile::create(refused);
        ASSERT_FALSE(file.ok()) << refused;
        EXPECT_NE(file.error().to_string().find(refused), std::string::npos) << file.error().to_string();
    }
    EXPECT_TRUE(PendingFile::create("/dev/null").ok());
}

}  // namespace
}  // namespace isolde::base
