// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/gzip.h"

#include <zlib.h>
#include <array>
#include <memory>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kPiece = 64U << 10U;
constexpr int kGzipWindow = 15 + 16;  // the largest window, gzip's header and trailer alone

base::Error damaged() {
    return base::corrupt("the gzip data are damaged or cut short");
}

struct EndInflate {
    void operator()(z_stream* stream) const { inflateEnd(stream); }
};

/// Appends the next piece to `content`. True: a member has ended.
base::Result<bool> inflate_piece(z_stream& stream, base::Bytes& content) {
    std::array<Bytef, kPiece> piece;
    stream.next_out = piece.data();
    stream.avail_out = piece.size();
    const int answer = inflate(&stream, Z_NO_FLUSH);
    const auto got = std::as_bytes(std::span(piece)).first(piece.size() - stream.avail_out);
    content.insert(content.end(), got.begin(), got.end());
    if (answer == Z_STREAM_END) {
        return true;
    }
    const bool stuck = got.empty() && stream.avail_in == 0;
    if (answer != Z_OK || stuck) {
        return damaged();
    }
    return false;
}

}  // namespace

base::Result<base::Bytes> gunzip(base::ByteView packed, base::ByteCount limit) {
    z_stream stream{};
    if (inflateInit2(&stream, kGzipWindow) != Z_OK) {
        return base::internal("zlib cannot start");
    }
    const std::unique_ptr<z_stream, EndInflate> guard(&stream);
    // zlib does not write to it.
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    base::Bytes content;
    while (true) {
        const bool ended = TRY(inflate_piece(stream, content));
        if (content.size() > limit.bytes()) {
            return base::exhausted("unpacked it is larger than " + base::to_string(limit));
        }
        if (ended && stream.avail_in == 0) {
            return content;
        }
        if (ended && inflateReset(&stream) != Z_OK) {
            return damaged();
        }
    }
}

}  // namespace isolde::vmedia
