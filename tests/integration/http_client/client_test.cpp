// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/client.h"
#include "http/testing/scripted_upstream.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace isolde::http {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using testing::ScriptedUpstream;
using testing::UpstreamReply;
using testing::UpstreamRequest;

class ClientTest : public ::testing::Test {
  protected:
    static std::unique_ptr<Client> client_with(AddressPolicy policy) {
        static const base::SystemClock clock;
        return make_client({.addresses = std::move(policy)}, clock).value();
    }
    base::Deadline soon() const { return base::Deadline::after(clock_, 20s); }
    base::Result<ClientResponse> get(const std::string& url) { return client_->perform({.url = url}, soon()); }
    std::unique_ptr<ScriptedUpstream> upstream(ScriptedUpstream::Handler handler) {
        return ScriptedUpstream::start(std::move(handler)).value();
    }

    base::SystemClock clock_;
    std::unique_ptr<Client> client_ = client_with(AddressPolicy::unrestricted());
};

/// Collects a download; ends it with `fail_with` when set.
class Collector final : public BodySink {
  public:
    base::Result<void> begin(int code, const Headers&) override {
        ++begun;
        status = code;
        return {};
    }
    base::Result<void> write(base::ByteView bytes) override {
        if (fail_with) {
            return *fail_with;
        }
        if (before_first && body.empty()) {
            before_first();
        }
        body.append(base::as_text(bytes));
        return {};
    }

    int begun = 0;
    int status = 0;
    std::string body;
    std::optional<base::Error> fail_with;
    std::function<void()> before_first;
};

TEST_F(ClientTest, GivesStatusHeadersAndBodyAndAStatusIsNoError) {
    const auto server = upstream([](const UpstreamRequest& request) {
        return UpstreamReply{.status = 404, .headers = {{"X-A", "b"}}, .body = request.method + request.body};
    });
    const auto response =
        client_->perform({.method = "PATCH", .url = server->url("/x?q=1"), .body = "{}"}, soon()).value();
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.headers.find("x-a"), "b");
    EXPECT_EQ(response.body, "PATCH{}");
    EXPECT_EQ(response.final_url, server->url("/x?q=1"));
    const auto seen = server->requests().at(0);
    EXPECT_EQ(seen.target, "/x?q=1");
    EXPECT_FALSE(seen.headers.find("Expect"));
    EXPECT_FALSE(seen.headers.find("Content-Type"));
    EXPECT_EQ(seen.headers.find("User-Agent"), "isolde");
}

TEST_F(ClientTest, HeadHasNoBodyAndKeepsTheLength) {
    const auto server = upstream([](const UpstreamRequest&) { return UpstreamReply{.body = "0123456789"}; });
    const auto response = client_->perform({.method = "HEAD", .url = server->url("/")}, soon()).value();
    EXPECT_EQ(response.headers.find("Content-Length"), "10");
    EXPECT_EQ(response.body, "");
}

TEST_F(ClientTest, RefusedNamesHostAndPortAndSaysThatNothingWasSent) {
    const std::uint16_t port = testing::unused_port();
    const auto error = get("http://user:hidden@127.0.0.1:" + std::to_string(port) + "/x?sig=hidden").error();
    EXPECT_EQ(error.kind, ErrorKind::Unavailable);
    EXPECT_NE(error.message.find("127.0.0.1:" + std::to_string(port)), std::string::npos) << error.to_string();
    EXPECT_EQ(error.to_string().find("hidden"), std::string::npos);
    EXPECT_EQ(error.context, std::vector<std::string>{kBeforeRequestWasSent});
}

TEST_F(ClientTest, ADeathAfterTheRequestDoesNotSayThatNothingWasSent) {
    const auto server = upstream([](const UpstreamRequest&) { return UpstreamReply{.die_at_once = true}; });
    const auto error = get(server->url("/")).error();
    EXPECT_EQ(error.kind, ErrorKind::Unavailable);
    EXPECT_TRUE(error.context.empty());
    EXPECT_EQ(server->requests().size(), 1U);
}

