// SPDX-License-Identifier: GPL-3.0-or-later
//
// The same server behind TLS.
#include "server_fixture.h"

namespace isolde::http::testing {
namespace {

using ::testing::HasSubstr;

class Tls : public ServerTest {
  protected:
    Tls() {
        options_.tls_certificate = path("certificate.pem");
        options_.tls_key = path("key.pem");
        const auto made = base::run_process(
            {.arguments = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
                           "-days", "2", "-keyout", options_.tls_key, "-out", options_.tls_certificate}},
            seconds(60));
        EXPECT_TRUE(made.ok() && made->exit_code == 0);
    }
};

TEST_F(Tls, GivesAWholeImageAndRanges) {
    start();
    EXPECT_TRUE(curl({url("/image")}).output == body_->content());
    EXPECT_TRUE(curl({"--range", "90000-310000", url("/image")}).output == body_->content().substr(90'000, 220'001));
}

TEST_F(Tls, SpeaksWhatOldFirmwareSpeaks) {
    start();
    for (const char* cipher : {"AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256"}) {
        const auto output = curl({"--tls-max", "1.2", "--ciphers", cipher, url("/a")});
        EXPECT_EQ(output.exit_code, 0) << cipher << output.output;
        EXPECT_THAT(output.output, HasSubstr("GET /a"));
    }
}

TEST_F(Tls, KeepsConnectionsAlive) {
    start();
    const auto output = curl({url("/a"), url("/b"), "--write-out", "%{num_connects}\n"});
    EXPECT_THAT(output.output, HasSubstr("GET /b 0\n"));
}

TEST_F(Tls, CutsAHandshakeThatDoesNotEnd) {
    options_.limits.handshake = milliseconds(200);
    start();
    EXPECT_NE(connect().read_to_end(seconds(5)), End::Open);
}

TEST_F(Tls, RefusesPlainHttp) {
    start();
    auto client = connect();
    client.send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_NE(client.read_to_end(seconds(5)), End::Open);
    EXPECT_EQ(client.text().find("200 OK"), std::string::npos);
}

TEST_F(Tls, ResetsSlowReadersToo) {
    options_.limits.progress = milliseconds(300);
    start();
    const auto output = curl({"--limit-rate", "1", "--max-time", "3", "--output", "/dev/null", url("/image")});
    EXPECT_NE(output.exit_code, 0);
    EXPECT_TRUE(all_connections_gone());
    EXPECT_EQ(server_->counters().timeouts, 1U);
}

TEST_F(Tls, NamesTheFileThatItCannotUse) {
    options_.tls_key = path("missing.pem");
    const auto server = Server::start(
        options_, [](const Request&, Responder) {}, log_);
    ASSERT_FALSE(server.ok());
    EXPECT_EQ(server.error().kind, base::ErrorKind::InvalidArgument);
    EXPECT_THAT(server.error().message, HasSubstr("missing.pem"));
}

}  // namespace
}  // namespace isolde::http::testing
