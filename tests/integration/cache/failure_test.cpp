// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/retry.h"
#include "cache_fixture.h"

#include <sys/mount.h>

#include <cstring>
#include <fstream>
#include <thread>

namespace isolde::cache {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(CacheTest, Upstream404IsNotFoundAndNamesTheUrlWithoutItsSecrets) {
    serve_files({});
    open();
    const auto error =
        acquire("http://user:hidden@127.0.0.1:" + std::to_string(upstream_->port()) + "/gone.iso?sig=hidden").error();
    EXPECT_EQ(error.kind, ErrorKind::NotFound);
    EXPECT_THAT(error.to_string(), HasSubstr("/gone.iso"));
    EXPECT_THAT(error.to_string(), Not(HasSubstr("hidden")));
    EXPECT_EQ(upstream_->requests().size(), 1U);
    expect_clean(0);
}

TEST_F(CacheTest, UpstreamRefusedIsUnavailableAtOnce) {
    open();
    const auto error = acquire("http://127.0.0.1:" + std::to_string(http::testing::unused_port()) + "/a.iso").error();
    EXPECT_EQ(error.kind, ErrorKind::Unavailable);
    EXPECT_EQ(waiter_->waits, 0);
    expect_clean(0);
}

TEST_F(CacheTest, UpstreamThatAsksForCredentialsIsUnauthorized) {
    serve([](const UpstreamRequest&) { return UpstreamReply{.status = 401}; });
    open();
    EXPECT_EQ(acquire(upstream_->url("/a.iso")).error().kind, ErrorKind::Unauthorized);
    expect_clean(0);
}

TEST_F(CacheTest, UpstreamThatDiesInMidBodyIsResumedWhereItDied) {
    const std::string& iso = iso_bytes(kIsoSize);
    std::atomic<int> requests = 0;
    serve([&](const UpstreamRequest& request) {
        UpstreamReply reply = serve_file(request, iso, "\"v1\"");
        if (++requests <= 2) {
            reply.die_after = 1U << 20U;
        }
        return reply;
    });
    open();
    EXPECT_EQ(acquire(upstream_->url("/a.iso"))->digest, base::sha256(iso));
    const auto seen = upstream_->requests();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen.at(1).headers.find("Range"), "bytes=1048576-");
    EXPECT_EQ(seen.at(1).headers.find("If-Range"), "\"v1\"");
    EXPECT_EQ(seen.at(2).headers.find("Range"), "bytes=2097152-");
    EXPECT_EQ(waiter_->waits, 2);
    expect_clean(1);
}

TEST_F(CacheTest, AVersionThatChangedWhileResumingIsTakenFromItsStart) {
    std::atomic<int> requests = 0;
    serve([&](const UpstreamRequest& request) {
        UpstreamReply reply =
            serve_file(request, iso_bytes(kIsoSize, requests == 0 ? 1 : 2), requests == 0 ? "\"v1\"" : "\"v2\"");
        if (++requests == 1) {
            reply.die_after = 1U << 20U;
        }
        return reply;
    });
    open();
    EXPECT_EQ(acquire(upstream_->url("/a.iso"))->digest, base::sha256(iso_bytes(kIsoSize, 2)));
    expect_clean(1);
}

TEST_F(CacheTest, APartialAnswerThatDoesNotFitIsNotJoined) {
    const std::string& iso = iso_bytes(kIsoSize);
    std::atomic<int> requests = 0;
    serve([&](const UpstreamRequest& request) {
        UpstreamReply reply = serve_file(request, iso, "\"v1\"");
        const int number = ++requests;
        if (number == 1) {
            reply.die_after = 1U << 20U;
        } else if (number == 2) {
            reply.headers.set("Content-Range",
                              "bytes 5-" + std::to_string(iso.size() - 1) + "/" + std::to_string(iso.size()));
        }
        return reply;
    });
    open();
    EXPECT_EQ(acquire(upstream_->url("/a.iso"))->digest, base::sha256(iso));
    EXPECT_FALSE(upstream_->requests().at(2).headers.find("Range"));
    expect_clean(1);
}

TEST_F(CacheTest, WithoutAValidatorADeadTransferBeginsAnew) {
    const std::string& iso = iso_bytes(kIsoSize);
    std::atomic<int> requests = 0;
    serve([&](const UpstreamRequest& request) {
        UpstreamReply reply = serve_file(request, iso, "");
        if (++requests == 1) {
            reply.die_after = 1U << 20U;
        }
        return reply;
    });
    open();
    EXPECT_EQ(acquire(upstream_->url("/a.iso"))->digest, base::sha256(iso));
    EXPECT_FALSE(upstream_->requests().at(1).headers.find("Range"));
    expect_clean(1);
}

