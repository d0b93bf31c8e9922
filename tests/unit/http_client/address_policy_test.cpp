// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/address_policy.h"

#include <gtest/gtest.h>

namespace isolde::http {
namespace {

TEST(AddressRange, ContainsWhatItsPrefixCovers) {
    EXPECT_TRUE(AddressRange::parse("10.0.0.0/8").value().contains("10.255.1.2"));
    EXPECT_FALSE(AddressRange::parse("10.0.0.0/8").value().contains("11.0.0.1"));
    EXPECT_TRUE(AddressRange::parse("192.0.2.64/26").value().contains("::ffff:192.0.2.127"));
    EXPECT_FALSE(AddressRange::parse("192.0.2.64/26").value().contains("192.0.2.128"));
    EXPECT_TRUE(AddressRange::parse("fd00::/8").value().contains("fdff::1"));
    EXPECT_TRUE(AddressRange::parse("fe80::1").value().contains("fe80::1%eth0"));
    EXPECT_FALSE(AddressRange::parse("0.0.0.0/0").value().contains("2001:db8::1"));
}

TEST(AddressRange, RefusesWhatIsNoRange) {
    for (const char* text : {"", "10.0.0.0/33", "::/129", "host", "10.0.0.0/", "10.0.0.0/8x", "[::1]"}) {
        EXPECT_EQ(AddressRange::parse(text).error().kind, base::ErrorKind::InvalidArgument) << text;
    }
}

TEST(AddressPolicy, SpecialAddressesAreRefusedInEverySpelling) {
    for (const char* address : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
                                "169.254.169.254", "::ffff:169.254.1.1", "fe80::1", "224.0.0.1", "ff02::1", "0.0.0.0",
                                "0.1.2.3", "::", "255.255.255.255", "", "localhost"}) {
        const auto checked = check_address({}, address);
        ASSERT_FALSE(checked.ok()) << address;
        EXPECT_EQ(checked.error().kind, base::ErrorKind::Unauthorized);
    }
    for (const char* address : {"10.0.0.1", "192.168.1.1", "203.0.113.7", "2001:db8::1", "64:ff9b::a00:1"}) {
        EXPECT_TRUE(check_address({}, address).ok()) << address;
    }
}

TEST(AddressPolicy, AllowWinsOverDenyAndDenyOverTheRest) {
    AddressPolicy policy;
    policy.allow.push_back(AddressRange::parse("127.0.0.1").value());
    policy.deny.push_back(AddressRange::parse("10.0.0.0/8").value());
    policy.allow.push_back(AddressRange::parse("10.1.0.0/16").value());
    EXPECT_TRUE(check_address(policy, "127.0.0.1").ok());
    EXPECT_FALSE(check_address(policy, "127.0.0.2").ok());
    EXPECT_FALSE(check_address(policy, "10.2.0.1").ok());
    EXPECT_TRUE(check_address(policy, "10.1.0.1").ok());
    EXPECT_TRUE(check_address(AddressPolicy::unrestricted(), "127.0.0.1").ok());
    EXPECT_TRUE(check_address(AddressPolicy::unrestricted(), "::1").ok());
}

}  // namespace
}  // namespace isolde::http
