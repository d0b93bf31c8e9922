// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/serve/interval_set.h"

#include <algorithm>
#include <iterator>

namespace isolde::vmedia {

void IntervalSet::add(std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) {
        return;
    }
    auto first = intervals_.upper_bound(begin);
    if (first != intervals_.begin() && std::prev(first)->second >= begin) {
        --first;
    }
    while (first != intervals_.end() && first->first <= end) {
        begin = std::min(begin, first->first);
        end = std::max(end, first->second);
        total_ -= first->second - first->first;
        first = intervals_.erase(first);
    }
    intervals_.emplace(begin, end);
    total_ += end - begin;
    if (intervals_.size() > limit_) {
        join_closest();
    }
}

std::uint64_t IntervalSet::covered(std::uint64_t begin, std::uint64_t end) const {
    std::uint64_t bytes = 0;
    auto interval = intervals_.upper_bound(begin);
    if (interval != intervals_.begin()) {
        --interval;
    }
    for (; interval != intervals_.end() && interval->first < end; ++interval) {
        const std::uint64_t from = std::max(begin, interval->first);
        const std::uint64_t to = std::min(end, interval->second);
        bytes += from < to ? to - from : 0;
    }
    return bytes;
}

void IntervalSet::clear() {
    intervals_.clear();
    total_ = 0;
}

void IntervalSet::join_closest() {
    auto best = intervals_.begin();
    std::uint64_t best_gap = UINT64_MAX;
    for (auto here = intervals_.begin(); std::next(here) != intervals_.end(); ++here) {
        const std::uint64_t gap = std::next(here)->first - here->second;
        if (gap < best_gap) {
            best_gap = gap;
            best = here;
        }
    }
    const auto next = std::next(best);
    best->second = next->second;
    total_ += best_gap;
    intervals_.erase(next);
}

}  // namespace isolde::vmedia
