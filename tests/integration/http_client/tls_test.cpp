// SPDX-License-Identifier: GPL-3.0-or-later
//
// Certificates, against nginx with one that it signed itself.
#include "base/process.h"
#include "http/client/client.h"
#include "http/testing/scripted_upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace isolde::http {
namespace {

using namespace std::chrono_literals;

class TlsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        const std::string root = directory_.path();
        const auto made = base::run_process(
            {.arguments = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                           "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                           root + "/key.pem", "-out", root + "/cert.pem"}},
            30s);
        ASSERT_EQ(made.value().exit_code, 0) << made->output;
        const std::string port = std::to_string(testing::unused_port());
        url_ = "https://127.0.0.1:" + port + "/";
        ASSERT_TRUE(
            base::write_durably(root + "/nginx.conf",
                                "daemon off; master_process off; pid " + root + "/nginx.pid; error_log " + root +
                                    "/error.log;\nevents {}\nhttp { access_log off; server { listen 127.0.0.1:" + port +
                                    " ssl; ssl_certificate " + root + "/cert.pem; ssl_certificate_key " + root +
                                    "/key.pem; location / { return 200 hello; } } }\n")
                .ok());
        nginx_ = base::ChildProcess::start(
                     {.arguments = {"/usr/sbin/nginx", "-e", root + "/error.log", "-c", root + "/nginx.conf"}})
                     .value();
        const auto deadline = base::Deadline::after(clock_, 10s);
        while (!get(ClientRequest{.url = url_, .verify_tls = false}).ok()) {
            ASSERT_FALSE(deadline.passed(clock_));
            std::this_thread::yield();
        }
    }
    base::Result<ClientResponse> get(const ClientRequest& request) {
        return client_->perform(request, base::Deadline::after(clock_, 20s));
    }

    base::SystemClock clock_;
    base::TemporaryDirectory directory_ = base::TemporaryDirectory::create("isolde-tls").value();
    std::unique_ptr<Client> client_ = make_client({.addresses = AddressPolicy::unrestricted()}, clock_).value();
    std::string url_;
    std::optional<base::ChildProcess> nginx_;
};

TEST_F(TlsTest, ACertificateThatNobodyKnowsIsCorruptAndNothingWasSent) {
    const auto error = get({.url = url_}).error();
    EXPECT_EQ(error.kind, base::ErrorKind::Corrupt);
    EXPECT_THAT(error.message, ::testing::HasSubstr("certificate"));
    EXPECT_THAT(error.context, ::testing::ElementsAre(kBeforeRequestWasSent));
}

TEST_F(TlsTest, ACertificateOfTheGivenAuthorityIsAccepted) {
    EXPECT_EQ(get({.url = url_, .ca_file = directory_.path() + "/cert.pem"})->body, "hello");
}

TEST_F(TlsTest, ACertificateForAnotherNameIsCorrupt) {
    std::string elsewhere = url_;
    elsewhere.replace(elsewhere.find("127.0.0.1"), 9, "localhost");
    EXPECT_EQ(get({.url = elsewhere, .ca_file = directory_.path() + "/cert.pem"}).error().kind,
              base::ErrorKind::Corrupt);
}

TEST_F(TlsTest, AMissingAuthorityFileIsAnInvalidArgumentThatNamesIt) {
    const auto error = get({.url = url_, .ca_file = "/nowhere/ca.pem"}).error();
    EXPECT_EQ(error.kind, base::ErrorKind::InvalidArgument);
    EXPECT_THAT(error.message, ::testing::HasSubstr("/nowhere/ca.pem"));
}

TEST_F(TlsTest, AConnectionThatWasMadeUncheckedIsNotReusedForACheckedRequest) {
    ASSERT_TRUE(get({.url = url_, .verify_tls = false}).ok());
    EXPECT_EQ(get({.url = url_}).error().kind, base::ErrorKind::Corrupt);
}

}  // namespace
}  // namespace isolde::http