TEST_F(ClientTest, BadUrlsAndSchemesAreInvalidArguments) {
    for (const char* url : {"", "nonsense", "file:///etc/passwd", "ftp://127.0.0.1/", "http://"}) {
        EXPECT_EQ(get(url).error().kind, ErrorKind::InvalidArgument) << url;
    }
}

TEST_F(ClientTest, DiesInMidBodyIsUnavailable) {
    const auto server = upstream(
        [](const UpstreamRequest&) { return UpstreamReply{.body = std::string(100000, 'x'), .die_after = 50000}; });
    EXPECT_EQ(get(server->url("/")).error().kind, ErrorKind::Unavailable);
}

TEST_F(ClientTest, AStallEndsWithTimeout) {
    const auto server = upstream(
        [](const UpstreamRequest&) { return UpstreamReply{.body = std::string(5000, 'x'), .stall_after = 100}; });
    const auto before = clock_.steady();
    const auto response = client_->perform({.url = server->url("/"), .stall_timeout = 1s}, soon());
    EXPECT_EQ(response.error().kind, ErrorKind::Timeout);
    EXPECT_LT(clock_.steady() - before, 10s);
}

TEST_F(ClientTest, ASlowDripEndsWithTimeoutAsWell) {
    const auto server = upstream([](const UpstreamRequest&) {
        return UpstreamReply{.body = std::string(5000, 'x'), .drip_bytes = 1, .drip_pause = 20ms};
    });
    EXPECT_EQ(client_->perform({.url = server->url("/"), .stall_timeout = 1s}, soon()).error().kind,
              ErrorKind::Timeout);
}

TEST_F(ClientTest, TheDeadlineHoldsWhateverTheStallTimeout) {
    const auto server = upstream([](const UpstreamRequest&) { return UpstreamReply{.body = "x", .stall_after = 0}; });
    EXPECT_EQ(client_->perform({.url = server->url("/")}, base::Deadline::after(clock_, 100ms)).error().kind,
              ErrorKind::Timeout);
}

TEST_F(ClientTest, AStopRequestEndsAWaitingCall) {
    std::stop_source stop;
    const auto server = upstream([&](const UpstreamRequest&) {
        stop.request_stop();
        return UpstreamReply{.body = "x", .stall_after = 0};
    });
    EXPECT_EQ(client_->perform({.url = server->url("/"), .stop = stop.get_token()}, soon()).error().kind,
              ErrorKind::Cancelled);
}

TEST_F(ClientTest, MoreThanTheLimitIsExhausted) {
    const auto server = upstream(
        [](const UpstreamRequest&) { return UpstreamReply{.body = std::string(2000, 'x'), .announce_length = false}; });
    EXPECT_EQ(client_->perform({.url = server->url("/"), .response_limit = base::ByteCount(1999)}, soon()).error().kind,
              ErrorKind::Exhausted);
    EXPECT_TRUE(client_->perform({.url = server->url("/"), .response_limit = base::ByteCount(2000)}, soon()).ok());
}

TEST_F(ClientTest, HeadersHaveLimits) {
    const auto server = upstream([](const UpstreamRequest& request) {
        UpstreamReply reply;
        const bool many = request.target == "/many";
        for (int i = 0; i < (many ? 300 : 10); ++i) {
            reply.headers.add("X-" + std::to_string(i), std::string(many ? 1 : 9000, 'x'));
        }
        return reply;
    });
    EXPECT_EQ(get(server->url("/many")).error().kind, ErrorKind::Exhausted);
    EXPECT_EQ(get(server->url("/large")).error().kind, ErrorKind::Exhausted);
}

TEST_F(ClientTest, WhatIsNotHttpIsCorrupt) {
    const auto server =
        upstream([](const UpstreamRequest&) { return UpstreamReply{.raw = "hello, here is no status line\r\n\r\n"}; });
    EXPECT_EQ(get(server->url("/")).error().kind, ErrorKind::Corrupt);
}

