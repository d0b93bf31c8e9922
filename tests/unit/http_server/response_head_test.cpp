// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/response_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isolde::http {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kDate = "Sat, 21 Nov 2026 01:52:40 GMT";

class TenGigabytes final : public RangedBody {
  public:
    std::uint64_t size() const override { return 10'737'418'240; }
    BodyPiece piece_at(std::uint64_t) const override { return {}; }
    const std::string& etag() const override { return etag_; }
    base::WallTime last_modified() const override { return base::WallTime(std::chrono::seconds(1'795'225'960)); }
    void sent(std::uint64_t, std::uint64_t) const override {}

  private:
    std::string etag_ = "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"";
};

RenderedResponse render(const RequestFacts& request, bool keep_alive = true) {
    Response response;
    response.headers.add("Content-Type", "application/octet-stream");
    response.ranged_body = std::make_shared<TenGigabytes>();
    return render_response(response, request, kDate, keep_alive);
}

TEST(ResponseHead, OfAWholeImage) {
    const RenderedResponse rendered = render({.method = "GET"});
    EXPECT_EQ(rendered.head,
              "HTTP/1.1 200 OK\r\n"
              "Content-Length: 10737418240\r\n"
              "Accept-Ranges: bytes\r\n"
              "ETag: \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"\r\n"
              "Last-Modified: Sat, 21 Nov 2026 01:52:40 GMT\r\n"
              "Content-Type: application/octet-stream\r\n"
              "Date: Sat, 21 Nov 2026 01:52:40 GMT\r\n"
              "\r\n");
    EXPECT_EQ(rendered.first, 0U);
    EXPECT_EQ(rendered.length, 10'737'418'240U);
}

TEST(ResponseHead, OfARangeHasAcceptRangesAndStaysBelow512Bytes) {
    const RenderedResponse rendered =
        render({.method = "GET", .range = "bytes=10737418239-10737418239", .http_1_0 = true}, true);
    EXPECT_THAT(rendered.head, StartsWith("HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n"
                                          "Content-Range: bytes 10737418239-10737418239/10737418240\r\n"
                                          "Accept-Ranges: bytes\r\n"));
    EXPECT_LT(rendered.head.size(), 512U);
    EXPECT_EQ(rendered.first, 10'737'418'239U);
    EXPECT_EQ(rendered.length, 1U);
}

TEST(ResponseHead, OfARangeBehindTheEndNamesTheSize) {
    const RenderedResponse rendered = render({.method = "GET", .range = "bytes=10737418240-"});
    EXPECT_THAT(rendered.head, StartsWith("HTTP/1.1 416 Range Not Satisfiable\r\n"));
    EXPECT_THAT(rendered.head, HasSubstr("Content-Range: bytes */10737418240\r\n"));
    EXPECT_EQ(rendered.length, 0U);
}

TEST(ResponseHead, OfHeadIsThatOfGetWithoutBody) {
    const RenderedResponse head = render({.method = "HEAD"});
    EXPECT_EQ(head.head, render({.method = "GET"}).head);
    EXPECT_EQ(head.length, 0U);
}

TEST(ResponseHead, OfHeadIgnoresTheRange) {
    EXPECT_THAT(render({.method = "HEAD", .range = "bytes=0-9"}).head, StartsWith("HTTP/1.1 200 OK\r\n"));
}

struct IfRangeRow {
    const char* name;
    const char* if_range;
    int status;
};

class IfRange : public testing::TestWithParam<IfRangeRow> {};

TEST_P(IfRange, DecidesWhetherTheRangeCounts) {
    const auto rendered = render({.method = "GET", .range = "bytes=0-9", .if_range = GetParam().if_range});
    EXPECT_THAT(rendered.head, StartsWith("HTTP/1.1 " + std::to_string(GetParam().status)));
}

const IfRangeRow kRows[] = {
    {"None", "", 206},
    {"SameTag", "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"", 206},
    {"OtherTag", "\"other\"", 200},
    {"WeakTag", "W/\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"", 200},
    {"SameDate", "Sat, 21 Nov 2026 01:52:40 GMT", 206},
    {"LaterDate", "Sat, 21 Nov 2026 01:52:41 GMT", 200},
};

INSTANTIATE_TEST_SUITE_P(Table, IfRange, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ResponseHead, SaysWhenTheConnectionCloses) {
    EXPECT_THAT(render({.method = "GET"}, false).head, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(render({.method = "GET"}, true).head, Not(HasSubstr("Connection:")));
    EXPECT_THAT(render({.method = "GET", .http_1_0 = true}, true).head, HasSubstr("Connection: keep-alive\r\n"));
}

TEST(ResponseHead, KeepsTheServersOwnFieldsItsOwn) {
    Response response{.headers = {{"content-length", "99"}, {"Transfer-Encoding", "chunked"}}, .body = "four"};
    const auto rendered = render_response(response, {.method = "GET"}, kDate, true);
    EXPECT_THAT(rendered.head, HasSubstr("Content-Length: 4\r\n"));
    EXPECT_THAT(rendered.head, Not(HasSubstr("99")));
    EXPECT_THAT(rendered.head, Not(HasSubstr("chunked")));
}

TEST(ResponseHead, KeepsLineBreaksOutOfFields) {
    Response response{.headers = {{"Location", "/a\r\nSet-Cookie: b"}}};
    const auto rendered = render_response(response, {.method = "GET"}, kDate, true);
    EXPECT_THAT(rendered.head, HasSubstr("Location: /a  Set-Cookie: b\r\n"));
}

TEST(ResponseHead, OfNoContentHasNoLength) {
    const auto rendered = render_response({.status = 204}, {.method = "DELETE"}, kDate, true);
    EXPECT_THAT(rendered.head, StartsWith("HTTP/1.1 204 No Content\r\n"));
    EXPECT_THAT(rendered.head, Not(HasSubstr("Content-Length")));
}

}  // namespace
}  // namespace isolde::http
