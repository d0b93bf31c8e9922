// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/session.h"

namespace isolde::cli {

void Session::with_conductor(const std::function<base::Result<void>(RestClient&)>& command) {
    result = [&]() -> base::Result<void> {
        const auto client = TRY(make_rest_client(endpoint));
        return command(*client);
    }();
}

}  // namespace isolde::cli
