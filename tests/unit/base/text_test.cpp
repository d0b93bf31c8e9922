// SPDX-License-Identifier: GPL-3.0-or-later
//
// Numbers, times and bytes as text.
#include "base/byte_count.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_random.h"

#include <gtest/gtest.h>

namespace isolde::base {
namespace {

using namespace std::chrono_literals;

struct SizeRow {
    const char* text;
    std::uint64_t bytes;
};

TEST(ByteCount, ReadsSizesWithBinaryUnits) {
    for (const SizeRow& row : {SizeRow{"0", 0}, {"4096", 4096}, {"20GiB", 20ULL << 30}, {"256 MiB", 256ULL << 20}, {"1B", 1}}) {
        EXPECT_EQ(parse_byte_count(row.text).value().bytes(), row.bytes) << row.text;
    }
}

TEST(ByteCount, RefusesWhatIsNoSize) {
    for (const char* text : {"", "GiB", "-1", "1GB", "1.5GiB", "99999999TiB", "5 apples"}) {
        EXPECT_FALSE(parse_byte_count(text).ok()) << text;
    }
}

TEST(ByteCount, PrintsForPeople) {
    EXPECT_EQ(to_string(ByteCount(512)), "512 B");
    EXPECT_EQ(to_string(ByteCount(48128)), "47.0 KiB");
    EXPECT_EQ(to_string(gibibytes(2)), "2.00 GiB");
}

TEST(Duration, ReadsUnits) {
    EXPECT_EQ(parse_duration("15min").value(), 15min);
    EXPECT_EQ(parse_duration("500ms").value(), 500ms);
    EXPECT_EQ(parse_duration("7d").value(), 168h);
    for (const char* text : {"", "5", "min", "-1s", "1w", "99999999999h"}) {
        EXPECT_FALSE(parse_duration(text).ok()) << text;
    }
}

TEST(WallTime, IsWrittenAsIronicDoesAndReadBack) {
    const WallTime time(std::chrono::microseconds(1795225960626843));
    EXPECT_EQ(to_iso8601(time).substr(19), ".626843+00:00");
    EXPECT_EQ(parse_iso8601(to_iso8601(time)).value(), time);
    EXPECT_EQ(parse_iso8601("1970-01-01T00:00:01Z").value().time_since_epoch(), 1s);
    EXPECT_FALSE(parse_iso8601("yesterday").ok());
    EXPECT_EQ(to_http_date(WallTime(784111777s)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Deadline, PassesWhenTheClockReachesIt) {
    testing::ManualClock clock;
    const Deadline deadline = Deadline::after(clock, 10s);
    EXPECT_EQ(deadline.remaining(clock), 10s);
    clock.advance(11s);
    EXPECT_TRUE(deadline.passed(clock));
    EXPECT_EQ(deadline.remaining(clock), 0s);
}

TEST(Base64, RoundTripsEveryLength) {
    std::string text;
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(as_text(from_base64(to_base64(as_bytes(text))).value()), text);
        text += static_cast<char>(i * 29);
    }
    EXPECT_EQ(to_base64(as_bytes("fooba")), "Zm9vYmE=");
    for (const char* bad : {"Zg", "Zg=a", "Z===", "Zm9v!"}) {
        EXPECT_FALSE(from_base64(bad).ok()) << bad;
    }
}

TEST(Random, TokensAreTwentySixBase32CharactersAndDiffer) {
    testing::SeededRandom random(1);
    const std::string token = random.token();
    EXPECT_EQ(token.size(), 26U);
    EXPECT_EQ(token.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), std::string::npos);
    EXPECT_NE(token, random.token());
    EXPECT_EQ(random.uuid()[14], '4');
}

TEST(Digest, KnownAnswers) {
    EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U);
    EXPECT_EQ(hmac_sha256_hex(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Digest, ReadsTextFormsAndNamesWhatIsWrong) {
    const std::string hex = sha256("abc").hex();
    EXPECT_EQ(Digest::parse("sha256:" + hex).value(), sha256("abc"));
    EXPECT_EQ(Digest::parse(hex).value(), sha256("abc"));
    EXPECT_EQ(Digest::parse(std::string(128, 'A')).value().algorithm(), DigestAlgorithm::Sha512);
    for (const std::string& bad : {std::string("md5:00"), std::string("sha256:12"), std::string(64, 'x')}) {
        EXPECT_EQ(Digest::parse(bad).error().kind, ErrorKind::InvalidArgument) << bad;
    }
}

}  // namespace
}  // namespace isolde::base
