// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/serve/publications.h"

#include "base/files.h"
#include "vmedia/serve/media_server.h"

#include <gtest/gtest.h>
#include <future>
#include <thread>

namespace isolde::vmedia {
namespace {

using namespace std::chrono_literals;
using Opened = base::Result<std::shared_ptr<OpenImage>>;

const base::PublicationToken kToken("aaaaaaaaaaaaaaaaaaaaaaaaaa");

/// Base of 8 KiB with a delta of 100 bytes in its middle and 4 KiB of zeros behind it.
class PublicationsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        const std::string path = base::join_path(directory_.path(), "base");
        ASSERT_TRUE(base::write_durably(path, std::string(8192, 'b')).ok());
        auto file = image::FileSource::open(path).value();
        auto extents = ExtentMap::from({{0, 4000, ExtentKind::Blob, 0, 0},
                                        {4000, 100, ExtentKind::Delta, 0, 0},
                                        {4100, 4092, ExtentKind::Blob, 0, 4100},
                                        {8192, 4096, ExtentKind::Zero, 0, 0}})
                           .value();
        image_ =
            ComposedImage::create({file}, base::to_bytes(std::string(100, 'd')), extents, "\"etag\"", "digest").value();
        served_ = {image_, std::make_shared<const TracedFiles>(TracedFiles{{}, image_->size()})};
    }

    std::unique_ptr<Publications> make(PublicationsOptions options = {}) {
        return std::make_unique<Publications>(
            options,
            [this](const Publication&) -> base::Result<ServedImage> {
                ++composed_;
                return fail_ ? base::Result<ServedImage>(base::corrupt("no base")) : base::Result<ServedImage>(served_);
            },
            [](const Publication&) {}, clock_, log_);
    }

    static Opened open(Publications& publications, const std::string& name = "boot.iso",
                       const std::string& peer = "10.0.0.1") {
        std::promise<Opened> answer;
        publications.open(kToken, name, peer, [&](Opened opened) { answer.set_value(std::move(opened)); });
        return answer.get_future().get();
    }

    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-publications").value();
    base::SystemClock clock_;
    base::NullLog log_;
    std::shared_ptr<const ComposedImage> image_;
    ServedImage served_;
    std::atomic<int> composed_{0};
    std::atomic<bool> fail_{false};
};

Publication publication() {
    Publication record;
    record.token = kToken;
    return record;
}

TEST_F(PublicationsTest, UnknownTokensAndNamesAreNotFound) {
    const auto publications = make();
    EXPECT_EQ(open(*publications).error().kind, base::ErrorKind::NotFound);
    publications->publish(publication(), served_);
    EXPECT_EQ(open(*publications, "other.iso").error().kind, base::ErrorKind::NotFound);
    EXPECT_TRUE(open(*publications).ok());
}

TEST_F(PublicationsTest, AnAddressRuleHidesTheImageFromOthers) {
    const auto publications = make();
    Publication record = publication();
    record.allowed_address = "10.0.0.1";
    publications->publish(record, served_);
    EXPECT_TRUE(open(*publications).ok());
    EXPECT_EQ(open(*publications, "boot.iso", "10.0.0.2").error().kind, base::ErrorKind::NotFound);
}

TEST_F(PublicationsTest, IsComposedAtTheFirstReadAndOnlyThen) {
    const auto publications = make();
    publications->publish(publication(), std::nullopt);
    EXPECT_EQ(composed_, 0);
    EXPECT_TRUE(open(*publications).ok());
    EXPECT_TRUE(open(*publications).ok());
    EXPECT_EQ(composed_, 1);
}

TEST_F(PublicationsTest, AFailedCompositionIsAnsweredAndTriedAgain) {
    PublicationsOptions options;
    options.retry = 0s;
    const auto publications = make(options);
    publications->publish(publication(), std::nullopt);
    fail_ = true;
    EXPECT_EQ(open(*publications).error().kind, base::ErrorKind::Corrupt);
    fail_ = false;
    EXPECT_TRUE(open(*publications).ok());
}

TEST_F(PublicationsTest, ReadersThatComeAgainAtOnceDoNotComposeAgain) {
    PublicationsOptions options;
    options.retry = 1h;
    const auto publications = make(options);
    publications->publish(publication(), std::nullopt);
    fail_ = true;
    EXPECT_EQ(open(*publications).error().kind, base::ErrorKind::Corrupt);
    EXPECT_EQ(open(*publications).error().kind, base::ErrorKind::Corrupt);
    EXPECT_EQ(composed_, 1);
}

