// SPDX-License-Identifier: GPL-3.0-or-later
//
// The media plane: GET and HEAD of /m/<token>/<file name>, by ranges, straight from the extents of composed images.
#pragma once

#include "http/server/server.h"
#include "vmedia/serve/publications.h"

#include <memory>

namespace isolde::vmedia {

/// For http::Server; `publications` must outlive the server. Any other path or method: 404 or 405 with Content-Length.
http::Handler media_handler(Publications& publications);

/// A composed image as the server sends it.
std::shared_ptr<const http::RangedBody> body_of(std::shared_ptr<OpenImage> image);

}  // namespace isolde::vmedia
