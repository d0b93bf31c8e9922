// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the media server answers, from publication to revocation.
#include "media_fixture.h"

namespace isolde::vmedia::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class MediaServer : public MediaTest {
  protected:
    std::string head(const std::string& target) const { return curl({"--head", host() + target}); }
};

TEST_F(MediaServer, AnswersHeadAsFirmwareExpects) {
    serve(composed());
    const std::string answer = curl({"--head", url()});
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(image_->size()) + "\r\n"));
    EXPECT_THAT(answer, HasSubstr("Accept-Ranges: bytes\r\n"));
    EXPECT_THAT(answer, HasSubstr("ETag: \"composed\"\r\n"));
    EXPECT_THAT(answer, HasSubstr("Last-Modified: " + base::to_http_date(publication_.created) + "\r\n"));
}

TEST_F(MediaServer, KnowsExactPathsOnly) {
    serve(composed());
    const std::string token = publication_.token.str();
    for (const std::string& target :
         {std::string("/"), "/m/" + token, "/m/" + token + "/", "/m/" + token + "/other.iso",
          "/m/" + token + "/boot.img", "/m/" + token + "/boot.iso/", "/m/" + token + "/a/boot.iso",
          "/n/" + token + "/boot.iso", "//m/" + token + "/boot.iso",
          std::string("/m/abcdefghijklmnopqrstuvwxya/boot.iso"), "/m/" + token + "a/boot.iso"}) {
        const std::string answer = head(target);
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 ")) << target;
        EXPECT_THAT(answer, HasSubstr("Content-Length: 0\r\n")) << target;
    }
}

TEST_F(MediaServer, RefusesOtherMethods) {
    serve(composed());
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"}) {
        const std::string answer = curl({"--include", "--request", method, url()});
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
        EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n")) << method;
    }
}

TEST_F(MediaServer, StillAnswersWhileAnEjectIsUnderWayAndNoMoreAfterRevocation) {
    serve(composed());
    publications_->ejecting(publication_.token);
    EXPECT_THAT(curl({"--head", url()}), StartsWith("HTTP/1.1 200 "));
    publications_->revoke(publication_.token, [] {});
    const std::string answer = curl({"--head", url()});
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(MediaServer, ComposesAgainWhatWasDroppedForMemory) {
    options_.memory = base::ByteCount(1);
    serve(composed());
    EXPECT_EQ(publications_->memory(), base::ByteCount(0));
    curl({"--output", path("copy"), url()});
    EXPECT_EQ(file_digest(path("copy")), image_digest());
    EXPECT_EQ(composed_, 1);
}

TEST_F(MediaServer, HidesTheImageFromOtherAddresses) {
    publication_.allowed_address = "127.0.0.2";
    serve(composed());
    EXPECT_THAT(curl({"--head", url()}), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(curl({"--interface", "127.0.0.2", "--head", url()}), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MediaServer, TracesWhatItSent) {
    serve(composed());
    curl({"--output", "/dev/null", "--range", "1000-1999", url()});
    EXPECT_EQ(publications_->trace(publication_.token)->bytes, 1000U);
}

TEST_F(MediaServer, IgnoresTheHostField) {
    serve(composed());
    EXPECT_THAT(curl({"--head", "--header", "Host: somewhere.else", "--header", "User-Agent:", url()}),
                StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace isolde::vmedia::testing
