// SPDX-License-Identifier: GPL-3.0-or-later
//
// No image costs more than 2 s of processor time and 256 MiB of memory, whatever it claims: each of the commands that
// read one ends with a result or with one error. Processor time and memory are those that the kernel counts for the
// program, not the time on the wall.
#include "base/files.h"
#include "hostile_images.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>

namespace isolde::tests {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double kMaxSeconds = 60;  // sanitizers watch every access, and keep what is freed
constexpr long kMaxKib = 4L << 20;
#elif defined(__OPTIMIZE__)
constexpr double kMaxSeconds = 2;
constexpr long kMaxKib = 256L << 10;
#else
constexpr double kMaxSeconds = 16;  // without an optimiser
constexpr long kMaxKib = 256L << 10;
#endif

struct Cost {
    int exit_code = 0;  ///< 128 + signal when it was killed
    double seconds = 0;
    long kib = 0;
    std::string output;
};

std::string environment(const char* name, const char* fallback) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : fallback;
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const std::string& output) {
    const rlimit seconds{static_cast<rlim_t>(kMaxSeconds) * 4, static_cast<rlim_t>(kMaxSeconds) * 4};
    ::setrlimit(RLIMIT_CPU, &seconds);
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    std::vector<char*> argv;
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

class Limits : public testing::Test {
  protected:
    std::string path(const std::string& name) const { return directory_.path() + "/" + name; }

    Cost media(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {environment("ISOLDE_BIN_DIR", "build/dev/bin") + "/isolde", "media"});
        const pid_t child = ::fork();
        if (child == 0) {
            become(arguments, path("output"));
        }
        int status = 0;
        rusage usage{};
        EXPECT_EQ(::wait4(child, &status, 0, &usage), child);
        const auto seconds = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
        };
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss,
                base::read_file(path("output"), base::mebibytes(256)).value()};
    }

    void expect_cheap(const std::vector<std::string>& arguments) const {
        const Cost cost = media(arguments);
        const std::string what = arguments.front();
        if (std::getenv("ISOLDE_SHOW_COSTS") != nullptr) {
            std::cout << testing::UnitTest::GetInstance()->current_test_info()->name() << ' ' << what << ": "
                      << cost.exit_code << ' ' << cost.seconds << " s " << cost.kib / 1024 << " MiB  "
                      << cost.output.substr(0, 200) << "\n";
        }
        EXPECT_LE(cost.seconds, kMaxSeconds) << what;
        EXPECT_LE(cost.kib, kMaxKib) << what;
        EXPECT_LE(cost.exit_code, 1) << what << "\n" << cost.output;
        if (cost.exit_code == 1) {
            EXPECT_EQ(cost.output.rfind("isolde: ", 0), 0U) << cost.output;
            EXPECT_EQ(cost.output.find('\n'), cost.output.size() - 1) << what << " gives more than one error:\n"
                                                                      << cost.output;
        }
    }

    void expect_all_cheap(const std::string& image) const {
        const std::string added = path("added");
        ASSERT_TRUE(base::write_durably(added, "added\n").ok());
        expect_cheap({"inspect", image});
        expect_cheap({"plan", image, "--append", "a=b"});
        expect_cheap({"plan", image, "--remove", "no", "--replace", "none=1"});
        expect_cheap({"compose", image, "--append", "a=b", "--default", "x", "--file", added + "=/boot/grub/added",
                      "--file", added + "=/new/file", "--overlay", path("overlay-1")});
        expect_cheap({"compose", image, "--mkdir", "/boot/grub/new", "--initrd-file", added + "=/a", "--efi-file",
                      added + "=/EFI/a", "--delete", "/X", "--overlay", path("overlay-2")});
        expect_cheap({"plan", image, "--kickstart", added});
    }

  private:
    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-limits").value();
};

class HostileImages : public Limits {
  public:
    explicit HostileImages(const HostileImage& image) : image_(image) {}
    void TestBody() override {
        image_.write(path("hostile.iso"));
        expect_all_cheap(path("hostile.iso"));
    }

  private:
    const HostileImage& image_;
};

/// One test for each image, under its name.
const bool kRegistered = [] {
    for (const HostileImage& image : hostile_images()) {
        testing::RegisterTest("HostileImages", image.name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                              [&image]() -> Limits* { return new HostileImages(image); });
    }
    return true;
}();

TEST_F(Limits, AHundredThousandFilesAreNoReasonToRefuse) {
    write_benign_image(path("large.iso"), 100'000);
    expect_all_cheap(path("large.iso"));
    ASSERT_TRUE(base::write_durably(path("added"), "added\n").ok());
    const Cost cost = media({"compose", path("large.iso"), "--append", "a=b", "--file", path("added") + "=/many/added",
                             "--overlay", path("overlay")});
    EXPECT_EQ(cost.exit_code, 0) << cost.output;
}

TEST_F(Limits, AThousandFilesInOnePlanAreNoReasonToWait) {
    write_benign_image(path("large.iso"), 20'000);
    ASSERT_TRUE(base::make_directories(path("tree")).ok());
    for (int i = 0; i < 1000; ++i) {
        // Every second one is in the image already.
        const std::string name = i % 2 == 0 ? "file-" + std::to_string(i * 7) : "new-" + std::to_string(i);
        std::ofstream(path("tree/" + name)) << "new\n";
    }
    expect_cheap({"compose", path("large.iso"), "--append", "a=b", "--file", path("tree") + "=/many", "--overlay",
                  path("overlay")});
    const Cost cost = media({"describe", path("overlay")});
    EXPECT_EQ(cost.exit_code, 0) << cost.output;
}

TEST_F(Limits, HundredsOfFilesForAFullEfiDirectoryAreNoReasonToWait) {
    write_efi_files(path("efi.iso"), 60'000);
    ASSERT_TRUE(base::write_durably(path("added"), "added\n").ok());
    std::vector<std::string> compose = {"compose", path("efi.iso"), "--append", "a=b"};
    for (int i = 0; i < 500; ++i) {
        compose.insert(compose.end(), {"--efi-file", path("added") + "=/a new file number " + std::to_string(i)});
    }
    compose.insert(compose.end(), {"--overlay", path("overlay")});
    expect_cheap(compose);
    const Cost cost = media({"describe", path("overlay")});
    EXPECT_EQ(cost.exit_code, 0) << cost.output;
    EXPECT_NE(cost.output.find("/a new file number 499"), std::string::npos) << cost.output;
}

TEST_F(Limits, AFatMediumOfAThousandFilesIsNoReasonToWait) {
    ASSERT_TRUE(base::make_directories(path("tree")).ok());
    for (int i = 0; i < 1000; ++i) {
        std::ofstream(path("tree/a driver's file number " + std::to_string(i))) << std::string(20'000, 'x');
    }
    expect_cheap({"build", "files", "--label", "VIRTIO", "--file", path("tree") + "=/drivers", "--format", "fat", "-o",
                  path("medium.img")});
}

}  // namespace
}  // namespace isolde::tests
