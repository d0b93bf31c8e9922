// SPDX-License-Identifier: GPL-3.0-or-later
//
// What every ImageStore must do: the store on a directory, and the fake that other rooms test with.
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_random.h"
#include "cache/store.h"
#include "cache/testing/fake_image_store.h"
#include "http/client/testing/fake_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace isolde::cache {
namespace {

using base::ErrorKind;

/// A store, and sources to fill it from.
class World {
  public:
    virtual ~World() = default;
    virtual ImageStore& store() = 0;
    /// The URL of a source that holds `content`.
    virtual std::string provide(const std::string& name, const std::string& content) = 0;
    /// The URL of a source that is not there.
    virtual std::string missing() = 0;

    base::testing::ManualClock clock;
};

class DirectoryWorld final : public World {
  public:
    DirectoryWorld() {
        ImageStoreOptions options{
            .directory = root_.path() + "/cache", .min_free = base::ByteCount(0), .allow_file_roots = {root_.path()}};
        store_ =
            open_store(options,
                       {client_,
                        clock,
                        random_,
                        log_,
                        std::make_shared<base::SystemWaiter>(),
                        [](const image::ByteSource&) -> base::Result<std::string> { return std::string("iso9660"); },
                        {}})
                .value();
    }
    ImageStore& store() override { return *store_; }
    std::string provide(const std::string& name, const std::string& content) override {
        EXPECT_TRUE(base::write_durably(root_.path() + "/" + name, content).ok());
        return "file://" + root_.path() + "/" + name;
    }
    std::string missing() override { return "file://" + root_.path() + "/missing"; }

  private:
    base::TemporaryDirectory root_ = base::TemporaryDirectory::create("isolde-contract").value();
    http::testing::FakeClient client_;
    base::testing::SeededRandom random_{1};
    base::NullLog log_;
    std::unique_ptr<ImageStore> store_;
};

class FakeWorld final : public World {
  public:
    ImageStore& store() override { return store_; }
    std::string provide(const std::string& name, const std::string& content) override {
        store_.provide("http://images.example/" + name, content);
        return "http://images.example/" + name;
    }
    std::string missing() override { return "http://images.example/missing"; }

  private:
    testing::FakeImageStore store_{clock};
};

struct Implementation {
    const char* name;
    std::unique_ptr<World> (*make)();
};

class ImageStoreContract : public ::testing::TestWithParam<Implementation> {
  protected:
    base::Result<Blob> acquire(const std::string& url, const std::string& holder,
                               std::optional<base::Digest> expected = {}) {
        world_->clock.advance(std::chrono::seconds(1));
        return store_.acquire({.url = url, .expected = std::move(expected)}, {LeaseKind::Deployment, holder}, {}, {});
    }

    base::Result<Blob> make(const std::string& ingredients, const base::Bytes& content, const std::string& holder) {
        return store_.make({"isolde:made", ingredients}, {LeaseKind::Deployment, holder}, [&] {
            ++made_;
            return base::Result<base::Bytes>(content);
        });
    }

