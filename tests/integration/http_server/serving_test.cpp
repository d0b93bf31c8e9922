// SPDX-License-Identifier: GPL-3.0-or-later
//
// What well-behaved clients get.
#include "server_fixture.h"

#include <thread>

namespace isolde::http::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Serving : public ServerTest {};

TEST_F(Serving, GivesAWholeImageToCurl) {
    start();
    const auto output = curl({url("/image")});
    EXPECT_EQ(output.exit_code, 0);
    EXPECT_TRUE(output.output == body_->content());
    EXPECT_TRUE(eventually([&] { return body_->bytes_sent() == body_->size(); }));
}

struct RangeRow {
    const char* range;
    std::size_t first;
    std::size_t length;
};

TEST_F(Serving, GivesRangesAcrossPiecesOfFileAndMemory) {
    start();
    const RangeRow rows[] = {{"0-0", 0, 1},
                             {"0-65535", 0, 65536},
                             {"90000-110000", 90'000, 20'001},
                             {"2999-3000", 2999, 2},
                             {"103000-103511", 103'000, 512},
                             {"-10", 4'999'990, 10},
                             {"4999999-", 4'999'999, 1},
                             {"1-4999998", 1, 4'999'998},
                             {"4900000-6000000", 4'900'000, 100'000}};
    for (const RangeRow& row : rows) {
        const auto output = curl({"--fail", "--range", row.range, url("/image")});
        EXPECT_EQ(output.exit_code, 0) << row.range;
        EXPECT_TRUE(output.output == body_->content().substr(row.first, row.length)) << row.range;
    }
}

TEST_F(Serving, AnswersHeadWithTheHeaderOfGet) {
    start();
    auto client = connect();
    client.send("HEAD /image HTTP/1.1\r\n\r\n");
    const std::string head = client.read_response(false);
    EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\nAccept-Ranges: bytes\r\n"));
    EXPECT_TRUE(client.text().empty());
    client.send("GET /image HTTP/1.1\r\nRange: bytes=5-6\r\n\r\n");
    EXPECT_THAT(client.read_response(), StartsWith("HTTP/1.1 206 "));
}

TEST_F(Serving, SaysWhichRangesItCannotGive) {
    start();
    auto client = connect();
    client.send("GET /image HTTP/1.1\r\nRange: bytes=5000000-\r\n\r\n");
    EXPECT_THAT(client.read_response(), HasSubstr("Content-Range: bytes */5000000\r\n"));
}

TEST_F(Serving, SendsHeaderAndSmallRangeInOneSegment) {
    start();
    auto client = connect();
    client.send("GET /image HTTP/1.1\r\nRange: bytes=50000-50511\r\n\r\n");
    client.read_until("\r\n\r\n");
    const std::string first_read = client.text();
    EXPECT_EQ(first_read.size(), first_read.find("\r\n\r\n") + 4 + 512);
}

TEST_F(Serving, AnswersPipelinedRequestsInOrder) {
    start();
    auto client = connect();
    client.send(
        "POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /image HTTP/1.1\r\nRange: bytes=0-9\r\n\r\nGET /3 "
        "HTTP/1.1\r\n\r\n");
    EXPECT_THAT(client.read_response(), HasSubstr("POST /1 abc"));
    EXPECT_THAT(client.read_response(), HasSubstr(body_->content().substr(0, 10)));
    EXPECT_THAT(client.read_response(), HasSubstr("GET /3"));
}

TEST_F(Serving, ClosesAfterHttp10) {
    start();
    auto client = connect();
    client.send("GET /a HTTP/1.0\r\n\r\n");
    EXPECT_EQ(client.read_to_end(), End::Fin);
    EXPECT_THAT(client.text(), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(client.text(), HasSubstr("Connection: close\r\n"));
}

TEST_F(Serving, KeepsHttp10AliveWhenAsked) {
    start();
    auto client = connect();
    for (int i = 0; i < 2; ++i) {
        client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        EXPECT_THAT(client.read_response(), HasSubstr("Connection: keep-alive\r\n"));
    }
}

TEST_F(Serving, ClosesWhenTheClientAsks) {
    start();
    auto client = connect();
    client.send("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(client.read_to_end(), End::Fin);
    EXPECT_TRUE(all_connections_gone());
}

TEST_F(Serving, ClosesEachConnectionWhenTold) {
    options_.close_each = true;
    start();
    auto client = connect();
    client.send("GET /a HTTP/1.1\r\n\r\n");
    EXPECT_EQ(client.read_to_end(), End::Fin);
    EXPECT_THAT(client.text(), HasSubstr("Connection: close\r\n"));
}

TEST_F(Serving, EndsAConnectionAsTheResponseSays) {
    start();
    const struct {
        const char* path;
        End end;
        const char* body;
    } rows[] = {{"/close", End::Fin, "bye"}, {"/silent", End::Fin, ""}, {"/reset", End::Reset, ""}};
    for (const auto& row : rows) {
        auto client = connect();
        client.send("GET " + std::string(row.path) + " HTTP/1.1\r\n\r\n");
        EXPECT_EQ(client.read_to_end(), row.end) << row.path;
        EXPECT_THAT(client.text(), HasSubstr(row.body)) << row.path;
        EXPECT_EQ(client.text().empty(), *row.body == '\0') << row.path;
    }
}

TEST_F(Serving, AnswersAnUnansweredRequestWith500) {
    start();
    auto client = connect();
    client.send("GET /drop HTTP/1.1\r\n\r\n");
    EXPECT_THAT(client.read_response(), StartsWith("HTTP/1.1 500 "));
}

TEST_F(Serving, AnswersParkedRequestsFromAnotherThread) {
    start();
    auto client = connect();
    client.send("GET /park HTTP/1.1\r\n\r\nGET /after HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(eventually([this] { return parked() == 1; }));
    std::thread([this] { take_parked()({.status = 202, .body = "later"}); }).join();
    EXPECT_THAT(client.read_response(), HasSubstr("later"));
    EXPECT_THAT(client.read_response(), HasSubstr("GET /after"));
}

TEST_F(Serving, MayBeGoneBeforeItsResponders) {
    options_.limits.drain = seconds(0);
    start();
    auto client = connect();
    client.send("GET /park HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(eventually([this] { return parked() == 1; }));
    Responder responder = take_parked();
    server_.reset();
    responder({.body = "too late"});
    EXPECT_NE(client.read_to_end(), End::Open);
}

TEST_F(Serving, TakesBodiesThatWaitForContinue) {
    start();
    auto client = connect();
    client.send("PUT /a HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    client.read_until("HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(client.text(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    client.read_until("PUT /a hello");
    EXPECT_THAT(client.text(), HasSubstr("PUT /a hello"));
}

TEST_F(Serving, SpreadsManyConnectionsOverItsLoops) {
    options_.threads = 4;
    start();
    std::vector<std::thread> clients;
    std::atomic<int> good{0};
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([&, i] {
            auto client = connect();
            for (std::size_t j = 0; j < 50; ++j) {
                const std::size_t first = (static_cast<std::size_t>(i) * 50 + j) * 12'000;
                client.send("GET /image HTTP/1.1\r\nRange: bytes=" + std::to_string(first) + "-" +
                            std::to_string(first + 65535) + "\r\n\r\n");
                good += client.read_response().ends_with(body_->content().substr(first, 65536)) ? 1 : 0;
            }
        });
    }
    for (auto& client : clients) {
        client.join();
    }
    EXPECT_EQ(good, 400);
    EXPECT_EQ(server_->counters().requests, 400U);
}

TEST_F(Serving, RefusesAPortThatIsTaken) {
    start();
    options_.port = server_->port();
    const auto second = Server::start(
        options_, [](const Request&, Responder) {}, log_);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, base::ErrorKind::Conflict);
}

TEST_F(Serving, RefusesAnAddressThatIsNone) {
    options_.address = "localhost.example";
    const auto server = Server::start(
        options_, [](const Request&, Responder) {}, log_);
    ASSERT_FALSE(server.ok());
    EXPECT_EQ(server.error().kind, base::ErrorKind::InvalidArgument);
}

TEST_F(Serving, FinishesResponsesWhenItStops) {
    start();
    auto client = connect();
    client.send("GET /image HTTP/1.1\r\n\r\n");
    client.read_until("\r\n\r\n");
    std::thread reader([&] { EXPECT_EQ(client.read_to_end(), End::Fin); });
    auto idle = connect();
    idle.send("GET /a HTTP/1.1\r\n\r\n");
    idle.read_response();
    server_->stop();
    reader.join();
    EXPECT_EQ(client.text().size(), client.text().find("\r\n\r\n") + 4 + body_->size());
    EXPECT_EQ(idle.read_to_end(), End::Fin);
    EXPECT_FALSE(connect().connected());
}

TEST_F(Serving, CutsWhatDoesNotFinishWhenItStops) {
    options_.limits.drain = milliseconds(100);
    start();
    auto stuck = connect(4096);
    stuck.send("GET /image HTTP/1.1\r\n\r\n");
    stuck.read_until("\r\n\r\n");
    server_->stop();
    EXPECT_EQ(stuck.read_to_end(), End::Reset);
}

}  // namespace
}  // namespace isolde::http::testing
