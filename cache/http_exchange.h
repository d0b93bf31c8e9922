// SPDX-License-Identifier: GPL-3.0-or-later
//
// What one HTTP answer means for a download: decided from status and header fields, without I/O (RFC 9110 §§ 8.8, 13,
// 14).
#pragma once

#include "base/byte_count.h"
#include "cache/index.h"
#include "http/message.h"

#include <optional>
#include <string>

namespace isolde::cache {

/// What was asked for.
struct DownloadAsk {
    base::ByteCount have;             ///< bytes of an earlier attempt; a range was asked for when not zero
    Validators have_version;          ///< of those bytes
    std::optional<Validators> known;  ///< the version in the store
};

enum class AnswerKind {
    Unchanged,  ///< 304: the store has the current version
    Whole,      ///< the body begins at byte 0
    Rest,       ///< the body goes on after `have`
    StartOver,  ///< what we have cannot be gone on with: ask again for all
};

struct DownloadAnswer {
    AnswerKind kind = AnswerKind::Whole;
    std::optional<base::ByteCount> total;  ///< of the whole content
    Validators version;
};

/// Conditional and range fields for `ask`.
http::Headers ask_headers(const DownloadAsk& ask);
/// Errors: NotFound, Unauthorized, Unavailable (also 5xx), RateLimited, Corrupt. `place` names the URL in them.
base::Result<DownloadAnswer> read_answer(const DownloadAsk& ask, int status, const http::Headers& headers,
                                         const std::string& place);
/// True when bytes of this version can be joined with a later answer.
bool is_resumable(const Validators& version);

}  // namespace isolde::cache
