// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/result.h"

#include <gtest/gtest.h>

namespace isolde::base {
namespace {

Result<int> half(int number) {
    if (number % 2 != 0) {
        return invalid_argument(std::to_string(number) + " is odd");
    }
    return number / 2;
}

Result<int> quarter(int number) {
    return TRY(half(TRY(half(number))));
}

TEST(Result, TryYieldsTheValueAndNests) {
    EXPECT_EQ(quarter(12).value(), 3);
}

TEST(Result, TryReturnsTheErrorOfTheFirstFailure) {
    EXPECT_EQ(quarter(6).error().message, "3 is odd");
}

TEST(Result, ContextReadsFromTheOutsideIn) {
    const auto failed = half(1).with_context("halving").with_context("sharing");
    EXPECT_EQ(failed.error().to_string(), "sharing: halving: 1 is odd");
}

TEST(Error, EachKindHasItsOwnNameAndAnErrorStatus) {
    for (int kind = 0; kind <= static_cast<int>(ErrorKind::Internal); ++kind) {
        EXPECT_GE(http_status(static_cast<ErrorKind>(kind)), 400);
        EXPECT_FALSE(to_string(static_cast<ErrorKind>(kind)).empty());
    }
    EXPECT_TRUE(is_retryable(ErrorKind::Timeout));
    EXPECT_FALSE(is_retryable(ErrorKind::Unauthorized));
}

TEST(Error, AFullDiskIsExhaustedAndAMissingFileNotFound) {
    EXPECT_EQ(from_errno("write", ENOSPC).kind, ErrorKind::Exhausted);
    EXPECT_EQ(from_errno("open", ENOENT).kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace isolde::base
