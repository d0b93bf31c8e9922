// SPDX-License-Identifier: GPL-3.0-or-later
//
// What hostile, broken and vanished clients get: each limit is a test.
#include "server_fixture.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <thread>

namespace isolde::http::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Limits : public ServerTest {
  protected:
    static milliseconds since(std::chrono::steady_clock::time_point begin) {
        return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
    }
};

TEST_F(Limits, CutASlowHeaderAtItsAbsoluteDeadline) {
    options_.limits.header_deadline = milliseconds(400);
    start();
    auto client = connect();
    const auto begin = std::chrono::steady_clock::now();
    client.send("GET / HTTP/1.1\r\nX: ");
    while (client.read_to_end(milliseconds(30)) == End::Open && since(begin) < seconds(5)) {
        client.send("x");
    }
    EXPECT_GE(since(begin), milliseconds(350));
    EXPECT_LT(since(begin), seconds(2));
    EXPECT_TRUE(client.text().empty());
    EXPECT_EQ(server_->counters().timeouts, 1U);
}

TEST_F(Limits, CutASlowSecondHeaderToo) {
    options_.limits.header_deadline = milliseconds(300);
    start();
    auto client = connect();
    client.send("GET /a HTTP/1.1\r\n\r\n");
    client.read_response();
    client.send("G");
    EXPECT_NE(client.read_to_end(seconds(5)), End::Open);
}

TEST_F(Limits, CutAConnectionThatSaysNothing) {
    options_.limits.header_deadline = milliseconds(200);
    start();
    EXPECT_EQ(connect().read_to_end(seconds(5)), End::Fin);
}

TEST_F(Limits, CutASlowBodyAtItsAbsoluteDeadline) {
    options_.limits.body_deadline = milliseconds(300);
    start();
    auto client = connect();
    client.send("PUT / HTTP/1.1\r\nContent-Length: 10000\r\n\r\n");
    const auto begin = std::chrono::steady_clock::now();
    while (client.read_to_end(milliseconds(30)) == End::Open && since(begin) < seconds(5)) {
        client.send("x");
    }
    EXPECT_LT(since(begin), seconds(2));
}

TEST_F(Limits, CloseIdleConnectionsCleanly) {
    options_.limits.idle = milliseconds(300);
    start();
    auto client = connect();
    client.send("GET /a HTTP/1.1\r\n\r\n");
    EXPECT_THAT(client.read_response(), HasSubstr("GET /a"));
    EXPECT_EQ(client.read_to_end(seconds(5)), End::Fin);
}

TEST_F(Limits, KeepIdleConnectionsLongerThanAHeaderMayTake) {
    options_.limits.header_deadline = milliseconds(100);
    start();
    auto client = connect();
    client.send("GET /a HTTP/1.1\r\n\r\n");
    client.read_response();
    EXPECT_EQ(client.read_to_end(milliseconds(400)), End::Open);
    client.send("GET /b HTTP/1.1\r\n\r\n");
    EXPECT_THAT(client.read_response(), HasSubstr("GET /b"));
}

TEST_F(Limits, EndAnEndlessHeader) {
    start();
    auto client = connect();
    client.send("GET / HTTP/1.1\r\nX: ");
    const std::string kibibyte(1024, 'x');
    for (int i = 0; i < 1024 && client.send(kibibyte); ++i) {
    }
    client.read_to_end();
    EXPECT_THAT(client.text(), StartsWith("HTTP/1.1 431 "));
    EXPECT_TRUE(all_connections_gone());
}

