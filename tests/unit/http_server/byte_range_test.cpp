// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/byte_range.h"

#include <gtest/gtest.h>

#include <string>

namespace isolde::http {
namespace {

struct RangeRow {
    const char* name;
    const char* range;
    std::uint64_t size;
    RangeDecision expected;
};

constexpr RangeDecision kWhole{};
constexpr RangeDecision kNone{RangeOutcome::Unsatisfiable};
constexpr RangeDecision part(std::uint64_t first, std::uint64_t length) {
    return {RangeOutcome::Part, first, length};
}

class ByteRange : public testing::TestWithParam<RangeRow> {};

TEST_P(ByteRange, SelectsWhatTheFieldAsksFor) {
    EXPECT_EQ(select_range(GetParam().range, GetParam().size), GetParam().expected);
}

const RangeRow kRows[] = {
    {"NoField", "", 1000, kWhole},
    {"FirstByte", "bytes=0-0", 1000, part(0, 1)},
    {"Middle", "bytes=100-199", 1000, part(100, 100)},
    {"LastByte", "bytes=999-999", 1000, part(999, 1)},
    {"WholeByRange", "bytes=0-999", 1000, part(0, 1000)},
    {"EndIsClamped", "bytes=900-1000", 1000, part(900, 100)},
    {"EndFarBeyond", "bytes=0-18446744073709551615", 1000, part(0, 1000)},
    {"EndBeyond64Bits", "bytes=0-99999999999999999999999999", 1000, part(0, 1000)},
    {"OpenEnd", "bytes=400-", 1000, part(400, 600)},
    {"Suffix", "bytes=-10", 1000, part(990, 10)},
    {"SuffixLongerThanBody", "bytes=-5000", 1000, part(0, 1000)},
    {"SuffixOfNothing", "bytes=-0", 1000, kNone},
    {"StartAtEnd", "bytes=1000-", 1000, kNone},
    {"StartAtEndWithEnd", "bytes=1000-1001", 1000, kNone},
    {"StartBeyond64Bits", "bytes=99999999999999999999999999-", 1000, kNone},
    {"EmptyBody", "bytes=0-", 0, kNone},
    {"EmptyBodySuffix", "bytes=-1", 0, kNone},
    {"SpacesAround", "bytes= 1-2 ", 1000, part(1, 2)},
    {"UnitInUpperCase", "BYTES=1-2", 1000, part(1, 2)},
    {"TwoRanges", "bytes=0-1,5-6", 1000, kWhole},
    {"ManyOverlappingRanges", "bytes=0-,0-,0-,0-", 1000, kWhole},
    {"EndBeforeStart", "bytes=5-4", 1000, kWhole},
    {"OtherUnit", "items=0-1", 1000, kWhole},
    {"NoUnit", "0-1", 1000, kWhole},
    {"NoDash", "bytes=5", 1000, kWhole},
    {"OnlyDash", "bytes=-", 1000, kWhole},
    {"NoSpec", "bytes=", 1000, kWhole},
    {"Letters", "bytes=a-b", 1000, kWhole},
    {"LettersInEnd", "bytes=1-2x", 1000, kWhole},
    {"Negative", "bytes=--5", 1000, kWhole},
    {"Signed", "bytes=+1-2", 1000, kWhole},
    {"SpaceInside", "bytes=1 -2", 1000, kWhole},
};

INSTANTIATE_TEST_SUITE_P(Table, ByteRange, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace isolde::http
