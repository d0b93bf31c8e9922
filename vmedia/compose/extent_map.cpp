// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/extent_map.h"

#include "base/check.h"

#include <algorithm>
#include <string>

namespace isolde::vmedia {
namespace {

bool continues(const Extent& left, const Extent& right) {
    if (left.kind != right.kind) {
        return false;
    }
    if (left.kind == ExtentKind::Zero) {
        return true;
    }
    return left.blob == right.blob && left.source_offset + left.length == right.source_offset;
}

}  // namespace

base::Result<ExtentMap> ExtentMap::from(std::vector<Extent> extents) {
    ExtentMap map;
    for (const Extent& extent : extents) {
        const std::uint64_t end = map.size();
        if (extent.offset != end || extent.length == 0) {
            return base::internal("extents leave a gap or overlap at byte " + std::to_string(end));
        }
        if (!map.extents_.empty() && continues(map.extents_.back(), extent)) {
            map.extents_.back().length += extent.length;
        } else {
            map.extents_.push_back(extent);
        }
    }
    map.extents_.shrink_to_fit();
    return map;
}

const Extent& ExtentMap::at(std::uint64_t offset) const {
    ISOLDE_CHECK(offset < size());
    const auto after =
        std::upper_bound(extents_.begin(), extents_.end(), offset,
                         [](std::uint64_t value, const Extent& extent) { return value < extent.offset; });
    return *std::prev(after);
}

}  // namespace isolde::vmedia