    std::atomic<int> made_ = 0;
    std::unique_ptr<World> world_ = GetParam().make();
    ImageStore& store_ = world_->store();
};

TEST_P(ImageStoreContract, AnAcquiredBlobIsLeasedListedAndReadable) {
    const std::string url = world_->provide("a", "content");
    const Blob blob = acquire(url, "d").value();
    EXPECT_EQ(blob.digest, base::sha256("content"));
    EXPECT_EQ(blob.size.bytes(), 7U);
    EXPECT_EQ(blob.kind, "iso9660");
    EXPECT_EQ(blob.urls, std::vector<std::string>{url});
    ASSERT_EQ(blob.leases.size(), 1U);
    EXPECT_EQ(blob.leases[0].holder, "d");
    EXPECT_EQ(base::as_text(store_.open_blob(blob.digest).value()->read_bytes(0, 7).value()), "content");
    EXPECT_EQ(store_.list().size(), 1U);
    EXPECT_EQ(store_.usage().used.bytes(), 7U);
    EXPECT_EQ(store_.usage().evictable.bytes(), 0U);
    EXPECT_TRUE(store_.downloads().empty());
}

TEST_P(ImageStoreContract, WhatIsNotThereIsNotFound) {
    const base::Digest unknown = base::sha256("unknown");
    EXPECT_EQ(acquire(world_->missing(), "d").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store_.preflight({.url = world_->missing()}, base::Deadline::at(base::SteadyTime::max())).error().kind,
              ErrorKind::NotFound);
    EXPECT_EQ(store_.find(unknown).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store_.open_blob(unknown).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store_.grant(unknown, {}).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store_.remove(unknown).error().kind, ErrorKind::NotFound);
}

TEST_P(ImageStoreContract, OtherSchemesAndTextsAreInvalidArguments) {
    EXPECT_EQ(acquire("ftp://h/a", "d").error().kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(acquire("no url", "d").error().kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(store_.preflight({.url = "ftp://h/a"}, base::Deadline::at(base::SteadyTime::max())).error().kind,
              ErrorKind::InvalidArgument);
}

TEST_P(ImageStoreContract, AnotherChecksumThanExpectedIsCorruptAndStoresNothing) {
    const std::string url = world_->provide("a", "content");
    EXPECT_EQ(acquire(url, "d", base::sha256("other")).error().kind, ErrorKind::Corrupt);
    EXPECT_TRUE(store_.list().empty());
}

TEST_P(ImageStoreContract, AnExpectedDigestThatIsPresentIsTakenFromTheStore) {
    ASSERT_TRUE(acquire(world_->provide("a", "content"), "d1", base::sha256("content")).ok());
    EXPECT_EQ(acquire(world_->missing(), "d2", base::sha256("content"))->leases.size(), 2U);
    EXPECT_TRUE(store_
                    .preflight({.url = world_->missing(), .expected = base::sha256("content")},
                               base::Deadline::at(base::SteadyTime::max()))
                    .ok());
}

TEST_P(ImageStoreContract, GrantingTwiceIsOneLeaseAndReleasingTwiceIsHarmless) {
    const Blob blob = acquire(world_->provide("a", "content"), "d").value();
    ASSERT_TRUE(store_.grant(blob.digest, {LeaseKind::Deployment, "d"}).ok());
    EXPECT_EQ(store_.find(blob.digest)->leases.size(), 1U);
    EXPECT_TRUE(store_.release({LeaseKind::Deployment, "d"}).ok());
    EXPECT_TRUE(store_.release({LeaseKind::Deployment, "d"}).ok());
    EXPECT_TRUE(store_.find(blob.digest)->leases.empty());
}

TEST_P(ImageStoreContract, ASmallFileIsReadAndKeptNowhere) {
    const std::string url = world_->provide("a", "content");
    const auto read = [&](const std::string& from, std::uint64_t limit, std::optional<base::Digest> expected = {}) {
        return store_.read({.url = from, .expected = std::move(expected)}, base::ByteCount(limit), {});
    };
    EXPECT_EQ(base::as_text(read(url, 7, base::sha256("content")).value()), "content");
    EXPECT_EQ(read(url, 6).error().kind, ErrorKind::Exhausted);
    EXPECT_EQ(read(url, 7, base::sha256("other")).error().kind, ErrorKind::Corrupt);
    EXPECT_EQ(read(world_->missing(), 7).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(read("ftp://h/a", 7).error().kind, ErrorKind::InvalidArgument);
    EXPECT_TRUE(store_.list().empty());
    EXPECT_EQ(store_.usage().used.bytes(), 0U);
}

TEST_P(ImageStoreContract, WhatIsMadeHereIsABlobLikeOthers) {
    const base::Bytes content(5000, std::byte{7});
    const Blob blob = make("flour", content, "d").value();
    EXPECT_EQ(blob.digest, base::sha256(content));
    EXPECT_EQ(blob.kind, "data");
    EXPECT_EQ(blob.urls, std::vector<std::string>{"isolde:made"});
    EXPECT_EQ(store_.open_blob(blob.digest).value()->read_bytes(0, 5000).value(), content);
    EXPECT_EQ(store_.usage().used.bytes(), 5000U);
    ASSERT_TRUE(make("salt", base::Bytes(300, std::byte{8}), "e").ok());
    EXPECT_EQ(store_.list().size(), 2U);
    ASSERT_TRUE(store_.release({LeaseKind::Deployment, "e"}).ok());
    EXPECT_EQ(store_.usage().evictable.bytes(), 300U);
}

TEST_P(ImageStoreContract, ARecipeIsMadeOnceAsLongAsItsBlobIsHere) {
    const base::Bytes content(5000, std::byte{7});
    ASSERT_TRUE(make("flour", content, "d").ok());
    EXPECT_EQ(make("flour", content, "e")->leases.size(), 2U);
    EXPECT_EQ(made_, 1);
    EXPECT_EQ(make("other flour", content, "e")->leases.size(), 2U) << "the same content";
    EXPECT_EQ(made_, 2);
    ASSERT_TRUE(store_.release({LeaseKind::Deployment, "d"}).ok());
    ASSERT_TRUE(store_.release({LeaseKind::Deployment, "e"}).ok());
    ASSERT_EQ(store_.evict(base::ByteCount(1), false)->size(), 1U);
    EXPECT_TRUE(make("flour", content, "d").ok());
    EXPECT_EQ(made_, 3);
}

TEST_P(ImageStoreContract, WhatCannotBeMadeIsTriedAgain) {
    const auto failed = store_.make({"isolde:made", "flour"}, {LeaseKind::Deployment, "d"},
                                    [] { return base::Result<base::Bytes>(base::not_found("no flour")); });
    EXPECT_EQ(failed.error().kind, ErrorKind::NotFound);
    EXPECT_TRUE(store_.list().empty());
    EXPECT_TRUE(make("flour", base::Bytes(10), "d").ok());
}

TEST_P(ImageStoreContract, WhoAsksForOneRecipeAtOnceMakesItOnce) {
    constexpr int kCallers = 50;
    std::atomic<int> granted = 0;
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < kCallers; ++i) {
            callers.emplace_back([&, i] {
                const auto blob = make("flour", base::Bytes(100'000, std::byte{7}), "d" + std::to_string(i));
                granted += blob.ok() ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(granted, kCallers);
    EXPECT_EQ(made_, 1);
    EXPECT_EQ(store_.list().at(0).leases.size(), 50U);
}

TEST_P(ImageStoreContract, KeepOnlyDropsTheOtherHoldersOfThatKind) {
    const Blob blob = acquire(world_->provide("a", "content"), "gone").value();
    ASSERT_TRUE(store_.grant(blob.digest, {LeaseKind::Deployment, "kept"}).ok());
    ASSERT_TRUE(store_.grant(blob.digest, {LeaseKind::Pin, "gone"}).ok());
    ASSERT_TRUE(store_.keep_only(LeaseKind::Deployment, {"kept"}).ok());
    EXPECT_EQ(store_.find(blob.digest)->leases.size(), 2U);
}

TEST_P(ImageStoreContract, ALeasedBlobIsNeitherRemovedNorEvicted) {
    const Blob blob = acquire(world_->provide("a", "content"), "holder-7").value();
    const auto refused = store_.remove(blob.digest).error();
    EXPECT_EQ(refused.kind, ErrorKind::Conflict);
    EXPECT_THAT(refused.message, ::testing::HasSubstr("deployment holder-7"));
    EXPECT_TRUE(store_.evict(base::gibibytes(1), false)->empty());
    ASSERT_TRUE(store_.release({LeaseKind::Deployment, "holder-7"}).ok());
    EXPECT_TRUE(store_.remove(blob.digest).ok());
    EXPECT_TRUE(store_.list().empty());
}

TEST_P(ImageStoreContract, EvictionTakesTheLeastRecentlyUsedAndADryRunTakesNothing) {
    const Blob first = acquire(world_->provide("a", "content 1"), "d").value();
    const Blob second = acquire(world_->provide("b", "content 2"), "d").value();
    world_->clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(store_.grant(first.digest, {LeaseKind::Deployment, "d"}).ok());
    ASSERT_TRUE(store_.release({LeaseKind::Deployment, "d"}).ok());
    EXPECT_EQ(store_.evict(base::ByteCount(1), true)->at(0).digest, second.digest);
    EXPECT_EQ(store_.list().size(), 2U);
    EXPECT_EQ(store_.evict(base::ByteCount(1), false)->size(), 1U);
    EXPECT_EQ(store_.list().at(0).digest, first.digest);
}

TEST_P(ImageStoreContract, AStopThatWasRequestedIsCancelled) {
    std::stop_source stop;
    stop.request_stop();
    const auto blob =
        store_.acquire({.url = world_->provide("a", "content")}, {LeaseKind::Deployment, "d"}, {}, stop.get_token());
    EXPECT_EQ(blob.error().kind, ErrorKind::Cancelled);
}

INSTANTIATE_TEST_SUITE_P(
    Implementations, ImageStoreContract,
    ::testing::Values(Implementation{"directory",
                                     [] { return std::unique_ptr<World>(std::make_unique<DirectoryWorld>()); }},
                      Implementation{"fake", [] { return std::unique_ptr<World>(std::make_unique<FakeWorld>()); }}),
    [](const auto& implementation) { return std::string(implementation.param.name); });

TEST(FakeImageStore, FailsReportsAndHoldsAsTheTestSays) {
    base::testing::ManualClock clock;
    testing::FakeImageStore store(clock);
    store.fail("http://h/bad", base::unavailable("refused"));
    EXPECT_EQ(store.acquire({.url = "http://h/bad"}, {}, {}, {}).error().message, "refused");
    store.provide("http://h/a", "content");
    store.report("http://h/a", {{.phase = "waiting for space"}, {.phase = "downloading"}});
    store.hold("http://h/a");
    std::vector<std::string> phases;
    std::jthread caller([&] {
        EXPECT_TRUE(store
                        .acquire({.url = "http://h/a"}, {},
                                 [&](const FetchProgress& seen) { phases.push_back(seen.phase); }, {})
                        .ok());
    });
    store.wait_for_acquires("http://h/a", 1);
    EXPECT_EQ(store.downloads().size(), 1U);
    store.let_go("http://h/a");
    caller.join();
    EXPECT_EQ(phases, (std::vector<std::string>{"waiting for space", "downloading"}));
}

}  // namespace
}  // namespace isolde::cache
