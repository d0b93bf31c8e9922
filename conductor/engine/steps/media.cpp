// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/engine/steps/media.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using Time = std::optional<base::WallTime>;

Time earliest(const Time& a, const Time& b) {
    return a && b ? std::min(a, b) : a ? a : b;
}

}  // namespace

Evidence join(const Evidence& a, const Evidence& b) {
    Evidence joined;
    joined.inserted = earliest(a.inserted, b.inserted);
    joined.read = earliest(a.read, b.read);
    joined.booted = earliest(a.booted, b.booted);
    joined.released = earliest(a.released, b.released);
    joined.released_by = a.released_by.empty() ? b.released_by : a.released_by;
    joined.loader = a.loader || b.loader;
    joined.kernel_percent = std::max(a.kernel_percent, b.kernel_percent);
    joined.initrd_percent = std::max(a.initrd_percent, b.initrd_percent);
    joined.opaque = a.opaque || b.opaque;
    joined.bytes_read = std::max(a.bytes_read, b.bytes_read);
    joined.last_read = std::max(a.last_read, b.last_read);
    joined.loader_last_read = std::max(a.loader_last_read, b.loader_last_read);
    return joined;
}

}  // namespace isolde::conductor
