// SPDX-License-Identifier: GPL-3.0-or-later
//
// An image under edit: the copy-on-write view and, for the manifest, a note of which file each change belongs to and
// how it was made. All writers of this folder write through it.
#pragma once

#include "base/digest.h"
#include "image/byte_source.h"
#include "vmedia/compose/block_view.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// Why bytes changed.
struct ChangeNote {
    std::uint64_t offset = 0;  ///< in the composed image, bytes
    std::uint64_t length = 0;
    std::string file;       ///< "/isolinux/txt.cfg", or the structure: "volume descriptor"
    std::string technique;  ///< "replace", "add", "append-cpio", "grow-directory", …
    bool secret = false;    ///< the bytes hold content that may only be digested under a key
    base::Digest digest;    ///< of a file that is shown whole; else empty
};

/// What a change is for.
struct ChangeReason {
    std::string_view file;
    std::string_view technique;
    bool secret = false;
};

/// Not thread-safe.
class ImageEdit {
  public:
    explicit ImageEdit(std::shared_ptr<const image::ByteSource> base);

    BlockView& view() { return view_; }
    const BlockView& view() const { return view_; }
    const std::vector<ChangeNote>& notes() const { return notes_; }

    /// Writes only what differs from what is there. A change of appended content is part of that. Errors: as
    /// BlockView::write.
    base::Result<void> write(std::uint64_t offset, base::ByteView bytes, const ChangeReason& reason);
    /// First block of `bytes` behind the tail.
    std::uint64_t append(base::ByteView bytes, const ChangeReason& reason);
    /// First block of `file`, shown whole; `digest` stands for its content in the manifest.
    std::uint64_t append_blob(std::shared_ptr<const image::FileSource> file, const base::Digest& digest,
                              const ChangeReason& reason);
    /// First block of a second showing of `count` blocks from `first`. Errors: as BlockView::append_alias.
    base::Result<std::uint64_t> append_alias(std::uint64_t first, std::uint64_t count, const ChangeReason& reason);

    /// To be called when the records of the directory at byte `offset` change their places: several trees may show it.
    void note_reshaped(std::uint64_t offset) { reshaped_.push_back(offset); }
    /// Every directory that was noted so, in order.
    const std::vector<std::uint64_t>& reshaped() const { return reshaped_; }

  private:
    bool was_appended(std::uint64_t offset) const;
    void note(std::uint64_t offset, std::uint64_t length, const ChangeReason& reason);

    BlockView view_;
    std::uint64_t noted_end_ = 0;  ///< tail bytes before this were noted when they were appended
    std::vector<ChangeNote> notes_;
    std::vector<std::uint64_t> reshaped_;
};

// Fields of on-disk structures, for writing. The span's size is the caller's to ensure.
void put_little16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value);
void put_little32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value);
void put_little64(std::span<std::byte> bytes, std::size_t at, std::uint64_t value);
void put_big16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value);
void put_big32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value);
/// ECMA-119 7.2.3 and 7.3.3: little-endian, then big-endian.
void put_both16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value);
void put_both32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value);

}  // namespace isolde::vmedia
