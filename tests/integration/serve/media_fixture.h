// SPDX-License-Identifier: GPL-3.0-or-later
//
// A composed image of file extents, memory and zeros behind the media server.
#pragma once

#include "base/digest.h"
#include "base/files.h"
#include "base/log.h"
#include "base/process.h"
#include "http/server/server.h"
#include "vmedia/serve/media_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace isolde::vmedia::testing {

using std::chrono::seconds;

/// Bytes that differ from place to place.
inline std::string pattern(std::size_t size, std::uint32_t seed) {
    std::string text(size, '\0');
    for (char& c : text) {
        seed = seed * 1664525U + 1013904223U;
        c = static_cast<char>(seed >> 24U);
    }
    return text;
}

class MediaTest : public ::testing::Test {
  protected:
    static constexpr std::uint64_t kBase = 6'000'000;

    MediaTest() : directory_(base::TemporaryDirectory::create("isolde-serve").value()) {
        EXPECT_TRUE(base::write_durably(path("base"), pattern(kBase, 1)).ok());
        base_ = image::FileSource::open(path("base")).value();
    }
    ~MediaTest() override { server_.reset(); }

    std::string path(const std::string& name) const { return base::join_path(directory_.path(), name); }

    /// Small and large patches, base bytes out of place, zeros, and a tail behind the base.
    std::shared_ptr<const ComposedImage> composed() const {
        const base::Bytes delta = base::to_bytes(pattern(600'000, 2));
        auto extents = ExtentMap::from({{0, 32'768, ExtentKind::Blob, 0, 0},
                                        {32'768, 2'048, ExtentKind::Delta, 0, 0},
                                        {34'816, 1'000'000, ExtentKind::Blob, 0, 34'816},
                                        {1'034'816, 1, ExtentKind::Delta, 0, 9'999},
                                        {1'034'817, 3'000'000, ExtentKind::Blob, 0, 2'000'000},
                                        {4'034'817, 200'000, ExtentKind::Zero, 0, 0},
                                        {4'234'817, 500'000, ExtentKind::Delta, 0, 100'000},
                                        {4'734'817, 1'000, ExtentKind::Blob, 0, 5'999'000}});
        return ComposedImage::create({base_}, delta, extents.value(), "\"composed\"", "digest").value();
    }
    std::shared_ptr<const ComposedImage> plain() const {
        auto extents = ExtentMap::from({{0, kBase, ExtentKind::Blob, 0, 0}});
        return ComposedImage::create({base_}, {}, extents.value(), "\"plain\"", "digest").value();
    }

    void serve(std::shared_ptr<const ComposedImage> image) {
        image_ = std::move(image);
        served_ = {image_, std::make_shared<const TracedFiles>(TracedFiles{{}, image_->size()})};
        publications_ = std::make_unique<Publications>(
            options_,
            [this](const Publication&) {
                ++composed_;
                return served_;
            },
            [](const Publication&) {}, clock_, log_);
        publication_.token = base::PublicationToken("abcdefghijklmnopqrstuvwxyz");
        publication_.created = clock_.wall();
        publications_->publish(publication_, served_);
        auto server = http::Server::start({}, media_handler(*publications_), log_);
        ASSERT_TRUE(server.ok()) << server.error().to_string();
        server_ = std::move(server).value();
    }

    std::string host() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
    std::string url() const { return host() + "/m/" + publication_.token.str() + "/boot.iso"; }

    base::Digest image_digest() const { return base::sha256(image_->read_bytes(0, image_->size()).value()); }
    static base::Digest file_digest(const std::string& file) {
        const auto content = base::read_file(file);
        return content.ok() ? base::sha256(base::as_bytes(*content)) : base::Digest();
    }
    static base::ProcessOutput run(std::vector<std::string> arguments) {
        auto output = base::run_process({.arguments = std::move(arguments)}, seconds(90), base::mebibytes(64));
        EXPECT_TRUE(output.ok()) << output.error().to_string();
        return output.ok() ? std::move(output).value() : base::ProcessOutput{255, ""};
    }
    /// Status, and the header named.
    static std::string curl(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"curl", "--silent", "--max-time", "60"});
        return run(std::move(arguments)).output;
    }

    base::TemporaryDirectory directory_;
    base::SystemClock clock_;
    base::NullLog log_;
    PublicationsOptions options_;
    std::shared_ptr<const image::FileSource> base_;
    std::shared_ptr<const ComposedImage> image_;
    ServedImage served_;
    Publication publication_;
    std::atomic<int> composed_{0};
    std::unique_ptr<Publications> publications_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace isolde::vmedia::testing