TEST_F(Limits, RefuseABodyThatIsTooLarge) {
    start();
    auto client = connect();
    client.send("POST /a HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n");
    EXPECT_EQ(client.read_to_end(milliseconds(500)), End::Fin);
    EXPECT_THAT(client.text(), StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(client.text(), HasSubstr("Connection: close\r\n"));
}

TEST_F(Limits, RefuseABodyThatIsTooLargeFromCurl) {
    start();
    ASSERT_TRUE(base::write_durably(path("upload"), std::string(1'000'000, 'u')).ok());
    const auto output = curl(
        {"--output", "/dev/null", "--write-out", "%{http_code}", "--data-binary", "@" + path("upload"), url("/a")});
    EXPECT_THAT(output.output, HasSubstr("413"));
}

TEST_F(Limits, RefuseChunkedBodies) {
    start();
    auto client = connect();
    client.send("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    EXPECT_EQ(client.read_to_end(), End::Fin);
    EXPECT_THAT(client.text(), StartsWith("HTTP/1.1 411 "));
}

TEST_F(Limits, AnswerSeveralRangesWithTheWholeBody) {
    start();
    auto client = connect();
    client.send("GET /image HTTP/1.1\r\nRange: bytes=0-,0-,0-,0-,0-\r\n\r\n");
    const std::string response = client.read_response();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n"));
    EXPECT_TRUE(client.text().empty());
}

TEST_F(Limits, AnswerForAHandlerThatIsTooSlow) {
    options_.limits.handler = milliseconds(200);
    start();
    auto client = connect();
    client.send("GET /park HTTP/1.1\r\n\r\n");
    EXPECT_THAT(client.read_response(), StartsWith("HTTP/1.1 503 "));
    EXPECT_EQ(client.read_to_end(), End::Fin);
    take_parked()({.body = "too late"});
    EXPECT_EQ(client.text(), "");
}

TEST_F(Limits, ResetReadersThatNeverRead) {
    options_.limits.progress = milliseconds(300);
    start();
    std::vector<RawClient> clients;
    for (int i = 0; i < 50; ++i) {
        clients.push_back(connect(4096));
        clients.back().send("GET /image HTTP/1.1\r\n\r\n");
    }
    ASSERT_TRUE(eventually([this] { return server_->counters().requests == 50; }));
    EXPECT_TRUE(all_connections_gone());
    EXPECT_EQ(clients.front().read_to_end(), End::Reset);
}

TEST_F(Limits, LeaveSlowReadersThatDoRead) {
    options_.limits.progress = milliseconds(500);
    start();
    auto client = connect(65536);
    client.send("GET /image HTTP/1.1\r\n\r\n");
    const auto begin = std::chrono::steady_clock::now();
    while (client.text().size() < 5'000'000 && client.read_some() == End::Open && since(begin) < seconds(60)) {
        ::poll(nullptr, 0, 20);
    }
    EXPECT_GT(since(begin), milliseconds(500));
    EXPECT_GE(client.text().size(), 5'000'000U);
}

TEST_F(Limits, SurviveClientsThatResetInMidBody) {
    start();
    for (int round = 0; round < 3; ++round) {
        std::vector<RawClient> clients;
        for (int i = 0; i < 30; ++i) {
            clients.push_back(connect(4096));
            clients.back().send("GET /image HTTP/1.1\r\n\r\n");
            clients.back().read_until("\r\n\r\n");
        }
        for (RawClient& client : clients) {
            client.abort();
        }
        EXPECT_TRUE(all_connections_gone());
    }
    EXPECT_TRUE(curl({url("/image")}).output == body_->content());
}

/// Claims more bytes than its file has, as a file that was truncated while it was served.
class TruncatedFile final : public RangedBody {
  public:
    explicit TruncatedFile(base::UniqueFd file) : file_(std::move(file)) {}
    std::uint64_t size() const override { return 1'000'000; }
    BodyPiece piece_at(std::uint64_t offset) const override {
        return {FilePiece{file_.get(), offset, size() - offset}, size() - offset};
    }
    const std::string& etag() const override { return etag_; }
    base::WallTime last_modified() const override { return {}; }
    void sent(std::uint64_t, std::uint64_t) const override {}

  private:
    base::UniqueFd file_;
    std::string etag_ = "\"short\"";
};

TEST_F(Limits, ResetInsteadOfAShortBody) {
    ASSERT_TRUE(base::write_durably(path("short"), std::string(500'000, 's')).ok());
    truncated_ = std::make_shared<TruncatedFile>(base::open_for_reading(path("short")).value());
    start();
    for (const char* range : {"0-999999", "499000-501000"}) {
        auto client = connect();
        client.send("GET /short HTTP/1.1\r\nRange: bytes=" + std::string(range) + "\r\n\r\n");
        EXPECT_EQ(client.read_to_end(), End::Reset) << range;
    }
}

TEST_F(Limits, RefuseConnectionsAboveTheCap) {
    options_.limits.connections = 3;
    start();
    std::vector<RawClient> kept;
    for (int i = 0; i < 3; ++i) {
        kept.push_back(connect());
        kept.back().send("GET /a HTTP/1.1\r\n\r\n");
        EXPECT_FALSE(kept.back().read_response().empty());
    }
    auto refused = connect();
    EXPECT_NE(refused.read_to_end(), End::Open);
    EXPECT_EQ(server_->counters().connections_refused, 1U);
    kept.pop_back();
    EXPECT_TRUE(eventually([&] {
        auto next = connect();
        next.send("GET /a HTTP/1.1\r\n\r\n");
        return !next.read_response().empty();
    }));
}

TEST_F(Limits, RefuseConnectionsAboveTheCapOfAPeer) {
    options_.limits.connections_per_peer = 1;
    start();
    auto kept = connect();
    kept.send("GET /a HTTP/1.1\r\n\r\n");
    EXPECT_FALSE(kept.read_response().empty());
    EXPECT_NE(connect().read_to_end(), End::Open);
}

/// Lowers the limit of open descriptors for its scope.
class FewDescriptors {
  public:
    explicit FewDescriptors(rlim_t limit) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit lowered{limit, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &lowered);
    }
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

  private:
    rlimit before_{};
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds_of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

TEST_F(Limits, PauseInsteadOfSpinningWhenDescriptorsRunOut) {
    start();
    std::vector<RawClient> clients;
    {
        for (int i = 0; i < 40; ++i) {
            clients.push_back(connect());
        }
        ASSERT_TRUE(eventually([this] { return server_->counters().connections_open == 40; }));
        // Connected by the kernel before the limit falls, accepted by the server after it: forbidden by one descriptor.
        const int next_free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::close(next_free);
        RawClient waiting(server_->port());
        ASSERT_TRUE(eventually([this] { return server_->counters().connections_open == 41; }));
        base::UniqueFd reserved(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const FewDescriptors few(static_cast<rlim_t>(reserved.get()) + 1);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server_->port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(::connect(reserved.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
        const double before = cpu_seconds();
        ::poll(nullptr, 0, 1000);
        EXPECT_LT(cpu_seconds() - before, 0.2);
        EXPECT_EQ(server_->counters().connections_open, 41U);
    }
    clients.clear();
    EXPECT_TRUE(curl({url("/image")}).output == body_->content());
}

}  // namespace
}  // namespace isolde::http::testing