TEST_F(CacheTest, AttemptsAreBoundedAndWhatCameIsGoneOnWithLaterEvenAfterARestart) {
    const std::string& iso = iso_bytes(kIsoSize);
    std::atomic<bool> broken = true;
    serve([&](const UpstreamRequest& request) {
        UpstreamReply reply = serve_file(request, iso, "\"v1\"");
        if (broken) {
            reply.die_after = request.headers.find("Range") ? 0 : 2U << 20U;
        }
        return reply;
    });
    open();
    EXPECT_EQ(acquire(upstream_->url("/a.iso")).error().kind, ErrorKind::Unavailable);
    EXPECT_EQ(waiter_->waits, RetryBudget::kWithoutProgress);
    EXPECT_EQ(store_->usage().used.bytes(), 2U << 20U);
    EXPECT_EQ(store_->usage().evictable.bytes(), 2U << 20U);
    open();
    EXPECT_EQ(store_->usage().used.bytes(), 2U << 20U);
    broken = false;
    EXPECT_EQ(acquire(upstream_->url("/a.iso"))->digest, base::sha256(iso));
    EXPECT_EQ(upstream_->requests().back().headers.find("Range"), "bytes=2097152-");
    expect_clean(1);
}

TEST_F(CacheTest, UpstreamThatStallsIsTimeout) {
    serve([](const UpstreamRequest&) { return UpstreamReply{.body = std::string(100, 'x'), .stall_after = 0}; });
    options_.stall_timeout = std::chrono::seconds(1);
    open();
    EXPECT_EQ(acquire(upstream_->url("/a.iso")).error().kind, ErrorKind::Timeout);
    expect_clean(0);
}

TEST_F(CacheTest, AWrongChecksumIsCorruptAndNamesBoth) {
    const std::string& iso = iso_bytes(kIsoSize);
    serve_files({{"/a.iso", iso}});
    open();
    for (const base::Digest& wrong : {base::sha256("other"), sha512("other")}) {
        const auto error = acquire(ImageSource{.url = upstream_->url("/a.iso"), .expected = wrong}).error();
        EXPECT_EQ(error.kind, ErrorKind::Corrupt);
        EXPECT_THAT(error.message, HasSubstr(wrong.str()));
        EXPECT_THAT(error.message, HasSubstr("has checksum"));
    }
    expect_clean(0);
}

TEST_F(CacheTest, WhatIsNoImageIsCorruptAndIsNotKept) {
    serve_files({{"/page.iso", "<!DOCTYPE html><html>log in first</html>"}, {"/empty", ""}});
    open();
    for (const char* path : {"/page.iso", "/empty"}) {
        const auto error = acquire(upstream_->url(path)).error();
        EXPECT_EQ(error.kind, ErrorKind::Corrupt);
        EXPECT_THAT(error.message, HasSubstr("not an ISO image"));
    }
    expect_clean(0);
}

TEST_F(CacheTest, ALengthThatIsTooLargeIsExhaustedBeforeTheFirstByte) {
    serve([](const UpstreamRequest&) { return UpstreamReply{.body = "x", .announced_length = 33U << 20U}; });
    open();
    EXPECT_THAT(acquire(upstream_->url("/a.iso")).error().message, HasSubstr("max_image"));
    options_.max_image = base::gibibytes(1);
    options_.budget = base::mebibytes(16);
    open();
    const auto error = acquire(upstream_->url("/a.iso")).error();
    EXPECT_EQ(error.kind, ErrorKind::Exhausted);
    EXPECT_THAT(error.message, HasSubstr("budget"));
    options_.budget = base::gibibytes(1);
    options_.min_free = base::gibibytes(1U << 20U);
    open();
    EXPECT_THAT(acquire(upstream_->url("/a.iso")).error().message, HasSubstr("min_free"));
    expect_clean(0);
}

TEST_F(CacheTest, AnUnannouncedLengthIsHeldToTheSameLimits) {
    serve([](const UpstreamRequest&) { return UpstreamReply{.body = iso_bytes(5U << 20U), .announce_length = false}; });
    options_.max_image = base::mebibytes(4);
    open();
    auto error = acquire(upstream_->url("/a.iso")).error();
    EXPECT_EQ(error.kind, ErrorKind::Exhausted);
    EXPECT_THAT(error.message, HasSubstr("max_image"));
    options_.max_image = base::mebibytes(8);
    options_.budget = base::mebibytes(4);
    open();
    EXPECT_THAT(acquire(upstream_->url("/a.iso")).error().message, HasSubstr("budget"));
    options_.budget = base::mebibytes(6);
    open();
    EXPECT_TRUE(acquire(upstream_->url("/a.iso")).ok());
    expect_clean(1);
}

