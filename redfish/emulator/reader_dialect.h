// SPDX-License-Identifier: GPL-3.0-or-later
//
// How the HTTP readers found in BMCs ask for an image, as data, and a reader that asks that way. What they demand of a
// server was measured against httpfs2 0.1.4 and nbdkit 1.32's curl plugin.
#pragma once

#include "base/encoding.h"
#include "base/result.h"
#include "redfish/emulator/journal.h"
#include "redfish/emulator/options.h"
#include "redfish/emulator/wire.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace isolde::emulator {

struct ReaderDialect {
    ReaderKind kind;
    std::string_view user_agent;
    bool host_with_port;
    bool head_first;
    bool keeps_alive;
    /// Header names letter by letter, Accept-Ranges on every answer, HTTP/1.1, a header of at most 1024 bytes in one
    /// TCP segment.
    bool strict;
    std::uint64_t first_window;  ///< bytes of the first aligned range; 0: exact ranges
    std::uint64_t window;        ///< bytes of the ones that follow
    bool overshoots;             ///< the last range asks for one byte after the end, and hangs up when it has the rest
};

const ReaderDialect& dialect_of(ReaderKind kind);

/// Random access to an image. Not thread-safe.
class ImageReader {
  public:
    virtual ~ImageReader() = default;
    /// Exactly [offset, offset+length). Errors: Corrupt (beyond the end, or an answer that this reader refuses),
    /// Unavailable, Timeout, Cancelled.
    virtual base::Result<base::Bytes> read(std::uint64_t offset, std::uint64_t length) = 0;
};

/// Opens the image of `url`. `scratch` is a directory for the copy that ReaderKind::Download makes. `reads` and
/// `cancellation` outlive the reader. Precondition: kind is not Never.
base::Result<std::unique_ptr<ImageReader>> open_image(ReaderKind kind, const std::string& url,
                                                      const std::string& scratch, ReadLog& reads,
                                                      const Cancellation& cancellation);

}  // namespace isolde::emulator
