// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache_fixture.h"

#include <sys/stat.h>

#include <thread>

namespace isolde::cache {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(CacheTest, ABlobIsNamedByItsDigestReadOnlyAndLeased) {
    const std::string& iso = iso_bytes(kIsoSize);
    serve_files({{"/a.iso", iso}});
    open();
    const Blob blob = acquire(upstream_->url("/a.iso?sig=hidden").substr(0, upstream_->url("/a.iso").size())).value();
    EXPECT_EQ(blob.digest, base::sha256(iso));
    EXPECT_EQ(blob.size.bytes(), iso.size());
    EXPECT_EQ(blob.kind, "iso9660");
    EXPECT_EQ(blob.path, options_.directory + "/blobs/" + blob.digest.hex());
    EXPECT_EQ(blob.leases.at(0).holder, "d1");
    EXPECT_EQ(blob.urls, std::vector<std::string>{upstream_->url("/a.iso")});
    struct stat status {};
    ASSERT_EQ(::stat(blob.path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0444U);
    EXPECT_EQ(store_->open_blob(blob.digest).value()->size(), iso.size());
    expect_clean(1);
    EXPECT_EQ(store_->find(blob.digest)->leases.size(), 1U);
}

TEST_F(CacheTest, AnUnchangedSourceIsRevalidatedAndNotDownloadedAgain) {
    const std::string& iso = iso_bytes(kIsoSize);
    serve_files({{"/a.iso", iso}});
    open();
    ASSERT_TRUE(acquire(upstream_->url("/a.iso")).ok());
    open();
    ASSERT_TRUE(acquire(upstream_->url("/a.iso"), "d2").ok());
    EXPECT_TRUE(upstream_->requests().at(1).headers.find("If-None-Match"));
    EXPECT_EQ(store_->find(base::sha256(iso))->leases.size(), 2U);
    expect_clean(1);
}

TEST_F(CacheTest, ALastModifiedDateRevalidatesWhereThereIsNoTag) {
    serve([iso = iso_bytes(kIsoSize)](const UpstreamRequest& request) {
        return serve_file(request, iso, "", "Sat, 21 Nov 2026 01:00:00 GMT");
    });
    open();
    ASSERT_TRUE(acquire(upstream_->url("/a.iso")).ok());
    ASSERT_TRUE(acquire(upstream_->url("/a.iso")).ok());
    EXPECT_EQ(upstream_->requests().at(1).headers.find("If-Modified-Since"), "Sat, 21 Nov 2026 01:00:00 GMT");
    expect_clean(1);
}

TEST_F(CacheTest, AChangedSourceIsDownloadedAndTheOldBlobStaysWhileLeased) {
    std::atomic<unsigned> version = 1;
    serve([&](const UpstreamRequest& request) {
        return serve_file(request, iso_bytes(kIsoSize, version), "\"v" + std::to_string(version) + "\"");
    });
    open();
    ASSERT_TRUE(acquire(upstream_->url("/a.iso")).ok());
    version = 2;
    EXPECT_EQ(acquire(upstream_->url("/a.iso"), "d2")->digest, base::sha256(iso_bytes(kIsoSize, 2)));
    expect_clean(2);
}

TEST_F(CacheTest, AnExpectedDigestThatIsPresentNeedsNoNetwork) {
    const std::string& iso = iso_bytes(kIsoSize);
    serve_files({{"/a.iso", iso}});
    open();
    ASSERT_TRUE(acquire(ImageSource{.url = upstream_->url("/a.iso"), .expected = sha512(iso)}).ok());
    const auto before = upstream_->requests().size();
    ASSERT_TRUE(acquire(ImageSource{.url = "http://127.0.0.1:1/elsewhere.iso", .expected = sha512(iso)}).ok());
    ASSERT_TRUE(acquire(ImageSource{.url = "http://127.0.0.1:1/elsewhere.iso", .expected = base::sha256(iso)}).ok());
    EXPECT_EQ(upstream_->requests().size(), before);
}

TEST_F(CacheTest, TwoUrlsOfOneContentShareABlob) {
    const std::string& iso = iso_bytes(kIsoSize);
    serve_files({{"/a.iso", iso}, {"/b.iso", iso}});
    open();
    ASSERT_TRUE(acquire(upstream_->url("/a.iso")).ok());
    EXPECT_EQ(acquire(upstream_->url("/b.iso"))->urls.size(), 2U);
    expect_clean(1);
}

TEST_F(CacheTest, SixteenThreadsThatWantOneUrlShareOneDownload) {
    const std::string& iso = iso_bytes(kIsoSize);
    std::atomic<int> boarded = 0;
    serve([&](const UpstreamRequest& request) {
        UpstreamReply reply = serve_file(request, iso, "\"v1\"");
        reply.before = [&] {
            while (boarded < 16) {
                std::this_thread::yield();
            }
        };
        return reply;
    });
    open();
    std::vector<std::jthread> threads;
    std::atomic<int> right = 0;
    for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&, i] {
            bool first = true;
            const auto blob =
                store_->acquire({.url = upstream_->url("/a.iso")}, {LeaseKind::Deployment, std::to_string(i)},
                                [&](const FetchProgress&) { boarded += std::exchange(first, false) ? 1 : 0; }, {});
            right += blob.ok() && blob->digest == base::sha256(iso) ? 1 : 0;
        });
    }
    threads.clear();
    EXPECT_EQ(right, 16);
    EXPECT_EQ(upstream_->requests().size(), 1U);
    EXPECT_EQ(store_->list().at(0).leases.size(), 16U);
    expect_clean(1);
}

