// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/directory_record.h"

#include "image/fields.h"
#include "vmedia/compose/iso_names.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kFixedPart = 33;
constexpr std::size_t kMaxRecord = 254;  // the length is one byte, and even
constexpr std::size_t kContinuationField = 28;

using Fields = std::vector<base::Bytes>;

/// A system use field of `length` bytes: signature, length, version 1.
base::Bytes field(std::string_view signature, std::size_t length) {
    base::Bytes bytes(length);
    bytes[0] = static_cast<std::byte>(signature[0]);
    bytes[1] = static_cast<std::byte>(signature[1]);
    bytes[2] = static_cast<std::byte>(length);
    bytes[3] = std::byte{1};
    return bytes;
}

base::Bytes posix_field(const NewRecord& record, std::uint8_t length) {
    base::Bytes bytes = field("PX", length);
    put_both32(bytes, 4, record.mode);
    put_both32(bytes, 12, record.links);
    if (length >= 44) {
        put_both32(bytes, 36, record.serial);
    }
    return bytes;
}

/// Modification, access and attribute change, in the short form.
base::Bytes time_field(const RecordDate& date) {
    base::Bytes bytes = field("TF", 5 + 3 * date.size());
    bytes[4] = std::byte{0x0E};
    for (std::size_t i = 0; i < 3; ++i) {
        std::copy(date.begin(), date.end(), bytes.begin() + static_cast<std::ptrdiff_t>(5 + i * date.size()));
    }
    return bytes;
}

base::Bytes name_field(std::string_view name) {
    base::Bytes bytes = field("NM", 5 + name.size());
    const auto text = base::as_bytes(name);
    std::copy(text.begin(), text.end(), bytes.begin() + 5);
    return bytes;
}

/// RRIP 1.09: which fields follow. PX 1, NM 8, TF 0x80.
base::Bytes summary_field(bool named) {
    base::Bytes bytes = field("RR", 5);
    bytes[4] = named ? std::byte{0x89} : std::byte{0x81};
    return bytes;
}

Fields rock_ridge_fields(const image::RockRidge& habit, const NewRecord& record) {
    Fields fields;
    if (!habit.present) {
        return fields;
    }
    if (habit.rr_field) {
        fields.push_back(summary_field(!record.name.empty()));
    }
    if (!record.name.empty()) {
        fields.push_back(name_field(record.name));
    }
    fields.push_back(posix_field(record, habit.px_length >= 44 ? 44 : 36));
    fields.push_back(time_field(record.date));
    return fields;
}

base::Bytes concatenate(const Fields& fields) {
    base::Bytes bytes;
    for (const base::Bytes& field : fields) {
        bytes.insert(bytes.end(), field.begin(), field.end());
    }
    return bytes;
}

/// The fields as they stand in a record with `room` bytes for them.
base::Result<base::Bytes> fit_fields(const image::IsoTree& tree, const Fields& fields, std::size_t room,
                                     ContinuationArea& continuation) {
    base::Bytes whole = concatenate(fields);
    if (whole.size() <= room) {
        return whole;
    }
    std::size_t kept_bytes = 0;
    std::size_t kept = 0;
    while (kept_bytes + fields[kept].size() + kContinuationField <= room) {
        kept_bytes += fields[kept++].size();
    }
    const base::ByteView rest = base::ByteView(whole).subspan(kept_bytes);
    const auto place = TRY(continuation.store(rest));
    base::Bytes link = field("CE", kContinuationField);
    put_both32(link, 4, static_cast<std::uint32_t>(place.block - tree.base_block));
    put_both32(link, 12, place.offset);
    put_both32(link, 20, static_cast<std::uint32_t>(rest.size()));
    whole.resize(kept_bytes);
    whole.insert(whole.end(), link.begin(), link.end());
    return whole;
}

base::Bytes fixed_part(const NewRecord& record) {
    base::Bytes bytes(kFixedPart + record.identifier.size());
    put_both32(bytes, 2, record.block);
    put_both32(bytes, 10, record.size);
    std::copy(record.date.begin(), record.date.end(), bytes.begin() + 18);
    bytes[25] = record.directory ? std::byte{image::kFlagDirectory} : std::byte{0};
    put_both16(bytes, 28, 1);
    bytes[32] = static_cast<std::byte>(record.identifier.size());
    const auto identifier = base::as_bytes(record.identifier);
    std::copy(identifier.begin(), identifier.end(), bytes.begin() + kFixedPart);
    bytes.resize(bytes.size() + bytes.size() % 2);
    return bytes;
}

std::string_view identifier_of(base::ByteView record) {
    return base::as_text(record.subspan(kFixedPart, image::field8(record, 32)));
}

}  // namespace

base::Result<ContinuationArea::Place> ContinuationArea::store(base::ByteView fields) {
    if (used_ + fields.size() > kBlockSize) {
        block_ = edit_->append(base::Bytes(kBlockSize), {"names", "rock-ridge-continuation"});
        used_ = 0;
    }
    const Place place{block_, static_cast<std::uint32_t>(used_)};
    TRY(edit_->write(block_ * kBlockSize + used_, fields, {"names", "rock-ridge-continuation"}));
    used_ += fields.size();
    return place;
}

base::Result<base::Bytes> encode_record(const image::IsoTree& tree, const NewRecord& record,
                                        ContinuationArea& continuation) {
    base::Bytes bytes = fixed_part(record);
    const Fields fields = rock_ridge_fields(tree.rock_ridge, record);
    if (!fields.empty()) {
        bytes.resize(bytes.size() + tree.rock_ridge.skip);
        if (bytes.size() + kContinuationField > kMaxRecord) {
            return base::invalid_argument("the name " + record.name + " is too long for a directory record");
        }
        const base::Bytes area = TRY(fit_fields(tree, fields, kMaxRecord - bytes.size(), continuation));
        bytes.insert(bytes.end(), area.begin(), area.end());
    }
    bytes.resize(bytes.size() + bytes.size() % 2);
    bytes[0] = static_cast<std::byte>(bytes.size());
    return bytes;
}

base::Result<RawDirectory> RawDirectory::parse(base::ByteView extent) {
    std::vector<base::Bytes> records;
    for (std::size_t at = 0; at < extent.size();) {
        const std::size_t length = image::field8(extent, at);
        const std::size_t left = std::min<std::size_t>(kBlockSize - at % kBlockSize, extent.size() - at);
        if (length == 0) {
            at += left;
            continue;
        }
        if (length > left || length <= kFixedPart || image::field8(extent, at + 32) + kFixedPart > length) {
            return base::corrupt("a directory record is cut at byte " + std::to_string(at) + " of its directory");
        }
        const auto record = extent.subspan(at, length);
        records.emplace_back(record.begin(), record.end());
        at += length;
    }
    return RawDirectory(std::move(records));
}

void RawDirectory::insert(image::TreeKind kind, base::Bytes record) {
    const auto first = records_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, records_.size()));
    const auto place =
        std::upper_bound(first, records_.end(), record, [kind](const base::Bytes& added, const base::Bytes& present) {
            return identifier_before(kind, identifier_of(added), identifier_of(present));
        });
    records_.insert(place, std::move(record));
}

base::Bytes RawDirectory::pack() const {
    base::Bytes extent;
    for (const base::Bytes& record : records_) {
        const std::size_t left = kBlockSize - extent.size() % kBlockSize;
        if (record.size() > left) {
            extent.resize(extent.size() + left);
        }
        extent.insert(extent.end(), record.begin(), record.end());
    }
    extent.resize(blocks_of(extent.size()) * kBlockSize);
    return extent;
}

}  // namespace isolde::vmedia
