// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/directory_record.h"

#include "image/fields.h"
#include "vmedia/compose/iso_names.h"

#include <algorithm>
#include <iterator>

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

/// RRIP 1.09: which fields follow. PX 1, SL 4, NM 8, TF 0x80.
base::Bytes summary_field(const NewRecord& record, bool timed) {
    base::Bytes bytes = field("RR", 5);
    bytes[4] = static_cast<std::byte>(1U | (timed ? 0x80U : 0U) | (record.name.empty() ? 0U : 8U) |
                                      (record.link_target.empty() ? 0U : 4U));
    return bytes;
}

/// One component of a link's target (RRIP 4.1.3.1): flags, length, name.
base::Bytes link_component(std::string_view name) {
    constexpr std::byte kCurrent{2};
    constexpr std::byte kParent{4};
    if (name == ".") {
        return {kCurrent, std::byte{0}};
    }
    if (name == "..") {
        return {kParent, std::byte{0}};
    }
    base::Bytes bytes{std::byte{0}, static_cast<std::byte>(name.size())};
    const auto text = base::as_bytes(name);
    bytes.insert(bytes.end(), text.begin(), text.end());
    return bytes;
}

Fields link_components(std::string_view target) {
    Fields components;
    if (target.front() == '/') {
        components.push_back({std::byte{8}, std::byte{0}});  // ROOT
    }
    for (std::size_t start = 0; start < target.size();) {
        const std::size_t end = std::min(target.find('/', start), target.size());
        if (end > start) {
            components.push_back(link_component(target.substr(start, end - start)));
        }
        start = end + 1;
    }
    return components;
}

/// SL fields, whole components in each; all but the last say that another follows.
void add_link_fields(Fields& fields, std::string_view target) {
    constexpr std::size_t kMaxField = 255;
    Fields links;
    for (const base::Bytes& component : link_components(target)) {
        if (links.empty() || links.back().size() + component.size() > kMaxField) {
            if (!links.empty()) {
                links.back()[4] = std::byte{1};  // CONTINUE
            }
            links.push_back(field("SL", 5));
        }
        links.back().insert(links.back().end(), component.begin(), component.end());
        links.back()[2] = static_cast<std::byte>(links.back().size());
    }
    fields.insert(fields.end(), links.begin(), links.end());
}

Fields rock_ridge_fields(const image::RockRidge& habit, const NewRecord& record, bool timed) {
    Fields fields;
    if (!habit.present) {
        return fields;
    }
    if (habit.rr_field) {
        fields.push_back(summary_field(record, timed));
    }
    if (!record.name.empty()) {
        fields.push_back(name_field(record.name));
    }
    fields.push_back(posix_field(record, habit.px_length >= 44 ? 44 : 36));
    if (timed) {
        fields.push_back(time_field(record.date));
    }
    if (!record.link_target.empty()) {
        add_link_fields(fields, record.link_target);
    }
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
                                     ContinuationArea& continuation, std::uint64_t directory) {
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
    const auto place = TRY(continuation.store(rest, directory));
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

bool has_field(base::ByteView record, std::size_t skip, std::string_view signature) {
    const std::size_t identifier = image::field8(record, 32);
    std::size_t at = kFixedPart + identifier + (identifier % 2 == 0 ? 1 : 0) + skip;
    while (at + 4 <= record.size()) {
        const std::size_t length = image::field8(record, at + 2);
        if (base::as_text(record.subspan(at, 2)) == signature) {
            return true;
        }
        if (length < 4) {
            return false;
        }
        at += length;
    }
    return false;
}

}  // namespace

base::Result<ContinuationArea::Place> ContinuationArea::store(base::ByteView fields, std::uint64_t directory) {
    ++uses_;
    if (edit_ == nullptr) {
        return Place{};
    }
    if (used_ + fields.size() > kBlockSize || block_ <= directory) {
        block_ = edit_->append(base::Bytes(kBlockSize), {"names", "rock-ridge-continuation"});
        used_ = 0;
    }
    const Place place{block_, static_cast<std::uint32_t>(used_)};
    TRY(edit_->write(block_ * kBlockSize + used_, fields, {"names", "rock-ridge-continuation"}));
    used_ += fields.size();
    return place;
}

base::Result<base::Bytes> encode_record(const image::IsoTree& tree, const NewRecord& record,
                                        ContinuationArea& continuation, std::uint64_t directory) {
    base::Bytes bytes = fixed_part(record);
    if (tree.rock_ridge.present) {
        bytes.resize(bytes.size() + tree.rock_ridge.skip);
        if (bytes.size() + kContinuationField > kMaxRecord) {
            return base::invalid_argument("the name " + record.name + " is too long for a directory record");
        }
        const std::size_t room = kMaxRecord - bytes.size();
        Fields fields = rock_ridge_fields(tree.rock_ridge, record, true);
        if (const Fields untimed = rock_ridge_fields(tree.rock_ridge, record, false);
            concatenate(fields).size() > room && concatenate(untimed).size() <= room) {
            fields = untimed;
        }
        const base::Bytes area = TRY(fit_fields(tree, fields, room, continuation, directory));
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

void RawDirectory::insert(image::TreeKind kind, std::vector<base::Bytes> added) {
    const auto before = [kind](const base::Bytes& left, const base::Bytes& right) {
        return identifier_before(kind, identifier_of(left), identifier_of(right));
    };
    std::stable_sort(added.begin(), added.end(), before);
    std::vector<base::Bytes> merged;
    merged.reserve(records_.size() + added.size());
    const std::size_t leading = std::min<std::size_t>(2, records_.size());
    auto next = records_.begin();
    auto from = records_.begin() + static_cast<std::ptrdiff_t>(leading);
    for (base::Bytes& record : added) {
        from = std::upper_bound(from, records_.end(), record, before);
        std::move(next, from, std::back_inserter(merged));
        merged.push_back(std::move(record));
        next = from;
    }
    std::move(next, records_.end(), std::back_inserter(merged));
    records_ = std::move(merged);
}

void RawDirectory::erase(const std::set<std::string>& identifiers) {
    const auto first = records_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, records_.size()));
    records_.erase(std::remove_if(first, records_.end(),
                                  [&](const base::Bytes& record) {
                                      return identifiers.contains(std::string(identifier_of(record)));
                                  }),
                   records_.end());
}

bool RawDirectory::leads_elsewhere(const image::RockRidge& habit) const {
    const std::size_t first = std::min<std::size_t>(2, records_.size());
    return habit.present && std::any_of(records_.begin() + static_cast<std::ptrdiff_t>(first), records_.end(),
                                        [&](const base::Bytes& record) {
                                            return has_field(record, habit.skip, "CE") ||
                                                   has_field(record, habit.skip, "CL");
                                        });
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
