// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "base/process.h"

#include <gtest/gtest.h>

namespace isolde::base {
namespace {

using namespace std::chrono_literals;

TEST(Files, ThatCannotBeReplacedLeaveNoTemporary) {
    const auto directory = TemporaryDirectory::create("isolde-files").value();
    const std::string path = join_path(directory.path(), "a");
    ASSERT_TRUE(make_directories(join_path(path, "inside")).ok());
    EXPECT_FALSE(write_durably(path, "one").ok());
    EXPECT_EQ(list_directory(directory.path()).value(), std::vector<std::string>{"a"});
}

TEST(Files, WrittenDurablyIsReadBackAndLeavesNoTemporary) {
    const auto directory = TemporaryDirectory::create("isolde-files").value();
    const std::string path = join_path(directory.path(), "a");
    ASSERT_TRUE(write_durably(path, "one").ok());
    ASSERT_TRUE(write_durably(path, "two").ok());
    EXPECT_EQ(read_file(path).value(), "two");
    EXPECT_EQ(list_directory(directory.path()).value(), std::vector<std::string>{"a"});
}

TEST(Files, ErrorsNameThePath) {
    EXPECT_EQ(read_file("/nowhere/at/all").error().kind, ErrorKind::NotFound);
    EXPECT_NE(read_file("/nowhere/at/all").error().message.find("/nowhere/at/all"), std::string::npos);
}

TEST(Files, ReadingPastTheEndIsCorruptAndTooMuchIsExhausted) {
    const auto directory = TemporaryDirectory::create("isolde-files").value();
    const std::string path = join_path(directory.path(), "a");
    ASSERT_TRUE(write_durably(path, "0123456789").ok());
    const UniqueFd file = open_for_reading(path).value();
    std::array<std::byte, 4> out{};
    EXPECT_TRUE(read_exactly(file.get(), 6, out).ok());
    EXPECT_EQ(read_exactly(file.get(), 7, out).error().kind, ErrorKind::Corrupt);
    EXPECT_EQ(read_file(path, ByteCount(9)).error().kind, ErrorKind::Exhausted);
}

TEST(Process, OutputAndExitCodeAreReturned) {
    const auto done = run_process({.arguments = {"sh", "-c", "echo out; echo err >&2; exit 3"}}, 10s).value();
    EXPECT_EQ(done.exit_code, 3);
    EXPECT_EQ(done.output, "out\nerr\n");
}

TEST(Process, AMissingProgramIsNamedAndAHangingOneIsStopped) {
    EXPECT_EQ(run_process({.arguments = {"isolde-no-such-program"}}, 10s).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(run_process({.arguments = {"sleep", "60"}}, 50ms).error().kind, ErrorKind::Timeout);
    EXPECT_EQ(run_process({.arguments = {"yes"}}, 10s, kibibytes(64)).error().kind, ErrorKind::Exhausted);
}

TEST(Process, AChildIsStoppedAndReaped) {
    auto child = ChildProcess::start({.arguments = {"sleep", "60"}}).value();
    EXPECT_TRUE(child.running());
    EXPECT_EQ(child.stop(5s).value(), 128 + 15);
    EXPECT_FALSE(child.running());
}

}  // namespace
}  // namespace isolde::base
