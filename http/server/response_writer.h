// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sends one rendered response over a transport, as much as the socket takes in a turn. The header and the small pieces
// of the body around it are gathered into one send; large pieces of files go by sendfile.
#pragma once

#include "http/server/response_head.h"
#include "http/server/transport.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace isolde::http {

class ResponseWriter {
  public:
    enum class Outcome {
        Done,
        Yield,     ///< the turn's share is used up; let others go first
        WantRead,  ///< TLS only
        WantWrite,
        Truncated,  ///< a file of the body is shorter than the body says
        Failed,
    };
    struct Turn {
        Outcome outcome = Outcome::Failed;
        std::uint64_t bytes = 0;  ///< handed to the socket in this turn, header included
    };

    /// `response` gives the body's bytes.
    void start(RenderedResponse rendered, Response response);
    /// `scratch`: room for gathering, shared by the sessions of a loop; holds nothing between calls.
    Turn pump(Transport& transport, std::span<char> scratch);
    bool finished() const { return head_sent_ == head_.size() && position_ == end_; }

  private:
    Turn pump_turn(Transport& transport, std::span<char> scratch);
    TransferStep send_next(Transport& transport, std::span<char> scratch);
    /// Fills `scratch` from the current position; how much. Negative: a file is shorter than the body says.
    std::ptrdiff_t gather(std::span<char> scratch, bool copy_files);
    /// What lies together from `position` to the end of what is sent; the body is asked once for each of its pieces.
    BodyPiece piece_at(std::uint64_t position);
    BodyPiece look_up(std::uint64_t position) const;
    void advance(std::size_t count);

    std::string head_;
    std::size_t head_sent_ = 0;
    Response response_;
    std::uint64_t position_ = 0;  ///< next byte of the body
    std::uint64_t end_ = 0;
    BodyPiece known_;  ///< the piece looked up last, and where it begins
    std::uint64_t known_at_ = 0;
};

}  // namespace isolde::http
