// SPDX-License-Identifier: GPL-3.0-or-later
//
// A store in a directory of its own, fed by a scripted upstream through the real client.
#pragma once

#include "base/process.h"
#include "base/testing/seeded_random.h"
#include "cache/store.h"
#include "http/testing/scripted_upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <random>

namespace isolde::cache {

using base::ErrorKind;
using http::testing::ScriptedUpstream;
using http::testing::serve_file;
using http::testing::UpstreamReply;
using http::testing::UpstreamRequest;

/// Does not wait, but counts.
class ImpatientWaiter final : public base::Waiter {
  public:
    bool wait(base::Duration, std::stop_token stop) override {
        ++waits;
        return !stop.stop_requested();
    }
    std::atomic<int> waits = 0;
};

inline std::string iso_by_xorriso() {
    const auto directory = base::TemporaryDirectory::create("isolde-iso").value();
    const std::string tree = base::join_path(directory.path(), "tree");
    EXPECT_TRUE(base::make_directories(tree).ok());
    EXPECT_TRUE(base::write_durably(base::join_path(tree, "hello.txt"), "hello").ok());
    const std::string path = base::join_path(directory.path(), "a.iso");
    const auto made = base::run_process({.arguments = {"xorriso", "-as", "mkisofs", "-no-pad", "-o", path, tree}},
                                        std::chrono::seconds(60));
    EXPECT_EQ(made.value().exit_code, 0) << made->output;
    return base::read_file(path).value();
}

/// An ISO by xorriso, padded to `size` bytes with noise that `seed` names. Made once: it takes long where code is
/// instrumented.
inline const std::string& iso_bytes(std::size_t size, unsigned seed = 1) {
    static std::mutex mutex;
    static std::map<std::pair<std::size_t, unsigned>, std::string> made;
    const std::scoped_lock lock(mutex);
    std::string& bytes = made[{size, seed}];
    if (bytes.empty()) {
        static const std::string iso = iso_by_xorriso();
        bytes = iso;
        std::mt19937_64 noise(seed);
        while (bytes.size() < size) {
            const std::uint64_t word = noise();
            bytes.append(reinterpret_cast<const char*>(&word), std::min(sizeof word, size - bytes.size()));
        }
    }
    return bytes;
}

inline base::Digest sha512(const std::string& text) {
    base::Hasher hasher(base::DigestAlgorithm::Sha512);
    hasher.update(text);
    return hasher.finish();
}

class CacheTest : public ::testing::Test {
  protected:
    static constexpr std::size_t kIsoSize = 3U << 20U;

    CacheTest() {
        options_.directory = base::join_path(directory_.path(), "cache");
        options_.budget = base::mebibytes(64);
        options_.min_free = base::mebibytes(1);
        options_.max_image = base::mebibytes(32);
        options_.stall_timeout = std::chrono::seconds(20);
    }

    StoreTools tools() { return {*client_, clock_, random_, log_, waiter_, image_classifier(), {}}; }
    /// Opens it anew; whoever had it open must be gone.
    void open() {
        store_.reset();
        auto opened = open_store(options_, tools());
        ASSERT_TRUE(opened.ok()) << opened.error().to_string();
        store_ = std::move(opened).value();
    }
    void serve(ScriptedUpstream::Handler handler) { upstream_ = ScriptedUpstream::start(std::move(handler)).value(); }
    /// Each path serves its content well.
    void serve_files(std::map<std::string, std::string> files) {
        serve([files = std::move(files)](const UpstreamRequest& request) {
            const auto found = files.find(request.target);
            return found == files.end() ? UpstreamReply{.status = 404}
                                        : serve_file(request, found->second,
                                                     "\"" + base::sha256(found->second).hex().substr(0, 8) + "\"");
        });
    }

    base::Result<Blob> acquire(const std::string& url, const std::string& holder = "d1") {
        return acquire(ImageSource{.url = url}, holder);
    }
    base::Result<Blob> acquire(const ImageSource& source, const std::string& holder = "d1") {
        return store_->acquire(source, {LeaseKind::Deployment, holder}, {}, {});
    }

    /// Index, files and counters tell the same, nothing is left of downloads, and it stays so after opening again.
    void expect_clean(std::size_t blobs) {
        const auto check = [&] {
            EXPECT_EQ(store_->list().size(), blobs);
            EXPECT_EQ(store_->usage().reserved.bytes(), 0U);
            std::uint64_t bytes = 0;
            for (const Blob& blob : store_->list()) {
                bytes += blob.size.bytes();
                EXPECT_EQ(base::sha256(base::read_file(blob.path, base::mebibytes(256)).value()), blob.digest);
            }
            EXPECT_EQ(store_->usage().used.bytes(), bytes);
            EXPECT_EQ(base::list_directory(options_.directory + "/blobs")->size(), blobs);
            EXPECT_THAT(base::list_directory(options_.directory + "/downloads").value(), ::testing::IsEmpty());
        };
        check();
        open();
        check();
    }

    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-cache").value();
    base::SystemClock clock_;
    base::testing::SeededRandom random_{7};
    base::NullLog log_;
    std::shared_ptr<ImpatientWaiter> waiter_ = std::make_shared<ImpatientWaiter>();
    std::unique_ptr<http::Client> client_ =
        http::make_client({.addresses = http::AddressPolicy::unrestricted()}, clock_).value();
    ImageStoreOptions options_;
    std::unique_ptr<ScriptedUpstream> upstream_;
    std::unique_ptr<ImageStore> store_;
};

}  // namespace isolde::cache
