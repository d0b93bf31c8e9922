// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which bytes were read: disjoint intervals, merged as they come. Bounded: past the limit, what touches no interval is
// not taken in, so that a reader of every second byte cannot fill the memory, and bytes that were not read never count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace isolde::vmedia {

/// Not thread-safe.
class IntervalSet {
  public:
    explicit IntervalSet(std::size_t limit = 65536) : limit_(limit) {}

    /// Bytes [begin, end); empty ones are ignored.
    void add(std::uint64_t begin, std::uint64_t end);
    /// How many bytes of [begin, end) are in the set.
    std::uint64_t covered(std::uint64_t begin, std::uint64_t end) const;
    std::uint64_t total() const { return total_; }
    std::size_t size() const { return intervals_.size(); }
    void clear();

  private:
    std::size_t limit_;
    std::map<std::uint64_t, std::uint64_t> intervals_;  ///< begin → end
    std::uint64_t total_ = 0;
};

}  // namespace isolde::vmedia
