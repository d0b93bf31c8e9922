// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server/connection_cap.h"

#include <gtest/gtest.h>

namespace isolde::http {
namespace {

TEST(ConnectionCap, LimitsTheTotal) {
    ConnectionCap cap(2, 2);
    EXPECT_TRUE(cap.enter("10.0.0.1"));
    EXPECT_TRUE(cap.enter("10.0.0.2"));
    EXPECT_FALSE(cap.enter("10.0.0.3"));
    cap.leave("10.0.0.1");
    EXPECT_TRUE(cap.enter("10.0.0.3"));
}

TEST(ConnectionCap, LimitsEachPeer) {
    ConnectionCap cap(10, 1);
    EXPECT_TRUE(cap.enter("10.0.0.1"));
    EXPECT_FALSE(cap.enter("10.0.0.1"));
    EXPECT_TRUE(cap.enter("10.0.0.2"));
    cap.leave("10.0.0.1");
    EXPECT_TRUE(cap.enter("10.0.0.1"));
}

}  // namespace
}  // namespace isolde::http