TEST_F(CacheTest, UnannouncedBytesThatFindNoRoomBesideLeasedImagesAreExhausted) {
    serve([](const UpstreamRequest& request) {
        const bool first = request.target == "/first";
        return UpstreamReply{.body = iso_bytes(5U << 20U, first ? 1 : 2), .announce_length = first};
    });
    options_.budget = base::mebibytes(8);
    open();
    ASSERT_TRUE(acquire(upstream_->url("/first")).ok());
    const auto error = acquire(upstream_->url("/second")).error();
    EXPECT_EQ(error.kind, ErrorKind::Exhausted);
    EXPECT_THAT(error.message, HasSubstr("5.00 MiB held by 1 deployment"));
    expect_clean(1);
}

TEST_F(CacheTest, WhatDoesNotFitNowWaitsInLineAndSaysWhatHoldsTheSpace) {
    serve_files({{"/1", iso_bytes(5U << 20U, 1)}, {"/2", iso_bytes(5U << 20U, 2)}});
    options_.budget = base::mebibytes(8);
    open();
    ASSERT_TRUE(acquire(upstream_->url("/1"), "first").ok());
    std::string phase;
    const auto blob = store_->acquire({.url = upstream_->url("/2")}, {LeaseKind::Deployment, "second"},
                                      [&](const FetchProgress& seen) {
                                          if (seen.phase.starts_with("waiting for space")) {
                                              phase = seen.phase;
                                              EXPECT_TRUE(store_->release({LeaseKind::Deployment, "first"}).ok());
                                          }
                                      },
                                      {});
    ASSERT_TRUE(blob.ok()) << blob.error().to_string();
    EXPECT_THAT(phase, HasSubstr("held by 1 deployment"));
    EXPECT_THAT(phase, HasSubstr("place 1 of 1 in line"));
    expect_clean(1);
}

TEST_F(CacheTest, AWaitInLineCanBeCancelled) {
    serve_files({{"/1", iso_bytes(5U << 20U, 1)}, {"/2", iso_bytes(5U << 20U, 2)}});
    options_.budget = base::mebibytes(8);
    open();
    ASSERT_TRUE(acquire(upstream_->url("/1")).ok());
    std::stop_source stop;
    const auto blob = store_->acquire(
        {.url = upstream_->url("/2")}, {LeaseKind::Deployment, "second"},
        [&](const FetchProgress& seen) {
            if (seen.phase.starts_with("waiting")) stop.request_stop();
        },
        stop.get_token());
    EXPECT_EQ(blob.error().kind, ErrorKind::Cancelled);
    expect_clean(1);
}

/// A tmpfs of its own, unmounted with the object.
class SmallDisk {
  public:
    SmallDisk(std::string path, const char* size) : path_(std::move(path)) {
        EXPECT_TRUE(base::make_directories(path_).ok());
        mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, (std::string("size=") + size).c_str()) == 0;
        reason_ = std::strerror(errno);
    }
    ~SmallDisk() {
        if (mounted_) {
            ::umount2(path_.c_str(), MNT_DETACH);
        }
    }
    bool mounted() const { return mounted_; }
    const std::string& reason() const { return reason_; }

  private:
    std::string path_;
    bool mounted_ = false;
    std::string reason_;
};

TEST_F(CacheTest, ADiskThatFillsUpInMidDownloadIsExhaustedWithPathAndNumbers) {
    const SmallDisk disk(directory_.path() + "/disk", "8m");
    if (!disk.mounted()) {
        GTEST_SKIP() << "a small tmpfs cannot be mounted here: " << disk.reason();
    }
    options_.directory = directory_.path() + "/disk/cache";
    options_.min_free = base::ByteCount(0);
    const std::string hog = directory_.path() + "/disk/hog";
    ASSERT_TRUE(base::make_directories(hog).ok());
    serve([&](const UpstreamRequest& request) {
        UpstreamReply reply = serve_file(request, iso_bytes(5U << 20U), "\"v1\"");
        reply.drip_bytes = 1U << 20U;
        reply.drip_pause = std::chrono::milliseconds(50);
        return reply;
    });
    open();
    // Space is there when it is reserved; somebody else takes it before all bytes have come.
    std::jthread thief([&](const std::stop_token& stop) {
        const auto bytes_have_come = [&] {
            const auto downloads = store_->downloads();
            return !downloads.empty() && downloads.front().received.bytes() > 0;
        };
        while (!stop.stop_requested() && !bytes_have_come()) {
            std::this_thread::yield();
        }
        const auto free = base::free_space(options_.directory).value().bytes();
        // The download may win the race for the last bytes: the disk is full either way.
        std::ofstream(hog + "/file") << std::string(free - (1U << 19U), 'h');
    });
    const auto failed = acquire(upstream_->url("/a.iso"));
    thief.request_stop();
    thief.join();
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().kind, ErrorKind::Exhausted);
    EXPECT_THAT(failed.error().to_string(), HasSubstr("the disk is full: " + options_.directory));
    ASSERT_TRUE(base::remove_tree(hog).ok());
    expect_clean(0);
    const auto again = acquire(upstream_->url("/a.iso"));
    EXPECT_TRUE(again.ok()) << again.error().to_string();
    store_.reset();
}

