// SPDX-License-Identifier: GPL-3.0-or-later
//
// A child process is ended by SIGKILL at each durable step of an acquisition and of an eviction; then the store is
// opened again: nothing stray may be left, and the same must succeed.
#include "cache_fixture.h"

#include <sys/wait.h>

#include <csignal>

namespace isolde::cache {
namespace {

class CrashTest : public CacheTest {
  protected:
    /// Runs `work` on a store of its own in a child that dies at the named step. False: it was never reached.
    template <typename Work>
    bool dies_at(std::string_view step, Work work) {
        const pid_t child = ::fork();
        if (child == 0) {
            auto kit = tools();
            // Threads do not survive fork(): the child makes a client of its own.
            const auto client = http::make_client({.addresses = http::AddressPolicy::unrestricted()}, clock_).value();
            const auto store = open_store(options_, {*client, clock_, random_, log_, waiter_, image_classifier(),
                                                     [step](std::string_view reached) {
                                                         if (reached == step) {
                                                             ::kill(::getpid(), SIGKILL);
                                                         }
                                                     }})
                                   .value();
            work(*store);
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }

    static base::Result<Blob> acquire_in(ImageStore& store, const std::string& url) {
        return store.acquire({.url = url}, {LeaseKind::Deployment, "d1"}, {}, {});
    }
};

/// Parameter: the step.
class CrashAtStepTest : public CrashTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(CrashAtStepTest, AnAcquisitionThatIsKilledLeavesNothingStrayAndSucceedsAgain) {
    const std::string& iso = iso_bytes(kIsoSize);
    std::atomic<int> requests = 0;
    serve([&](const UpstreamRequest& request) {
        UpstreamReply reply = serve_file(request, iso, "\"v1\"");
        // The first version is no image, so that the removal of a part is a step as well.
        if (std::string_view(GetParam()) == "part-removed" && ++requests == 1) {
            reply.body = "no image";
        }
        return reply;
    });
    ASSERT_TRUE(dies_at(GetParam(), [&](ImageStore& store) { (void)acquire_in(store, upstream_->url("/a.iso")); }));
    open();
    const auto blobs = store_->list().size();
    EXPECT_EQ(base::list_directory(options_.directory + "/blobs")->size(), blobs);
    EXPECT_EQ(base::list_directory(options_.directory + "/downloads")->size(), 0U);
    EXPECT_EQ(store_->usage().used.bytes(), blobs * iso.size());
    const auto blob = acquire(upstream_->url("/a.iso"));
    ASSERT_TRUE(blob.ok()) << blob.error().to_string();
    EXPECT_EQ(blob->digest, base::sha256(iso));
    expect_clean(1);
}

INSTANTIATE_TEST_SUITE_P(AtEachStep, CrashAtStepTest,
                         ::testing::Values("part-noted", "part-removed", "part-synced", "blob-renamed", "blob-recorded",
                                           "lease-granted"),
                         [](const auto& step) {
                             std::string name = step.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

/// Parameter: the step.
class MakingCrashTest : public CrashTest, public ::testing::WithParamInterface<const char*> {
  protected:
    static base::Result<Blob> make_in(ImageStore& store, const base::Bytes& content) {
        return store.make({"isolde:made", "flour"}, {LeaseKind::Deployment, "d1"},
                          [&] { return base::Result<base::Bytes>(content); });
    }
};

TEST_P(MakingCrashTest, WhatIsKilledWhileItIsMadeLeavesNothingStrayAndIsMadeAgain) {
    const base::Bytes content(300'000, std::byte{7});
    ASSERT_TRUE(dies_at(GetParam(), [&](ImageStore& store) { (void)make_in(store, content); }));
    open();
    const auto blobs = store_->list().size();
    EXPECT_EQ(base::list_directory(options_.directory + "/blobs")->size(), blobs);
    EXPECT_EQ(base::list_directory(options_.directory + "/downloads")->size(), 0U);
    EXPECT_EQ(store_->usage().used.bytes(), blobs * content.size());
    const auto blob = make_in(*store_, content);
    ASSERT_TRUE(blob.ok()) << blob.error().to_string();
    EXPECT_EQ(blob->digest, base::sha256(content));
    expect_clean(1);
}

INSTANTIATE_TEST_SUITE_P(AtEachStep, MakingCrashTest,
                         ::testing::Values("part-noted", "part-synced", "blob-renamed", "blob-recorded",
                                           "lease-granted"),
                         [](const auto& step) {
                             std::string name = step.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST_F(CrashTest, AnEvictionThatIsKilledIsFinishedAtTheNextStart) {
    serve_files({{"/a.iso", iso_bytes(kIsoSize)}});
    open();
    ASSERT_TRUE(acquire(upstream_->url("/a.iso")).ok());
    ASSERT_TRUE(store_->release({LeaseKind::Deployment, "d1"}).ok());
    store_.reset();
    ASSERT_TRUE(dies_at("blob-file-removed", [](ImageStore& store) { (void)store.evict(base::mebibytes(1), false); }));
    open();
    expect_clean(0);
}

TEST_F(CrashTest, AKillInMidDownloadLosesNothingThatWasNotedAsDurable) {
    const std::string& iso = iso_bytes(80U << 20U);
    options_.budget = options_.max_image = base::mebibytes(100);
    serve([&](const UpstreamRequest& request) { return serve_file(request, iso, "\"v1\""); });
    int noted = 0;
    const pid_t child = ::fork();
    if (child == 0) {
        const auto client = http::make_client({.addresses = http::AddressPolicy::unrestricted()}, clock_).value();
        const auto store = open_store(options_, {*client, clock_, random_, log_, waiter_, image_classifier(),
                                                 [&](std::string_view step) {
                                                     // The second note is the first with bytes behind it.
                                                     if (step == "part-noted" && ++noted == 2) {
                                                         ::kill(::getpid(), SIGKILL);
                                                     }
                                                 }})
                               .value();
        (void)acquire_in(*store, upstream_->url("/a.iso"));
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    open();
    const std::uint64_t kept = store_->usage().used.bytes();
    EXPECT_GE(kept, 64U << 20U);
    ASSERT_TRUE(acquire(upstream_->url("/a.iso")).ok());
    EXPECT_EQ(upstream_->requests().back().headers.find("Range"), "bytes=" + std::to_string(kept) + "-");
    expect_clean(1);
}

TEST_F(CrashTest, StrangeFilesAndDamagedBlobsAreRemovedAtOpen) {
    serve_files({{"/a.iso", iso_bytes(kIsoSize, 1)}, {"/b.iso", iso_bytes(kIsoSize, 2)}});
    open();
    const Blob a = acquire(upstream_->url("/a.iso")).value();
    const Blob b = acquire(upstream_->url("/b.iso")).value();
    store_.reset();
    ASSERT_EQ(::truncate(a.path.c_str(), 100), 0);
    ASSERT_TRUE(base::write_durably(options_.directory + "/blobs/" + std::string(64, '0'), "stray").ok());
    ASSERT_TRUE(base::write_durably(options_.directory + "/downloads/stray.part", "stray").ok());
    open();
    EXPECT_EQ(store_->find(a.digest).error().kind, ErrorKind::NotFound);
    EXPECT_TRUE(store_->find(b.digest).ok());
    expect_clean(1);
    ASSERT_TRUE(acquire(upstream_->url("/a.iso")).ok());
    expect_clean(2);
}

TEST_F(CrashTest, ADamagedIndexIsCorruptAndNamesTheWayOut) {
    open();
    store_.reset();
    for (const std::string& name : base::list_directory(options_.directory).value()) {
        if (name.starts_with("index.sqlite")) {
            ASSERT_TRUE(base::write_durably(options_.directory + "/" + name, std::string(8192, 'x')).ok());
        }
    }
    const auto error = open_store(options_, tools()).error();
    EXPECT_EQ(error.kind, ErrorKind::Corrupt);
    EXPECT_THAT(error.message, ::testing::HasSubstr("index.sqlite"));
}

}  // namespace
}  // namespace isolde::cache
