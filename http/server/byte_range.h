// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which bytes a Range field asks for (RFC 9110 §14.2). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace isolde::http {

enum class RangeOutcome {
    Whole,          ///< 200: no range, a malformed one, another unit than bytes, or several ranges
    Part,           ///< 206
    Unsatisfiable,  ///< 416: it starts at or after the end, or asks for the last zero bytes
};

struct RangeDecision {
    RangeOutcome outcome = RangeOutcome::Whole;
    std::uint64_t first = 0;
    std::uint64_t length = 0;

    bool operator==(const RangeDecision&) const = default;
};

/// `range`: the field's value, empty when there is none. `size`: of the whole body, bytes. The end is clamped to
/// `size`. Lists of ranges get the whole body, which RFC 9110 §14.2 allows: nobody who boots needs them, and
/// overlapping ranges are a known way to make a server send a multiple of a file.
RangeDecision select_range(std::string_view range, std::uint64_t size);

}  // namespace isolde::http