TEST_F(ClientTest, ARedirectIsFollowedOnlyAsOftenAsAsked) {
    const auto server = upstream([](const UpstreamRequest& request) {
        if (request.target == "/end") {
            return UpstreamReply{.body = "end"};
        }
        const int left = request.target.at(1) - '0';
        return UpstreamReply{.status = 302,
                             .headers = {{"Location", left == 0 ? "/end" : "/" + std::to_string(left - 1)}},
                             .body = "moved"};
    });
    EXPECT_EQ(get(server->url("/0"))->status, 302);
    Collector sink;
    const auto response = client_->download({.url = server->url("/2"), .redirects = 3}, sink, soon()).value();
    EXPECT_EQ(response.final_url, server->url("/end"));
    EXPECT_EQ(sink.body, "end");
    EXPECT_EQ(sink.begun, 1);
    EXPECT_EQ(client_->perform({.url = server->url("/3"), .redirects = 3}, soon()).error().kind,
              ErrorKind::Unavailable);
}

TEST_F(ClientTest, CredentialsAreSentToTheirOriginAndDroppedOnARedirectOffIt) {
    const auto other = upstream([](const UpstreamRequest&) { return UpstreamReply{.body = "other"}; });
    const auto server = upstream([&](const UpstreamRequest& request) {
        const std::string location = request.target == "/away" ? other->url("/") : "/away";
        return UpstreamReply{.status = 307, .headers = {{"Location", location}}};
    });
    ClientRequest request{.url = server->url("/near"), .redirects = 5};
    request.credentials = BasicCredentials{"user", base::Secret("password")};
    ASSERT_EQ(client_->perform(request, soon())->body, "other");
    EXPECT_EQ(server->requests().at(0).headers.find("Authorization"), "Basic dXNlcjpwYXNzd29yZA==");
    EXPECT_TRUE(server->requests().at(1).headers.find("Authorization"));
    EXPECT_FALSE(other->requests().at(0).headers.find("Authorization"));
}

TEST_F(ClientTest, UserInfoOfTheUrlIsSentAsCredentials) {
    const auto server = upstream([](const UpstreamRequest&) { return UpstreamReply{}; });
    const auto response = get("http://user:password@127.0.0.1:" + std::to_string(server->port()) + "/").value();
    EXPECT_EQ(server->requests().at(0).headers.find("Authorization"), "Basic dXNlcjpwYXNzd29yZA==");
    EXPECT_EQ(response.final_url, server->url("/"));
}

