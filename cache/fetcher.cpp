// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/fetcher.h"

namespace isolde::cache {

base::Result<std::unique_ptr<Fetcher>> make_fetcher(const http::Url& url, const ImageStoreOptions& options,
                                                    const FetchTools& tools) {
    if (url.scheme == "http" || url.scheme == "https") {
        return make_http_fetcher(options, tools);
    }
    if (url.scheme == "file") {
        return make_file_fetcher(options);
    }
    return base::invalid_argument("images cannot be fetched by \"" + url.scheme + "\"; use http, https or file");
}

}  // namespace isolde::cache
