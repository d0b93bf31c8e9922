// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/request_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace isolde::http {
namespace {

using namespace std::string_literals;

using State = RequestReader::State;

ServerLimits limits_with_body(std::uint64_t body) {
    ServerLimits limits;
    limits.header = base::ByteCount(512);
    limits.body = base::ByteCount(body);
    return limits;
}

State feed(RequestReader& reader, std::string_view bytes) {
    while (!bytes.empty() && reader.state() != State::Refused && reader.state() != State::Complete) {
        const auto room = reader.room();
        const auto count = std::min(room.size(), bytes.size());
        std::copy_n(bytes.begin(), count, room.begin());
        reader.filled(count);
        bytes.remove_prefix(count);
        reader.advance();
    }
    return reader.state();
}

struct OutcomeRow {
    const char* name;
    std::string bytes;
    State state;
    int refusal = 0;
};

class RequestOutcome : public testing::TestWithParam<OutcomeRow> {};

TEST_P(RequestOutcome, IsAsHttpDemands) {
    const ServerLimits limits = limits_with_body(16);
    RequestReader reader(limits);
    EXPECT_EQ(feed(reader, GetParam().bytes), GetParam().state);
    EXPECT_EQ(reader.refusal(), GetParam().refusal);
}

const OutcomeRow kRows[] = {
    {"Nothing", "", State::Empty},
    {"Get", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", State::Complete},
    {"GetWithoutHost", "GET / HTTP/1.1\r\n\r\n", State::Complete},
    {"Http10", "GET / HTTP/1.0\r\n\r\n", State::Complete},
    {"Http20", "GET / HTTP/2.0\r\n\r\n", State::Refused, 505},
    {"LineBreaksBefore", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", State::Complete},
    {"HalfALine", "GET / HT", State::Header},
    {"HalfAHeader", "GET / HTTP/1.1\r\nHost: a\r\n", State::Header},
    {"BodyMissing", "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n", State::Body},
    {"BodyHalf", "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab", State::Body},
    {"BodyWhole", "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd", State::Complete},
    {"BodyAtLimit", "POST / HTTP/1.1\r\nContent-Length: 16\r\n\r\n0123456789abcdef", State::Complete},
    {"BodyOverLimit", "POST / HTTP/1.1\r\nContent-Length: 17\r\n\r\n", State::Refused, 413},
    {"BodyHuge", "POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n", State::Refused, 413},
    {"LengthNotANumber", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", State::Refused, 400},
    {"TwoLengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", State::Refused, 400},
    {"Chunked", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", State::Refused, 411},
    {"LengthAndChunked", "POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", State::Refused,
     400},
    {"HeaderTooLong", "GET / HTTP/1.1\r\nX: " + std::string(600, 'x'), State::Refused, 431},
    {"LineTooLong", "GET /" + std::string(600, 'x'), State::Refused, 431},
    {"Garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not HTTP\r\n\r\n"s, State::Refused, 400},
    {"BadEscape", "GET /%zz HTTP/1.1\r\n\r\n", State::Refused, 400},
    {"NulInPath", "GET /a%00b HTTP/1.1\r\n\r\n", State::Refused, 400},
    {"RelativePath", "GET a/b HTTP/1.1\r\n\r\n", State::Refused, 400},
    {"AbsoluteForm", "GET http://a:1/b HTTP/1.1\r\n\r\n", State::Complete},
};

INSTANTIATE_TEST_SUITE_P(Table, RequestOutcome, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(RequestReader, SplitsTheTarget) {
    const ServerLimits limits = limits_with_body(0);
    RequestReader reader(limits);
    ASSERT_EQ(feed(reader, "GET /v1/a%20b?x=%20y HTTP/1.1\r\nHost: bmc:80\r\n\r\n"), State::Complete);
    const Request request = reader.take();
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/v1/a%20b?x=%20y");
    EXPECT_EQ(request.path, "/v1/a b");
    EXPECT_EQ(request.query, "x=%20y");
    EXPECT_EQ(request.host, "bmc:80");
}

TEST(RequestReader, KeepsPipelinedBytesForTheNextRequest) {
    const ServerLimits limits = limits_with_body(16);
    RequestReader reader(limits);
    const std::string three =
        "POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n";
    ASSERT_EQ(feed(reader, three), State::Complete);
    EXPECT_EQ(reader.take().body, "abc");
    ASSERT_EQ(reader.advance(), State::Complete);
    EXPECT_EQ(reader.take().path, "/2");
    ASSERT_EQ(reader.advance(), State::Complete);
    EXPECT_EQ(reader.take().path, "/3");
    EXPECT_EQ(reader.advance(), State::Empty);
}

TEST(RequestReader, TakesARequestByteByByte) {
    const ServerLimits limits = limits_with_body(16);
    RequestReader reader(limits);
    for (const char byte : std::string("PUT /a HTTP/1.1\r\nContent-Length: 2\r\nRange: bytes=0-1\r\n\r\nhi")) {
        feed(reader, std::string_view(&byte, 1));
    }
    ASSERT_EQ(reader.state(), State::Complete);
    EXPECT_EQ(reader.facts().range, "bytes=0-1");
    EXPECT_EQ(reader.take().body, "hi");
}

TEST(RequestReader, TellsOnceThatTheClientWaitsForContinue) {
    const ServerLimits limits = limits_with_body(16);
    RequestReader reader(limits);
    ASSERT_EQ(feed(reader, "PUT / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"), State::Body);
    EXPECT_TRUE(reader.take_expectation());
    EXPECT_FALSE(reader.take_expectation());
}

}  // namespace
}  // namespace isolde::http
