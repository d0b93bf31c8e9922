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
    if (intervals_.size() < limit_) {
        intervals_.emplace(begin, end);
        total_ += end - begin;
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

}  // namespace isolde::vmedia
