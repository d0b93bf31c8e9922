// SPDX-License-Identifier: GPL-3.0-or-later
//
// The store against a server that is not ours.
#include "cache_fixture.h"

#include <thread>

namespace isolde::cache {
namespace {

class NginxTest : public CacheTest {
  protected:
    /// Serves directory_/www on a port of its own, at `rate` bytes a second when not 0.
    void start_nginx(std::size_t rate) {
        port_ = http::testing::unused_port();
        const std::string root = directory_.path();
        const std::string limit = rate == 0 ? "" : "limit_rate " + std::to_string(rate) + ";";
        ASSERT_TRUE(base::make_directories(root + "/www").ok());
        ASSERT_TRUE(base::write_durably(
                        root + "/nginx.conf",
                        "daemon off; master_process off; pid " + root + "/nginx.pid; error_log " + root +
                            "/error.log;\nevents {}\nhttp { access_log " + root + "/access.log; " + limit +
                            "\nserver { listen 127.0.0.1:" + std::to_string(port_) + "; root " + root + "/www; } }\n")
                        .ok());
        nginx_ = base::ChildProcess::start(
                     {.arguments = {"/usr/sbin/nginx", "-e", root + "/error.log", "-c", root + "/nginx.conf"}})
                     .value();
        const auto deadline = base::Deadline::after(clock_, std::chrono::seconds(10));
        while (!client_->perform({.url = url("/")}, deadline).ok()) {
            ASSERT_FALSE(deadline.passed(clock_)) << base::read_file(root + "/error.log").value_or("no log");
            std::this_thread::yield();
        }
    }
    std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

    std::uint16_t port_ = 0;
    std::optional<base::ChildProcess> nginx_;
};

TEST_F(NginxTest, AStaticFileIsFetchedAndRevalidated) {
    start_nginx(0);
    const std::string& iso = iso_bytes(kIsoSize);
    ASSERT_TRUE(base::write_durably(directory_.path() + "/www/a.iso", iso).ok());
    open();
    EXPECT_EQ(acquire(url("/a.iso"))->digest, base::sha256(iso));
    ASSERT_TRUE(acquire(url("/a.iso")).ok());
    nginx_->stop(std::chrono::seconds(5)).value();
    const std::string log = base::read_file(directory_.path() + "/access.log").value();
    EXPECT_THAT(log, ::testing::HasSubstr("\"GET /a.iso HTTP/1.1\" 200"));
    EXPECT_THAT(log, ::testing::HasSubstr("\"GET /a.iso HTTP/1.1\" 304"));
    expect_clean(1);
}

TEST_F(NginxTest, ADownloadThatWasCutIsGoneOnWithByRange) {
    start_nginx(2U << 20U);
    const std::string& iso = iso_bytes(kIsoSize);
    ASSERT_TRUE(base::write_durably(directory_.path() + "/www/a.iso", iso).ok());
    open();
    std::stop_source cut;
    const auto first = store_->acquire(
        {.url = url("/a.iso")}, {LeaseKind::Deployment, "d"},
        [&](const FetchProgress& seen) {
            if (seen.received.bytes() > 0) cut.request_stop();
        },
        cut.get_token());
    EXPECT_EQ(first.error().kind, ErrorKind::Cancelled);
    open();
    EXPECT_GT(store_->usage().used.bytes(), 0U);
    EXPECT_EQ(acquire(url("/a.iso"))->digest, base::sha256(iso));
    nginx_->stop(std::chrono::seconds(5)).value();
    EXPECT_THAT(base::read_file(directory_.path() + "/access.log").value(),
                ::testing::HasSubstr("\"GET /a.iso HTTP/1.1\" 206"));
    expect_clean(1);
}

}  // namespace
}  // namespace isolde::cache