TEST_F(CacheTest, AFullDiskIsFreedByEviction) {
    const SmallDisk disk(directory_.path() + "/disk", "8m");
    if (!disk.mounted()) {
        GTEST_SKIP() << "a small tmpfs cannot be mounted here: " << disk.reason();
    }
    options_.directory = directory_.path() + "/disk/cache";
    options_.min_free = base::ByteCount(0);
    serve_files({{"/1", iso_bytes(2U << 20U, 1)}});
    open();
    ASSERT_TRUE(acquire(upstream_->url("/1")).ok());
    ASSERT_TRUE(store_->release({LeaseKind::Deployment, "d1"}).ok());
    const auto free = base::free_space(options_.directory).value().bytes();
    std::ofstream(directory_.path() + "/disk/others") << std::string(free, 'h');
    ASSERT_LT(base::free_space(options_.directory).value().bytes(), 4096U);
    const auto evicted = store_->evict(base::mebibytes(1), false);
    ASSERT_TRUE(evicted.ok()) << evicted.error().to_string();
    EXPECT_EQ(evicted->size(), 1U);
    EXPECT_GE(base::free_space(options_.directory).value().bytes(), 1U << 20U);
    expect_clean(0);
    store_.reset();
}

TEST_F(CacheTest, TheFreeSpaceFloorHoldsOnARealFilesystem) {
    const SmallDisk disk(directory_.path() + "/disk", "12m");
    if (!disk.mounted()) {
        GTEST_SKIP() << "a small tmpfs cannot be mounted here: " << disk.reason();
    }
    options_.directory = directory_.path() + "/disk/cache";
    options_.min_free = base::mebibytes(5);
    serve_files(
        {{"/1", iso_bytes(5U << 20U, 1)}, {"/2", iso_bytes(5U << 20U, 2)}, {"/large", iso_bytes(8U << 20U, 3)}});
    open();
    ASSERT_TRUE(acquire(upstream_->url("/1")).ok());
    EXPECT_THAT(acquire(upstream_->url("/large")).error().message, HasSubstr("min_free"));
    ASSERT_TRUE(store_->release({LeaseKind::Deployment, "d1"}).ok());
    ASSERT_TRUE(acquire(upstream_->url("/2")).ok());
    EXPECT_GE(base::free_space(options_.directory)->bytes(), base::mebibytes(5).bytes());
    expect_clean(1);
    store_.reset();
}

TEST_F(CacheTest, CredentialsOfAnOriginAreDroppedOnARedirectOffIt) {
    const std::string& iso = iso_bytes(kIsoSize);
    const auto mirror = ScriptedUpstream::start([&](const UpstreamRequest& request) {
                            return serve_file(request, iso, "\"v1\"");
                        }).value();
    serve([&](const UpstreamRequest&) {
        return UpstreamReply{.status = 302, .headers = {{"Location", mirror->url("/a.iso")}}};
    });
    options_.origins.push_back(
        {.origin = upstream_->url("/"), .credentials = http::BasicCredentials{"user", base::Secret("password")}});
    open();
    ASSERT_TRUE(acquire(upstream_->url("/a.iso")).ok());
    EXPECT_TRUE(upstream_->requests().at(0).headers.find("Authorization"));
    EXPECT_FALSE(mirror->requests().at(0).headers.find("Authorization"));
    expect_clean(1);
}

TEST_F(CacheTest, LoopbackIsRefusedHoweverItIsSpelled) {
    client_ = http::make_client({}, clock_).value();
    serve_files({{"/a.iso", iso_bytes(kIsoSize)}});
    open();
    for (const char* host : {"127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"}) {
        const auto error =
            acquire(std::string("http://") + host + ":" + std::to_string(upstream_->port()) + "/a.iso").error();
        EXPECT_EQ(error.kind, ErrorKind::Unauthorized) << host;
        EXPECT_THAT(error.message, HasSubstr("allow_addresses"));
    }
    EXPECT_EQ(upstream_->connections(), 0U);
    expect_clean(0);
}

TEST_F(CacheTest, OtherSchemesAreRefusedByName) {
    open();
    for (const char* url : {"ftp://h/a.iso", "nfs://h/a.iso", "gopher://h/", "not a url"}) {
        EXPECT_EQ(acquire(url).error().kind, ErrorKind::InvalidArgument) << url;
    }
}

}  // namespace
}  // namespace isolde::cache
