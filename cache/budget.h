// SPDX-License-Identifier: GPL-3.0-or-later
//
// Whether a download may have the space that it asks for: pure arithmetic over one snapshot. Blobs and kept parts are
// `used`; what downloads were promised is `reserved`, whether written yet or not. used + reserved ≤ budget, always.
#pragma once

#include "base/byte_count.h"
#include "cache/image_store.h"

#include <string>
#include <vector>

namespace isolde::cache {

struct SpaceLimits {
    base::ByteCount budget;
    base::ByteCount min_free;
    base::ByteCount max_image;
};

struct SpaceSnapshot {
    base::ByteCount used;             ///< blobs and parts of downloads that do not run
    base::ByteCount evictable;        ///< of `used`: what no lease keeps
    base::ByteCount reserved;         ///< promised to running downloads
    base::ByteCount written;          ///< of `reserved`: already on the disk
    base::ByteCount filesystem_free;  ///< as the filesystem says now
};

/// A download of `wanted` bytes that holds `held` of `reserved` already.
struct SpaceRequest {
    base::ByteCount wanted;
    base::ByteCount held;
};

enum class SpaceVerdict { Grant, Evict, Wait, Never };

struct SpaceDecision {
    SpaceVerdict verdict = SpaceVerdict::Never;
    base::ByteCount to_evict;  ///< with Evict
    std::string reason;        ///< with Never: the limit that forbids it, with numbers and the setting's name
};

SpaceDecision decide_space(const SpaceLimits& limits, const SpaceSnapshot& space, const SpaceRequest& request);

/// Bytes that may be granted beyond what is promised, without evicting anything. Negative when a limit is exceeded
/// already: the budget was lowered, or others filled the filesystem.
std::int64_t room(const SpaceLimits& limits, const SpaceSnapshot& space);

/// "7.9 GiB held by 12 deployments, 1.0 GiB held by 1 pin": blobs by the lease that keeps them. Empty when none is
/// kept.
std::string describe_holders(const std::vector<Blob>& blobs);

/// Unleased blobs, least recently used first, until `wanted` bytes are freed or none is left.
std::vector<Blob> choose_victims(std::vector<Blob> unleased, base::ByteCount wanted);

}  // namespace isolde::cache
