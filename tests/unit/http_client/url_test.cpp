// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/url.h"

#include <gtest/gtest.h>

namespace isolde::http {
namespace {

TEST(Url, IsTakenApartAndUserInfoIsSplitOff) {
    const Url url = parse_url("HTTPS://ann:p%40ss@Images.Example/a/b%20c.iso?sig=1#top").value();
    EXPECT_EQ(url.scheme, "https");
    EXPECT_EQ(url.host, "images.example");
    EXPECT_EQ(url.port, 443);
    EXPECT_EQ(url.path, "/a/b%20c.iso");
    EXPECT_EQ(url.query, "sig=1");
    ASSERT_TRUE(url.user_info);
    EXPECT_EQ(url.user_info->user, "ann");
    EXPECT_EQ(url.user_info->password.reveal(), "p@ss");
    EXPECT_EQ(to_string(url), "https://images.example/a/b%20c.iso?sig=1");
    EXPECT_EQ(without_secrets(url), "https://images.example/a/b%20c.iso");
}

struct OriginRow {
    const char* name;
    const char* text;
    const char* origin;
};

TEST(Url, OriginIsSchemeHostAndThePortThatIsNotTheDefault) {
    for (const auto& [name, text, expected] : {OriginRow{"default port elided", "http://h:80/x", "http://h"},
                                               OriginRow{"other port", "http://h:443/", "http://h:443"},
                                               OriginRow{"IPv6", "https://[FD00::1]:8443/x", "https://[fd00::1]:8443"},
                                               OriginRow{"decimal address", "http://2130706433/", "http://127.0.0.1"},
                                               OriginRow{"user-info is no part", "http://u:p@h/", "http://h"}}) {
        EXPECT_EQ(origin(parse_url(text).value()), expected) << name;
    }
}

TEST(Url, WhatIsNoUrlIsAnInvalidArgumentThatShowsNoSecret) {
    for (const char* text : {"", "plain", "http://", "http://a b/", "http://user:hidden@:99999/", "http://h/\n"}) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url.ok()) << text;
        EXPECT_EQ(url.error().kind, base::ErrorKind::InvalidArgument);
        EXPECT_EQ(url.error().to_string().find("hidden"), std::string::npos);
    }
    EXPECT_EQ(without_secrets(std::string_view("user:hidden@nonsense\n")), "(not a URL)");
    EXPECT_FALSE(parse_url("http://h/" + std::string(9000, 'a')).ok());
}

TEST(Url, FileUrlsHaveAPathAndNoPort) {
    const Url url = parse_url("file:///srv/a.iso").value();
    EXPECT_EQ(url.scheme, "file");
    EXPECT_EQ(url.host, "");
    EXPECT_EQ(url.path, "/srv/a.iso");
    EXPECT_EQ(to_string(url), "file:///srv/a.iso");
}

struct JoinRow {
    const char* reference;
    const char* expected;
};

TEST(Url, JoinFollowsRfc3986) {
    const Url base = parse_url("http://u:p@h/a/b?x=1").value();
    for (const auto& [reference, expected] :
         {JoinRow{"/c", "http://h/c"}, JoinRow{"c", "http://h/a/c"}, JoinRow{"../c?y=2", "http://h/c?y=2"},
          JoinRow{"//other/c", "http://other/c"}, JoinRow{"https://other:8443/c", "https://other:8443/c"}}) {
        EXPECT_EQ(to_string(join(base, reference).value()), expected);
    }
}

}  // namespace
}  // namespace isolde::http
