// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/serve/media_server.h"

#include <algorithm>
#include <array>

namespace isolde::vmedia {
namespace {

constexpr std::array<std::byte, 64 * 1024> kZeros{};

class ImageBody final : public http::RangedBody {
  public:
    explicit ImageBody(std::shared_ptr<OpenImage> open) : open_(std::move(open)) {}

    std::uint64_t size() const override { return open_->image().size(); }
    const std::string& etag() const override { return open_->image().etag(); }
    base::WallTime last_modified() const override { return open_->created(); }
    void sent(std::uint64_t offset, std::uint64_t length) const override { open_->sent(offset, length); }

    http::BodyPiece piece_at(std::uint64_t offset) const override {
        const ComposedImage& image = open_->image();
        const Extent& extent = image.extents().at(offset);
        const std::uint64_t skip = offset - extent.offset;
        const std::uint64_t length = extent.length - skip;
        switch (extent.kind) {
            case ExtentKind::Blob:
                return {http::FilePiece{image.blob(extent.blob).fd(), extent.source_offset + skip, length}, length};
            case ExtentKind::Delta: return {image.delta().subspan(extent.source_offset + skip, length), length};
            case ExtentKind::Zero: break;
        }
        const std::uint64_t zeros = std::min<std::uint64_t>(length, kZeros.size());
        return {base::ByteView(kZeros).first(zeros), zeros};
    }

  private:
    std::shared_ptr<OpenImage> open_;
};

http::Response plain(int status) {
    http::Response response;
    response.status = status;
    if (status == 405) {
        response.headers.add("Allow", "GET, HEAD");
    }
    return response;
}

struct MediaPath {
    base::PublicationToken token;
    std::string file_name;
};

/// "/m/<token>/<file name>" and nothing else.
std::optional<MediaPath> parse_path(const std::string& path) {
    constexpr std::size_t kToken = 26;
    constexpr std::size_t kName = 3 + kToken + 1;
    if (path.size() <= kName || path.rfind("/m/", 0) != 0 || path[kName - 1] != '/' ||
        path.find('/', kName) != std::string::npos) {
        return std::nullopt;
    }
    return MediaPath{base::PublicationToken(path.substr(3, kToken)), path.substr(kName)};
}

}  // namespace

std::shared_ptr<const http::RangedBody> body_of(std::shared_ptr<OpenImage> image) {
    return std::make_shared<const ImageBody>(std::move(image));
}

http::Handler media_handler(Publications& publications) {
    return [&publications](const http::Request& request, http::Responder respond) {
        if (request.method != "GET" && request.method != "HEAD") {
            respond(plain(405));
            return;
        }
        const auto path = parse_path(request.path);
        if (!path) {
            respond(plain(404));
            return;
        }
        auto responder = std::make_shared<http::Responder>(std::move(respond));
        publications.open(path->token, path->file_name, request.peer_address,
                          [responder](base::Result<std::shared_ptr<OpenImage>> opened) {
                              if (!opened.ok()) {
                                  const bool unknown = opened.error().kind == base::ErrorKind::NotFound;
                                  (*responder)(plain(unknown ? 404 : 503));
                                  return;
                              }
                              http::Response response;
                              response.headers.add("Content-Type", "application/octet-stream");
                              response.ranged_body = body_of(std::move(*opened));
                              (*responder)(std::move(response));
                          });
    };
}

}  // namespace isolde::vmedia