TEST_F(ClientTest, LoopbackIsRefusedInEverySpelling) {
    const auto server = upstream([](const UpstreamRequest&) { return UpstreamReply{}; });
    const auto guarded = client_with({});
    for (const char* host :
         {"127.0.0.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "localhost", "[::1]", "0.0.0.0"}) {
        const auto response = guarded->perform(
            {.url = std::string("http://") + host + ":" + std::to_string(server->port()) + "/"}, soon());
        ASSERT_FALSE(response.ok()) << host;
        EXPECT_EQ(response.error().kind, ErrorKind::Unauthorized) << host << ": " << response.error().to_string();
    }
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(ClientTest, TheAddressPolicyHoldsAtEveryHop) {
    const auto server = upstream([](const UpstreamRequest& request) {
        return UpstreamReply{
            .status = 302,
            .headers = {{"Location", "http://127.0.0.2:" + request.headers.find("Host")->substr(10) + "/"}}};
    });
    const auto guarded = client_with({.allow = {AddressRange::parse("127.0.0.1").value()}, .deny = {}});
    const auto response = guarded->perform({.url = server->url("/"), .redirects = 5}, soon());
    EXPECT_EQ(response.error().kind, ErrorKind::Unauthorized);
    EXPECT_NE(response.error().message.find("allow_addresses"), std::string::npos);
}

/// Answers the first request of a connection and hangs up on the second without a word.
UpstreamReply dies_on_reuse(const UpstreamRequest& request) {
    return UpstreamReply{.body = "ok", .die_at_once = request.request_on_connection > 1};
}

TEST_F(ClientTest, AnIdempotentRequestIsRepeatedOnceAfterAReusedConnectionDied) {
    const auto server = upstream(dies_on_reuse);
    for (const char* method : {"GET", "HEAD", "DELETE"}) {
        ASSERT_TRUE(get(server->url("/warm")).ok());
        const auto response = client_->perform({.method = method, .url = server->url("/again")}, soon());
        ASSERT_TRUE(response.ok()) << method << ": " << response.error().to_string();
        EXPECT_TRUE(response->repeated) << method;
        EXPECT_EQ(server->count(method, "/again"), 2U) << method;
    }
}

TEST_F(ClientTest, AnAnswerToTheFirstSendingIsNotCalledRepeated) {
    const auto server = upstream([](const UpstreamRequest&) { return UpstreamReply{.body = "ok"}; });
    for (int i = 0; i < 2; ++i) {
        const auto response = get(server->url("/"));
        ASSERT_TRUE(response.ok());
        EXPECT_FALSE(response->repeated);
    }
}

TEST_F(ClientTest, APostIsNeverRepeated) {
    const auto server = upstream(dies_on_reuse);
    ASSERT_TRUE(get(server->url("/warm")).ok());
    const auto response = client_->perform({.method = "POST", .url = server->url("/push"), .body = "{}"}, soon());
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.error().kind, ErrorKind::Unavailable);
    EXPECT_TRUE(response.error().context.empty());
    EXPECT_EQ(server->count("POST", "/push"), 1U);
}

TEST_F(ClientTest, ConnectionsAreReusedUnlessAskedToClose) {
    const auto server = upstream([](const UpstreamRequest&) { return UpstreamReply{.body = "ok"}; });
    ASSERT_TRUE(get(server->url("/")).ok());
    ASSERT_TRUE(get(server->url("/")).ok());
    EXPECT_EQ(server->connections(), 1U);
    ASSERT_TRUE(client_->perform({.url = server->url("/"), .close_connection = true}, soon()).ok());
    ASSERT_TRUE(client_->perform({.url = server->url("/"), .close_connection = true}, soon()).ok());
    EXPECT_EQ(server->connections(), 3U);
    EXPECT_EQ(server->requests().back().headers.find("Connection"), "close");
}

TEST_F(ClientTest, ASlowSinkPausesItsOwnTransferOnly) {
    const std::string large(24U << 20U, 'x');
    const auto server = upstream([&](const UpstreamRequest& request) {
        return UpstreamReply{.body = request.target == "/large" ? large : "small"};
    });
    Collector sink;
    sink.before_first = [&] {
        for (int i = 0; i < 20; ++i) {
            EXPECT_EQ(get(server->url("/small"))->body, "small");
        }
    };
    ClientRequest request{.url = server->url("/large"), .stall_timeout = 1s, .response_limit = base::mebibytes(24)};
    ASSERT_TRUE(client_->download(request, sink, soon()).ok());
    EXPECT_EQ(sink.body.size(), large.size());
}

TEST_F(ClientTest, AnErrorOfTheSinkEndsTheTransfer) {
    const auto server =
        upstream([](const UpstreamRequest&) { return UpstreamReply{.body = std::string(1U << 20U, 'x')}; });
    Collector sink;
    sink.fail_with = base::exhausted("disk full");
    EXPECT_EQ(client_->download({.url = server->url("/")}, sink, soon()).error().message, "disk full");
}

TEST_F(ClientTest, ManyThreadsShareOneLoop) {
    const auto server = upstream([](const UpstreamRequest& request) { return UpstreamReply{.body = request.target}; });
    std::atomic<int> right = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 16; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
                const auto response = get(server->url(path));
                right += response.ok() && response->body == path ? 1 : 0;
            }
        });
    }
    threads.clear();
    EXPECT_EQ(right, 400);
    EXPECT_LE(server->connections(), 8U);
}

}  // namespace
}  // namespace isolde::http