TEST_F(CacheTest, OneCallerWhoLeavesDoesNotEndTheDownloadOfTheOthers) {
    const std::string& iso = iso_bytes(kIsoSize);
    std::atomic<bool> go = false;
    serve([&](const UpstreamRequest& request) {
        UpstreamReply reply = serve_file(request, iso, "\"v1\"");
        reply.before = [&] { go.wait(false); };
        return reply;
    });
    open();
    std::stop_source leave;
    std::atomic<bool> stays = false;
    std::jthread staying([&] {
        EXPECT_TRUE(store_
                        ->acquire({.url = upstream_->url("/a.iso")}, {LeaseKind::Deployment, "stays"},
                                  [&](const FetchProgress&) {
                                      stays = true;
                                      stays.notify_all();
                                  },
                                  {})
                        .ok());
    });
    stays.wait(false);
    const auto left = store_->acquire(
        {.url = upstream_->url("/a.iso")}, {LeaseKind::Deployment, "leaves"},
        [&](const FetchProgress&) { leave.request_stop(); }, leave.get_token());
    EXPECT_EQ(left.error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(store_->downloads().size(), 1U);
    go = true;
    go.notify_all();
    staying.join();
    EXPECT_EQ(store_->list().at(0).leases.size(), 1U);
    EXPECT_EQ(upstream_->requests().size(), 1U);
}

TEST_F(CacheTest, TheLastCallerWhoLeavesEndsTheDownload) {
    serve([](const UpstreamRequest&) { return UpstreamReply{.body = std::string(100, 'x'), .stall_after = 10}; });
    options_.stall_timeout = std::chrono::seconds(60);
    open();
    std::stop_source leave;
    const auto left = store_->acquire(
        {.url = upstream_->url("/a.iso")}, {LeaseKind::Deployment, "d"},
        [&](const FetchProgress& seen) {
            if (seen.received.bytes() > 0) leave.request_stop();
        },
        leave.get_token());
    EXPECT_EQ(left.error().kind, ErrorKind::Cancelled);
    open();
    expect_clean(0);
}

TEST_F(CacheTest, FilesComeOnlyFromBeneathAllowedRoots) {
    const std::string root = directory_.path() + "/root";
    const std::string outside = directory_.path() + "/outside.iso";
    ASSERT_TRUE(base::make_directories(root + "/sub dir").ok());
    ASSERT_TRUE(base::write_durably(root + "/sub dir/a.iso", iso_bytes(kIsoSize)).ok());
    ASSERT_TRUE(base::write_durably(outside, iso_bytes(kIsoSize)).ok());
    ASSERT_EQ(::symlink(outside.c_str(), (root + "/link.iso").c_str()), 0);
    ASSERT_EQ(::mkfifo((root + "/fifo").c_str(), 0600), 0);
    open();
    EXPECT_EQ(acquire("file://" + root + "/sub%20dir/a.iso").error().kind, ErrorKind::InvalidArgument);
    options_.allow_file_roots = {root};
    open();
    ASSERT_TRUE(acquire("file://" + root + "/sub%20dir/a.iso").ok());
    for (const std::string& path :
         {outside, root + "/link.iso", root + "/fifo", root + "/sub%20dir", root + "/../outside.iso",
          root + "/%2e%2e/outside.iso", std::string("/etc/passwd")}) {
        EXPECT_EQ(acquire("file://" + path).error().kind, ErrorKind::InvalidArgument) << path;
    }
    EXPECT_EQ(acquire("file://" + root + "/missing.iso").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(acquire("file://other-host" + root + "/a.iso").error().kind, ErrorKind::InvalidArgument);
    expect_clean(1);
}

TEST_F(CacheTest, AFileIsCopiedAgainOnlyWhenItChanged) {
    const std::string path = directory_.path() + "/a.iso";
    ASSERT_TRUE(base::write_durably(path, iso_bytes(kIsoSize)).ok());
    options_.allow_file_roots = {directory_.path()};
    open();
    const auto first = acquire("file://" + path).value();
    EXPECT_EQ(acquire("file://" + path)->digest, first.digest);
    ASSERT_TRUE(base::write_durably(path, iso_bytes(kIsoSize, 2)).ok());
    EXPECT_EQ(acquire("file://" + path)->digest, base::sha256(iso_bytes(kIsoSize, 2)));
    expect_clean(2);
}

TEST_F(CacheTest, AnyContentIsTakenWhenItNeedNotBeAnImage) {
    serve_files({{"/data", "just text"}});
    open();
    EXPECT_EQ(acquire(ImageSource{.url = upstream_->url("/data"), .any_content = true})->kind, "data");
    expect_clean(1);
}

TEST_F(CacheTest, LeasesKeepBlobsAndEvictionTakesTheLeastRecentlyUsed) {
    serve_files({{"/1", iso_bytes(kIsoSize, 1)}, {"/2", iso_bytes(kIsoSize, 2)}, {"/3", iso_bytes(kIsoSize, 3)}});
    open();
    const auto one = acquire(upstream_->url("/1"), "d1")->digest;
    const auto two = acquire(upstream_->url("/2"), "d2")->digest;
    const auto three = acquire(upstream_->url("/3"), "d3")->digest;
    EXPECT_THAT(store_->evict(base::mebibytes(1), true).value(), IsEmpty());
    const auto refused = store_->remove(one).error();
    EXPECT_EQ(refused.kind, ErrorKind::Conflict);
    EXPECT_THAT(refused.message, HasSubstr("deployment d1"));
    ASSERT_TRUE(store_->keep_only(LeaseKind::Deployment, {"d3"}).ok());
    ASSERT_TRUE(store_->grant(one, {LeaseKind::Pin, "operator"}).ok());
    ASSERT_TRUE(store_->grant(one, {LeaseKind::Pin, "operator"}).ok());
    ASSERT_TRUE(store_->release({LeaseKind::Pin, "operator"}).ok());
    ASSERT_TRUE(store_->release({LeaseKind::Pin, "operator"}).ok());
    EXPECT_EQ(store_->evict(base::mebibytes(1), true)->at(0).digest, two);
    EXPECT_EQ(store_->list().size(), 3U);
    EXPECT_EQ(store_->evict(base::mebibytes(1), false)->size(), 1U);
    EXPECT_EQ(store_->find(two).error().kind, ErrorKind::NotFound);
    ASSERT_TRUE(store_->remove(one).ok());
    EXPECT_EQ(store_->remove(one).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store_->grant(one, {LeaseKind::Pin, "p"}).error().kind, ErrorKind::NotFound);
    expect_clean(1);
    EXPECT_EQ(store_->list().at(0).digest, three);
}

TEST_F(CacheTest, PreflightDownloadsNothing) {
    serve_files({{"/a.iso", iso_bytes(kIsoSize)}, {"/large", std::string(33U << 20U, 'x')}});
    open();
    const auto soon = base::Deadline::after(clock_, std::chrono::seconds(10));
    EXPECT_TRUE(store_->preflight({.url = upstream_->url("/a.iso")}, soon).ok());
    EXPECT_EQ(store_->preflight({.url = upstream_->url("/none")}, soon).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store_->preflight({.url = upstream_->url("/large")}, soon).error().kind, ErrorKind::Exhausted);
    EXPECT_EQ(store_->preflight({.url = "ftp://h/a.iso"}, soon).error().kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(upstream_->count("GET", "/a.iso"), 0U);
    expect_clean(0);
}

TEST_F(CacheTest, ADirectoryBelongsToOneProcess) {
    open();
    EXPECT_EQ(open_store(options_, tools()).error().kind, ErrorKind::Conflict);
}

TEST_F(CacheTest, NoSecretOfAUrlIsWrittenAnywhere) {
    serve([](const UpstreamRequest& request) { return serve_file(request, iso_bytes(kIsoSize), "\"v1\""); });
    open();
    const std::string url = "http://user:hidden1@127.0.0.1:" + std::to_string(upstream_->port()) + "/a.iso?sig=hidden2";
    ASSERT_TRUE(acquire(url).ok());
    EXPECT_TRUE(upstream_->requests().at(0).headers.find("Authorization"));
    store_.reset();
    for (const std::string& name : base::list_directory(options_.directory).value()) {
        if (name.starts_with("index")) {
            EXPECT_THAT(base::read_file(options_.directory + "/" + name).value(), ::testing::Not(HasSubstr("hidden")))
                << name;
        }
    }
}

}  // namespace
}  // namespace isolde::cache
