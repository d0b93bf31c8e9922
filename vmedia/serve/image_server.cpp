// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/serve/image_server.h"

#include "vmedia/serve/media_server.h"

namespace isolde::vmedia {
namespace {

std::string url_of(const std::string& address, std::uint16_t port, const Publication& publication) {
    const bool is_ipv6 = address.find(':') != std::string::npos;
    return "http://" + (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port) + "/m/" +
           publication.token.str() + "/" + publication.file_name;
}

}  // namespace

base::Result<std::unique_ptr<ImageServer>> ImageServer::start(std::shared_ptr<const ComposedImage> image,
                                                              const std::string& address, std::uint16_t port,
                                                              base::Random& random, const base::Clock& clock,
                                                              base::Log& log) {
    const ServedImage served{image, std::make_shared<const TracedFiles>(TracedFiles{{}, image->size()})};
    auto publications = std::make_unique<Publications>(
        PublicationsOptions{}, [served](const Publication&) { return served; }, [](const Publication&) {}, clock, log);
    Publication publication;
    publication.token = base::PublicationToken(random.token());
    publication.created = clock.wall();
    publications->publish(publication, served);
    http::ServerOptions options;
    options.address = address;
    options.port = port;
    auto server = TRY(http::Server::start(options, media_handler(*publications), log));
    std::string url = url_of(address, server->port(), publication);
    return std::make_unique<ImageServer>(std::move(publications), std::move(server), std::move(url));
}

}  // namespace isolde::vmedia
