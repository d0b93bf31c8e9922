// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/testing/seeded_random.h"
#include "cache/http_exchange.h"
#include "cache/retry.h"

#include <gtest/gtest.h>

namespace isolde::cache {
namespace {

using base::ByteCount;

TEST(HttpExchange, AsksForWhatIsMissingOrForWhatChanged) {
    const auto plain = ask_headers({});
    EXPECT_FALSE(plain.find("Range") || plain.find("If-None-Match") || plain.find("If-Range"));
    const auto known = ask_headers({.known = Validators{"W/\"weak\"", "date"}});
    EXPECT_EQ(known.find("If-None-Match"), "W/\"weak\"");
    EXPECT_FALSE(known.find("If-Modified-Since"));
    EXPECT_EQ(ask_headers({.known = Validators{"", "date"}}).find("If-Modified-Since"), "date");
    const auto rest =
        ask_headers({.have = ByteCount(5), .have_version = {"\"v\"", "date"}, .known = Validators{"\"k\"", ""}});
    EXPECT_EQ(rest.find("Range"), "bytes=5-");
    EXPECT_EQ(rest.find("If-Range"), "\"v\"");
    EXPECT_FALSE(rest.find("If-None-Match"));
    EXPECT_EQ(ask_headers({.have = ByteCount(5), .have_version = {"W/\"v\"", "date"}}).find("If-Range"), "date");
    EXPECT_FALSE(ask_headers({.have = ByteCount(5)}).find("If-Range"));
}

struct Row {
    const char* name;
    std::uint64_t have;
    int status;
    http::Headers headers;
    std::optional<AnswerKind> kind;
    base::ErrorKind error = base::ErrorKind::Internal;
    std::uint64_t total = 0;
};

TEST(HttpExchange, ReadsAnswersByNamedRows) {
    const std::vector<Row> rows{
        {"whole", 0, 200, {{"Content-Length", "10"}}, AnswerKind::Whole, {}, 10},
        {"whole of unknown length", 0, 200, {}, AnswerKind::Whole},
        {"length that is no number", 0, 200, {{"Content-Length", "ten"}}, {}, base::ErrorKind::Corrupt},
        {"whole although a range was asked for", 5, 200, {{"Content-Length", "10"}}, AnswerKind::Whole, {}, 10},
        {"rest", 5, 206, {{"Content-Range", "bytes 5-9/10"}, {"ETag", "\"v\""}}, AnswerKind::Rest, {}, 10},
        {"rest without a tag", 5, 206, {{"Content-Range", "bytes 5-9/10"}}, AnswerKind::Rest, {}, 10},
        {"rest of another version",
         5,
         206,
         {{"Content-Range", "bytes 5-9/10"}, {"ETag", "\"w\""}},
         AnswerKind::StartOver},
        {"rest at another place", 5, 206, {{"Content-Range", "bytes 4-9/10"}}, AnswerKind::StartOver},
        {"not to the end", 5, 206, {{"Content-Range", "bytes 5-8/10"}}, AnswerKind::StartOver},
        {"unknown total", 5, 206, {{"Content-Range", "bytes 5-9/*"}}, AnswerKind::StartOver},
        {"backwards", 5, 206, {{"Content-Range", "bytes 9-5/10"}}, AnswerKind::StartOver},
        {"no Content-Range", 5, 206, {}, AnswerKind::StartOver},
        {"range nobody asked for", 0, 206, {{"Content-Range", "bytes 0-9/10"}}, {}, base::ErrorKind::Corrupt},
        {"unchanged", 0, 304, {}, AnswerKind::Unchanged},
        {"range behind the end", 5, 416, {}, AnswerKind::StartOver},
        {"missing", 0, 404, {}, {}, base::ErrorKind::NotFound},
        {"gone", 0, 410, {}, {}, base::ErrorKind::NotFound},
        {"forbidden", 0, 403, {}, {}, base::ErrorKind::Unauthorized},
        {"slow down", 0, 429, {}, {}, base::ErrorKind::RateLimited},
        {"broken", 0, 500, {}, {}, base::ErrorKind::Unavailable},
        {"redirect without a place", 0, 302, {}, {}, base::ErrorKind::Unavailable},
    };
    for (const Row& row : rows) {
        const DownloadAsk ask{
            .have = ByteCount(row.have), .have_version = {"\"v\"", ""}, .known = Validators{"\"k\"", ""}};
        const auto answer = read_answer(ask, row.status, row.headers, "http://h/a");
        ASSERT_EQ(answer.ok(), row.kind.has_value()) << row.name;
        if (answer.ok()) {
            EXPECT_EQ(answer->kind, *row.kind) << row.name;
            EXPECT_EQ(answer->total.value_or(ByteCount(0)).bytes(), row.total) << row.name;
        } else {
            EXPECT_EQ(answer.error().kind, row.error) << row.name;
        }
    }
}

TEST(RetryBudget, PausesGrowAndEndUnlessThereIsProgress) {
    base::testing::SeededRandom random(1);
    RetryBudget budget;
    const auto died = base::unavailable("died");
    base::Duration last{};
    for (int i = 0; i < RetryBudget::kWithoutProgress; ++i) {
        const auto pause = budget.next(died, ByteCount(100), random);
        ASSERT_TRUE(pause);
        EXPECT_GT(*pause, last);
        last = *pause;
    }
    EXPECT_FALSE(budget.next(died, ByteCount(100), random));
    EXPECT_TRUE(budget.next(died, base::mebibytes(2), random));
}

TEST(RetryBudget, FailsAtOnceWhatWaitingCannotHelpOrWhatNeverBegan) {
    base::testing::SeededRandom random(1);
    EXPECT_FALSE(RetryBudget().next(base::unavailable("refused"), ByteCount(0), random));
    EXPECT_FALSE(RetryBudget().next(base::corrupt("checksum"), ByteCount(100), random));
    EXPECT_FALSE(RetryBudget().next(base::not_found("404"), ByteCount(100), random));
}

TEST(RetryBudget, IsBoundedEvenWithProgress) {
    base::testing::SeededRandom random(1);
    RetryBudget budget;
    int attempts = 0;
    while (budget.next(base::unavailable("died"),
                       base::mebibytes(2) + base::mebibytes(2U * static_cast<unsigned>(attempts)), random)) {
        ++attempts;
    }
    EXPECT_EQ(attempts, RetryBudget::kInAll);
}

}  // namespace
}  // namespace isolde::cache
