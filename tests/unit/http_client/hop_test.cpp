// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/hop.h"
#include "http/client/testing/fake_client.h"

#include <gtest/gtest.h>

namespace isolde::http {
namespace {

ClientRequest request_with_secrets() {
    ClientRequest request{.method = "POST", .url = "https://a.example/x"};
    request.headers = {{"X-Auth-Token", "t"}, {"authorization", "b"}, {"Accept", "*/*"}};
    request.body = "body";
    request.credentials = BasicCredentials{"u", base::Secret("p")};
    return request;
}

TEST(Hop, KeepsCredentialsOnTheSameOriginOnly) {
    const Hop hop = first_hop(request_with_secrets()).value();
    const Hop same = next_hop(hop, 307, "/y").value();
    EXPECT_TRUE(same.credentials);
    EXPECT_TRUE(same.headers.find("X-Auth-Token"));
    for (const char* elsewhere : {"https://b.example/y", "https://a.example:8443/y", "https://u2:p2@b.example/y"}) {
        const Hop other = next_hop(hop, 307, elsewhere).value();
        EXPECT_FALSE(other.credentials) << elsewhere;
        EXPECT_FALSE(other.headers.find("X-Auth-Token"));
        EXPECT_FALSE(other.headers.find("Authorization"));
        EXPECT_TRUE(other.headers.find("Accept"));
    }
}

TEST(Hop, CredentialsStayDroppedWhenTheChainComesBack) {
    const Hop there = next_hop(first_hop(request_with_secrets()).value(), 307, "https://b.example/").value();
    EXPECT_FALSE(next_hop(there, 307, "https://a.example/x").value().credentials);
}

TEST(Hop, RefusesFallingToHttpAndOtherSchemes) {
    const Hop hop = first_hop(request_with_secrets()).value();
    for (const char* location :
         {"http://a.example/", "file:///etc/passwd", "ftp://a.example/", "gopher://a.example/"}) {
        EXPECT_EQ(next_hop(hop, 302, location).error().kind, base::ErrorKind::InvalidArgument) << location;
    }
}

TEST(Hop, SeeOtherTurnsIntoGet) {
    const Hop hop = first_hop(request_with_secrets()).value();
    EXPECT_EQ(next_hop(hop, 303, "/y").value().method, "GET");
    EXPECT_FALSE(next_hop(hop, 302, "/y").value().body);
    EXPECT_EQ(next_hop(hop, 308, "/y").value().method, "POST");
}

TEST(Hop, RefusesWhatWouldBreakTheFraming) {
    ClientRequest request{.url = "http://h/"};
    request.headers = {{"X", "a\r\nInjected: b"}};
    EXPECT_EQ(first_hop(request).error().kind, base::ErrorKind::InvalidArgument);
    EXPECT_FALSE(first_hop({.method = "GET /x HTTP/1.1\r\n", .url = "http://h/"}).ok());
    EXPECT_FALSE(first_hop({.url = "file:///etc/passwd"}).ok());
}

TEST(FakeClient, AnswersInOrderAndRemembersRequests) {
    testing::FakeClient client;
    client.answer("GET", "http://h/", ClientResponse{.status = 503});
    client.answer("GET", "http://h/", ClientResponse{.status = 200, .body = "ok"});
    const auto deadline = base::Deadline::at({});
    EXPECT_EQ(client.perform({.url = "http://h/"}, deadline)->status, 503);
    EXPECT_EQ(client.perform({.url = "http://h/"}, deadline)->status, 200);
    EXPECT_EQ(client.perform({.url = "http://h/"}, deadline)->body, "ok");
    EXPECT_FALSE(client.perform({.url = "http://other/"}, deadline).ok());
    EXPECT_EQ(client.requests().size(), 4U);
}

}  // namespace
}  // namespace isolde::http
