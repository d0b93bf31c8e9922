// SPDX-License-Identifier: GPL-3.0-or-later
//
// `isolde media serve`: one composed image by HTTP, from this machine, without a conductor.
#pragma once

#include "base/result.h"
#include "vmedia/compose/composed_image.h"

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>

namespace isolde::cli {

struct ListenAddress {
    std::string address;
    std::uint16_t port = 0;
};

/// "192.0.2.1:8080", "[2001:db8::1]:8080". Errors: InvalidArgument.
base::Result<ListenAddress> parse_listen(const std::string& text);

/// Prints the URL to `out`, then serves until SIGINT or SIGTERM. Errors: as http::Server::start.
base::Result<void> serve_until_signal(std::shared_ptr<const vmedia::ComposedImage> image, const ListenAddress& listen,
                                      std::ostream& out);

}  // namespace isolde::cli
