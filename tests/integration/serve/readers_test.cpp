// SPDX-License-Identifier: GPL-3.0-or-later
//
// The readers that BMCs are made of, against the media server: httpfs2 (iDRAC, XCC and others) and nbdkit's curl plugin
// (OpenBMC), each reads a whole image.
#include "media_fixture.h"

#include <poll.h>
#include <unistd.h>

namespace isolde::vmedia::testing {
namespace {

using ::testing::HasSubstr;

/// httpfs2, mounted for its scope.
class HttpfsMount {
  public:
    HttpfsMount(const std::string& url, std::string directory) : directory_(std::move(directory)) {
        EXPECT_TRUE(base::make_directories(directory_).ok());
        auto child = base::ChildProcess::start({.arguments = {"httpfs2", "-f", "-c", "/dev/null", url, directory_}});
        EXPECT_TRUE(child.ok());
        child_.emplace(std::move(child).value());
    }
    ~HttpfsMount() {
        EXPECT_TRUE(base::run_process({.arguments = {"umount", directory_}}, seconds(20)).ok());
        EXPECT_TRUE(child_->stop(seconds(10)).ok());
    }
    HttpfsMount(const HttpfsMount&) = delete;
    HttpfsMount& operator=(const HttpfsMount&) = delete;

    std::string file() const { return base::join_path(directory_, "boot.iso"); }
    bool mounted() {
        for (int i = 0; i < 400 && child_->running() && !base::exists(file()); ++i) {
            ::poll(nullptr, 0, 25);
        }
        return base::exists(file());
    }

  private:
    std::string directory_;
    std::optional<base::ChildProcess> child_;
};

class Readers : public MediaTest {
  protected:
    void read_by_httpfs2() {
        if (::access("/dev/fuse", R_OK | W_OK) != 0) {
            GTEST_SKIP() << "FUSE cannot be used here";
        }
        HttpfsMount mount(url(), path("mount"));
        ASSERT_TRUE(mount.mounted());
        EXPECT_EQ(file_digest(mount.file()), image_digest());
        EXPECT_GT(server_->counters().requests, 10U);
    }

    void read_by_nbdkit() {
        const auto output = run({"nbdkit", "--exit-with-parent", "-U", "-", "curl", "url=" + url(), "--run",
                                 "nbdinfo --size \"$uri\" && nbdcopy \"$uri\" '" + path("copy") + "'"});
        EXPECT_EQ(output.exit_code, 0) << output.output;
        EXPECT_THAT(output.output, HasSubstr(std::to_string(image_->size())));
        EXPECT_EQ(file_digest(path("copy")), image_digest());
    }
};

TEST_F(Readers, Httpfs2ReadsAComposedImage) {
    serve(composed());
    read_by_httpfs2();
}

TEST_F(Readers, Httpfs2ReadsAPlainImage) {
    serve(plain());
    read_by_httpfs2();
}

TEST_F(Readers, NbdkitReadsAComposedImage) {
    serve(composed());
    read_by_nbdkit();
}

TEST_F(Readers, NbdkitReadsAPlainImage) {
    serve(plain());
    read_by_nbdkit();
}

TEST_F(Readers, CurlDownloadsAComposedImageInOneGo) {
    serve(composed());
    curl({"--output", path("copy"), url()});
    EXPECT_EQ(file_digest(path("copy")), image_digest());
}

TEST_F(Readers, CurlResumesADownload) {
    serve(composed());
    ASSERT_TRUE(base::write_durably(path("copy"), base::as_text(image_->read_bytes(0, 1'234'567).value())).ok());
    curl({"--continue-at", "-", "--output", path("copy"), url()});
    EXPECT_EQ(file_digest(path("copy")), image_digest());
}

}  // namespace
}  // namespace isolde::vmedia::testing
