// SPDX-License-Identifier: GPL-3.0-or-later
//
// A server on a free loopback port with short limits, a ranged body of file and memory pieces, and the answers that the
// tests ask for by path.
#pragma once

#include "base/files.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/process.h"
#include "http/server/server.h"
#include "raw_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace isolde::http::testing {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Bytes that differ from place to place, so that no two ranges look alike.
inline std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 12345;
    for (char& c : text) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24U);
    }
    return text;
}

/// A file in which every `kBlock` begins with a patch that lives in memory.
class PatchedFile final : public RangedBody {
  public:
    static constexpr std::uint64_t kBlock = 100'000;
    static constexpr std::uint64_t kPatch = 3'000;

    PatchedFile(std::string content, const std::string& path) : content_(std::move(content)) {
        std::string on_disk = content_;
        for (std::size_t at = 0; at < on_disk.size(); at += kBlock) {
            std::fill_n(on_disk.begin() + static_cast<std::ptrdiff_t>(at),
                        std::min<std::size_t>(kPatch, on_disk.size() - at), '#');
        }
        EXPECT_TRUE(base::write_durably(path, on_disk).ok());
        file_ = base::open_for_reading(path).value();
    }

    std::uint64_t size() const override { return content_.size(); }
    BodyPiece piece_at(std::uint64_t offset) const override {
        const std::uint64_t in_block = offset % kBlock;
        const std::uint64_t end = in_block < kPatch ? kPatch : kBlock;
        const std::uint64_t length = std::min(end - in_block, size() - offset);
        if (in_block < kPatch) {
            return {base::as_bytes(content_).subspan(offset, length), length};
        }
        return {FilePiece{file_.get(), offset, length}, length};
    }
    const std::string& etag() const override { return etag_; }
    base::WallTime last_modified() const override { return base::WallTime(seconds(1'795'225'960)); }
    void sent(std::uint64_t, std::uint64_t length) const override { sent_ += length; }

    const std::string& content() const { return content_; }
    std::uint64_t bytes_sent() const { return sent_; }

  private:
    std::string content_;
    base::UniqueFd file_;
    std::string etag_ = "\"patched-1\"";
    mutable std::atomic<std::uint64_t> sent_{0};
};

/// Polls what can be observed, until it holds or ten seconds are over.
inline bool eventually(const std::function<bool()>& holds) {
    const auto give_up = std::chrono::steady_clock::now() + seconds(10);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > give_up) {
            return false;
        }
        ::poll(nullptr, 0, 5);
    }
    return true;
}

class ServerTest : public ::testing::Test {
  protected:
    ServerTest() : directory_(base::TemporaryDirectory::create("isolde-http").value()) {
        options_.limits.body = base::kibibytes(64);
        options_.limits.sweep = milliseconds(20);
        body_ = std::make_shared<PatchedFile>(pattern(5'000'000), path("image"));
    }
    ~ServerTest() override { server_.reset(); }

    std::string path(const std::string& name) const { return base::join_path(directory_.path(), name); }

    void start() {
        auto server = Server::start(
            options_, [this](const Request& request, Responder responder) { answer(request, std::move(responder)); },
            log_);
        ASSERT_TRUE(server.ok()) << server.error().to_string();
        server_ = std::move(server).value();
    }

    void answer(const Request& request, Responder responder) {
        if (request.path == "/image") {
            responder({.ranged_body = body_});
        } else if (request.path == "/short") {
            responder({.ranged_body = truncated_});
        } else if (request.path == "/park") {
            const base::Lock lock(mutex_);
            parked_.push_back(std::move(responder));
        } else if (request.path == "/drop") {
            // Unanswered on purpose.
        } else if (request.path == "/silent") {
            responder({.ending = Ending::Silent});
        } else if (request.path == "/reset") {
            responder({.ending = Ending::Reset});
        } else if (request.path == "/close") {
            responder({.body = "bye", .ending = Ending::Close});
        } else {
            responder({.headers = {{"Content-Type", "text/plain"}},
                       .body = request.method + " " + request.path + " " + request.body});
        }
    }

    std::size_t parked() {
        const base::Lock lock(mutex_);
        return parked_.size();
    }
    Responder take_parked() {
        const base::Lock lock(mutex_);
        Responder responder = std::move(parked_.back());
        parked_.pop_back();
        return responder;
    }

    RawClient connect(int receive_buffer = 0) const { return RawClient(server_->port(), receive_buffer); }
    std::string url(const std::string& target) const {
        const std::string scheme = options_.tls_certificate.empty() ? "http" : "https";
        return scheme + "://127.0.0.1:" + std::to_string(server_->port()) + target;
    }
    bool all_connections_gone() const {
        return eventually([this] { return server_->counters().connections_open == 0; });
    }

    base::ProcessOutput curl(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"curl", "--silent", "--show-error", "--insecure", "--max-time", "60"});
        auto output = base::run_process({.arguments = std::move(arguments)}, seconds(90), base::mebibytes(64));
        EXPECT_TRUE(output.ok());
        return output.ok() ? std::move(output).value() : base::ProcessOutput{255, ""};
    }

    base::TemporaryDirectory directory_;
    base::NullLog log_;
    ServerOptions options_;
    std::shared_ptr<PatchedFile> body_;
    std::shared_ptr<const RangedBody> truncated_;
    base::Mutex mutex_;
    std::vector<Responder> parked_;
    std::unique_ptr<Server> server_;
};

}  // namespace isolde::http::testing
