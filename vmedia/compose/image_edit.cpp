// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/image_edit.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>

namespace isolde::vmedia {

ImageEdit::ImageEdit(std::shared_ptr<const image::ByteSource> base) : view_(std::move(base)) {}

bool ImageEdit::was_appended(std::uint64_t offset) const {
    return offset >= blocks_of(view_.base().size()) * kBlockSize && offset < noted_end_;
}

void ImageEdit::note(std::uint64_t offset, std::uint64_t length, const ChangeReason& reason) {
    if (length > 0) {
        notes_.push_back({offset, length, std::string(reason.file), std::string(reason.technique), reason.secret, {}});
    }
}

base::Result<void> ImageEdit::write(std::uint64_t offset, base::ByteView bytes, const ChangeReason& reason) {
    std::array<std::byte, kBlockSize> present;
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min<std::uint64_t>(bytes.size(), kBlockSize - offset % kBlockSize));
        TRY(view_.read(offset, std::span(present).first(part.size())));
        if (std::memcmp(part.data(), present.data(), part.size()) != 0) {
            TRY(view_.write(offset, part));
            if (!was_appended(offset)) {
                note(offset, part.size(), reason);
            }
        }
        offset += part.size();
        bytes = bytes.subspan(part.size());
    }
    return {};
}

std::uint64_t ImageEdit::append(base::ByteView bytes, const ChangeReason& reason) {
    const std::uint64_t first = view_.append(bytes);
    note(first * kBlockSize, bytes.size(), reason);
    noted_end_ = view_.end_block() * kBlockSize;
    return first;
}

std::uint64_t ImageEdit::append_blob(std::shared_ptr<const image::FileSource> file, const base::Digest& digest,
                                     const ChangeReason& reason) {
    const std::uint64_t size = file->size();
    const std::uint64_t first = view_.append_blob(std::move(file));
    note(first * kBlockSize, size, reason);
    notes_.back().digest = digest;
    noted_end_ = view_.end_block() * kBlockSize;
    return first;
}

base::Result<std::uint64_t> ImageEdit::append_alias(std::uint64_t first, std::uint64_t count,
                                                    const ChangeReason& reason) {
    const std::uint64_t target = TRY(view_.append_alias(first, count));
    note(target * kBlockSize, count * kBlockSize, reason);
    noted_end_ = view_.end_block() * kBlockSize;
    return target;
}

namespace {

template <typename Value>
void put(std::span<std::byte> bytes, std::size_t at, Value value, bool big) {
    ISOLDE_CHECK(at + sizeof(Value) <= bytes.size());
    for (std::size_t i = 0; i < sizeof(Value); ++i) {
        const std::size_t shift = 8 * (big ? sizeof(Value) - 1 - i : i);
        bytes[at + i] = static_cast<std::byte>((value >> shift) & 0xFFU);
    }
}

}  // namespace

void put_little16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value) {
    put(bytes, at, value, false);
}
void put_little32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value) {
    put(bytes, at, value, false);
}
void put_little64(std::span<std::byte> bytes, std::size_t at, std::uint64_t value) {
    put(bytes, at, value, false);
}
void put_big16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value) {
    put(bytes, at, value, true);
}
void put_big32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value) {
    put(bytes, at, value, true);
}

void put_both16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value) {
    put_little16(bytes, at, value);
    put_big16(bytes, at + 2, value);
}

void put_both32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value) {
    put_little32(bytes, at, value);
    put_big32(bytes, at + 4, value);
}

}  // namespace isolde::vmedia
