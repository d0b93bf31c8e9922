// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/budget.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace isolde::cache {
namespace {

using base::ByteCount;
using base::to_string;

std::int64_t signed_bytes(ByteCount count) {
    return static_cast<std::int64_t>(count.bytes());
}

/// What the filesystem could give us if everything of ours were gone, above the floor.
ByteCount disk_capacity(const SpaceLimits& limits, const SpaceSnapshot& space) {
    return space.filesystem_free + space.used + space.written - limits.min_free;
}

std::string why_never(const SpaceLimits& limits, const SpaceSnapshot& space, ByteCount wanted) {
    if (wanted > limits.max_image) {
        return to_string(wanted) + " is more than [images] max_image = " + to_string(limits.max_image) +
               ": raise it, or use a smaller image";
    }
    if (wanted > limits.budget) {
        return to_string(wanted) + " is more than [images] budget = " + to_string(limits.budget) +
               ": raise it, or use a smaller image";
    }
    const ByteCount capacity = disk_capacity(limits, space);
    if (wanted > capacity) {
        return to_string(wanted) + " cannot be stored: the filesystem has " + to_string(space.filesystem_free) +
               " free, the cache itself holds " + to_string(space.used + space.written) +
               ", and [images] min_free = " + to_string(limits.min_free) + " stays free: make room there";
    }
    return {};
}

struct KindWord {
    LeaseKind kind;
    const char* one;
    const char* many;
};

/// In the order in which a blob with several leases is counted, once.
constexpr std::array kKindWords{
    KindWord{LeaseKind::Deployment, "deployment", "deployments"},
    KindWord{LeaseKind::Published, "publication", "publications"},
    KindWord{LeaseKind::Volume, "volume", "volumes"},
    KindWord{LeaseKind::Pin, "pin", "pins"},
    KindWord{LeaseKind::Download, "download", "downloads"},
};

bool has_lease(const Blob& blob, LeaseKind kind) {
    return std::any_of(blob.leases.begin(), blob.leases.end(), [&](const Lease& lease) { return lease.kind == kind; });
}

const KindWord* main_kind(const Blob& blob) {
    const auto* found = std::find_if(kKindWords.begin(), kKindWords.end(),
                                     [&](const KindWord& row) { return has_lease(blob, row.kind); });
    return found == kKindWords.end() ? nullptr : found;
}

std::string holders_of_kind(const std::vector<Blob>& blobs, const KindWord& row) {
    ByteCount bytes;
    std::set<std::string> holders;
    for (const Blob& blob : blobs) {
        if (main_kind(blob) != &row) {
            continue;
        }
        bytes += blob.size;
        for (const Lease& lease : blob.leases) {
            if (lease.kind == row.kind) {
                holders.insert(lease.holder);
            }
        }
    }
    return holders.empty() ? ""
                           : to_string(bytes) + " held by " + std::to_string(holders.size()) + " " +
                                 (holders.size() == 1 ? row.one : row.many);
}

}  // namespace

std::int64_t room(const SpaceLimits& limits, const SpaceSnapshot& space) {
    const std::int64_t within_budget = signed_bytes(limits.budget) - signed_bytes(space.used + space.reserved);
    const std::int64_t promised_unwritten = signed_bytes(space.reserved) - signed_bytes(space.written);
    const std::int64_t on_disk =
        signed_bytes(space.filesystem_free) - promised_unwritten - signed_bytes(limits.min_free);
    return std::min(within_budget, on_disk);
}

SpaceDecision decide_space(const SpaceLimits& limits, const SpaceSnapshot& space, const SpaceRequest& request) {
    if (std::string reason = why_never(limits, space, request.wanted); !reason.empty()) {
        return {SpaceVerdict::Never, {}, std::move(reason)};
    }
    const std::int64_t more = signed_bytes(request.wanted - request.held);
    const std::int64_t shortage = more - room(limits, space);
    if (more == 0 || shortage <= 0) {
        return {SpaceVerdict::Grant, {}, {}};
    }
    if (shortage <= signed_bytes(space.evictable)) {
        return {SpaceVerdict::Evict, ByteCount(static_cast<std::uint64_t>(shortage)), {}};
    }
    return {SpaceVerdict::Wait, {}, {}};
}

std::string describe_holders(const std::vector<Blob>& blobs) {
    std::string text;
    for (const KindWord& row : kKindWords) {
        const std::string part = holders_of_kind(blobs, row);
        text += text.empty() || part.empty() ? part : ", " + part;
    }
    return text;
}

std::vector<Blob> choose_victims(std::vector<Blob> unleased, ByteCount wanted) {
    std::sort(unleased.begin(), unleased.end(), [](const Blob& a, const Blob& b) {
        return std::tie(a.last_used, a.digest) < std::tie(b.last_used, b.digest);
    });
    ByteCount freed;
    const auto enough = std::find_if(unleased.begin(), unleased.end(), [&](const Blob& blob) {
        const bool done = freed >= wanted;
        freed += blob.size;
        return done;
    });
    unleased.erase(enough, unleased.end());
    return unleased;
}

}  // namespace isolde::cache