TEST_F(PublicationsTest, AnImageWithoutReadersIsDroppedForMemoryAndAnOpenOneIsNot) {
    PublicationsOptions options;
    options.memory = base::ByteCount(1);
    const auto publications = make(options);
    publications->publish(publication(), served_);
    EXPECT_EQ(publications->memory(), base::ByteCount(0));
    auto opened = open(*publications).value();
    EXPECT_EQ(composed_, 1);
    EXPECT_TRUE(open(*publications).ok());
    EXPECT_EQ(composed_, 1);
}

TEST_F(PublicationsTest, RevokedIsNotFoundAndCloseIsToldAfterTheLastReader) {
    const auto publications = make();
    publications->publish(publication(), served_);
    auto opened = open(*publications).value();
    std::promise<std::thread::id> closed;
    auto closed_by = closed.get_future();
    publications->revoke(kToken, [&] { closed.set_value(std::this_thread::get_id()); });
    EXPECT_EQ(open(*publications).error().kind, base::ErrorKind::NotFound);
    EXPECT_EQ(closed_by.wait_for(0s), std::future_status::timeout);
    opened.reset();
    EXPECT_NE(closed_by.get(), std::this_thread::get_id());
    EXPECT_EQ(publications->memory(), base::ByteCount(0));
}

TEST_F(PublicationsTest, RevokingWhatNobodyReadsIsToldAtOnce) {
    const auto publications = make();
    bool closed = false;
    publications->revoke(kToken, [&] { closed = true; });
    EXPECT_TRUE(closed);
}

TEST_F(PublicationsTest, ABodyShowsTheBytesOfTheComposedImage) {
    const auto publications = make();
    publications->publish(publication(), served_);
    const auto body = body_of(open(*publications).value());
    std::string text;
    while (text.size() < body->size()) {
        const http::BodyPiece piece = body->piece_at(text.size());
        if (const auto* file = std::get_if<http::FilePiece>(&piece.bytes)) {
            base::Bytes bytes(piece.length);
            ASSERT_TRUE(base::read_exactly(file->fd, file->offset, bytes).ok());
            text += base::as_text(bytes);
        } else {
            text += base::as_text(std::get<base::ByteView>(piece.bytes));
        }
    }
    EXPECT_EQ(text, std::string(4000, 'b') + std::string(100, 'd') + std::string(4092, 'b') + std::string(4096, '\0'));
    EXPECT_EQ(body->etag(), "\"etag\"");
}

TEST_F(PublicationsTest, ReadersOfAnImageThatIsComposedShareOneComposition) {
    const auto publications = make();
    publications->publish(publication(), std::nullopt);
    std::vector<std::thread> readers;
    std::atomic<int> opened{0};
    for (int i = 0; i < 8; ++i) {
        readers.emplace_back([&] { opened += open(*publications).ok() ? 1 : 0; });
    }
    for (auto& reader : readers) {
        reader.join();
    }
    EXPECT_EQ(opened, 8);
    EXPECT_EQ(composed_, 1);
}

TEST_F(PublicationsTest, TheSinkIsToldOnceASecondThatSomethingWasRead) {
    std::promise<std::string> told;
    Publications publications(
        {}, [this](const Publication&) { return base::Result<ServedImage>(served_); },
        [&](const Publication& read) { told.set_value(read.token.str()); }, clock_, log_);
    publications.publish(publication(), served_);
    const auto image = open(publications).value();
    image->sent(0, 10);
    image->sent(10, 10);
    EXPECT_EQ(told.get_future().get(), kToken.str());
}

TEST_F(PublicationsTest, ManyRunsAreTracedWithinTheirBounds) {
    const auto publications = make();
    publications->publish(publication(), served_);
    const auto image = open(*publications).value();
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        image->sent(i, 1);
    }
    EXPECT_EQ(publications->trace(kToken)->bytes, 10'000U);
}

TEST_F(PublicationsTest, WhatIsSentIsTraced) {
    const auto publications = make();
    publications->publish(publication(), served_);
    open(*publications).value()->sent(0, 4096);
    EXPECT_EQ(publications->trace(kToken)->bytes, 4096U);
    EXPECT_FALSE(publications->trace(base::PublicationToken("unknown")).has_value());
}

}  // namespace
}  // namespace isolde::vmedia
