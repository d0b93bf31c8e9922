// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/manifest.h"

#include "base/pending_file.h"
#include "image/fields.h"
#include "vmedia/compose/fingerprint.h"
#include "vmedia/compose/media_check.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <unordered_map>

namespace isolde::vmedia {
namespace {

constexpr std::string_view kFormat = "isolde-manifest-1";
constexpr std::string_view kMagic = "ISOLDE-MANIFEST\n";
constexpr std::size_t kOffsetField = 16;
constexpr std::size_t kLengthField = 24;
constexpr std::size_t kDigestField = 32;
constexpr std::uint64_t kSearchedBlocks = 64;  // a backup GPT may stand behind the trailer
constexpr std::uint64_t kMaxManifest = 64U << 20U;
constexpr std::uint64_t kMergedGap = 32;  // unchanged bytes inside one range
constexpr std::size_t kRangesOfBlock = 8;
constexpr std::size_t kCompared = 128;  // bytes at once
constexpr std::uint64_t kCopyBytes = 1U << 20U;

struct Range {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// Where two texts of one block differ, from its start. A block that was written anew is one range.
std::vector<Range> differences(base::ByteView before, base::ByteView after) {
    std::vector<Range> ranges;
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (before[i] == after[i]) {
            const std::size_t rest = std::min(kCompared, after.size() - i);
            const bool same = std::memcmp(before.data() + i, after.data() + i, rest) == 0;
            i += same ? rest - 1 : 0;
            continue;
        }
        if (!ranges.empty() && i - (ranges.back().offset + ranges.back().length) <= kMergedGap) {
            ranges.back().length = i + 1 - ranges.back().offset;
        } else {
            ranges.push_back({i, 1});
        }
    }
    if (ranges.size() > kRangesOfBlock) {
        ranges = {{ranges.front().offset, ranges.back().offset + ranges.back().length - ranges.front().offset}};
    }
    return ranges;
}

void add_range(std::vector<Range>& ranges, Range range) {
    if (!ranges.empty() && range.offset - (ranges.back().offset + ranges.back().length) <= kMergedGap) {
        ranges.back().length = range.offset + range.length - ranges.back().offset;
    } else {
        ranges.push_back(range);
    }
}

/// Where the view differs from its base, within the base's size.
base::Result<std::vector<Range>> changed_base_ranges(const BlockView& view) {
    std::vector<Range> ranges;
    std::array<std::byte, kBlockSize> before;
    std::array<std::byte, kBlockSize> after;
    for (const std::uint64_t block : view.written_base_blocks()) {
        const std::uint64_t offset = block * kBlockSize;
        const std::uint64_t length = std::min(kBlockSize, view.base().size() - offset);
        TRY(view.base().read(offset, std::span(before).first(length)));
        TRY(view.read(offset, std::span(after).first(length)));
        for (const Range& range : differences(std::span(before).first(length), std::span(after).first(length))) {
            add_range(ranges, {offset + range.offset, range.length});
        }
    }
    return ranges;
}

/// Of a checksum over the whole image, this manifest too: no digest can be given of it.
bool comes_last(const ChangeNote* note) {
    return note != nullptr && note->technique == kKeptImageCheck;
}

bool overlap(const ChangeNote& note, const Range& range) {
    return note.offset < range.offset + range.length && range.offset < note.offset + note.length;
}

/// Notes on changes of the base, by the block that they are in, and those of secret content.
class Notes {
  public:
    explicit Notes(const ImageEdit& edit) : notes_(edit.notes()) {
        const std::uint64_t base_size = edit.view().base().size();
        for (std::size_t i = 0; i < notes_.size(); ++i) {
            const ChangeNote& note = notes_[i];
            for (std::uint64_t at = note.offset; at < std::min(note.offset + note.length, base_size);) {
                by_block_[at / kBlockSize].push_back(i);
                at = (at / kBlockSize + 1) * kBlockSize;
            }
            if (note.secret) {
                secret_.push_back(&note);
            }
        }
    }

    /// The last note on a range of the base: later writers win.
    const ChangeNote* last_on(const Range& range) const {
        std::optional<std::size_t> last;
        for (std::uint64_t block = range.offset / kBlockSize; block * kBlockSize < range.offset + range.length;
             ++block) {
            const auto here = by_block_.find(block);
            for (const std::size_t i : here == by_block_.end() ? std::vector<std::size_t>() : here->second) {
                last = overlap(notes_[i], range) ? std::max(i, last.value_or(i)) : last;
            }
        }
        return last ? &notes_[*last] : nullptr;
    }

    bool touches_secret(const Range& range) const {
        return std::any_of(secret_.begin(), secret_.end(),
                           [&](const ChangeNote* note) { return overlap(*note, range); });
    }

  private:
    const std::vector<ChangeNote>& notes_;
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_block_;
    std::vector<const ChangeNote*> secret_;
};

base::Json digest_of(base::ByteView bytes, bool secret, base::ByteView key) {
    if (!secret) {
        return {{"sha256", base::sha256(bytes).hex()}};
    }
    return key.empty() ? base::Json::object() : base::Json{{"hmac_sha256", base::hmac_sha256_hex(key, bytes)}};
}

/// A file that is shown whole is not read for this.
base::Json digest_of_blob(const ChangeNote& note, base::ByteView key) {
    const std::string digest = note.digest.str();
    if (!note.secret) {
        return {{"digest", digest}};
    }
    return key.empty() ? base::Json::object()
                       : base::Json{{"hmac_sha256_of_digest", base::hmac_sha256_hex(key, base::as_bytes(digest))}};
}

/// Reserved places are zeros for long stretches.
base::Json original_of(base::ByteView bytes) {
    if (std::all_of(bytes.begin(), bytes.end(), [](std::byte byte) { return byte == std::byte{0}; })) {
        return {{"zeros", bytes.size()}};
    }
    return {{"base64", base::to_base64(bytes)}};
}

base::Json describe(const Range& range, const ChangeNote* note) {
    return {{"offset", range.offset},
            {"length", range.length},
            {"file", note == nullptr ? "" : note->file},
            {"technique", note == nullptr ? "" : note->technique}};
}

/// Whole runs of the base shown again say nothing that the base's digest does not say.
bool is_alias(const ChangeNote& note) {
    return note.technique == "alias" || note.technique == "move-partition";
}

base::Result<base::Json> tail_changes(const ImageEdit& edit, const Notes& notes, base::ByteView key) {
    base::Json changes = base::Json::array();
    const std::uint64_t tail = blocks_of(edit.view().base().size()) * kBlockSize;
    for (const ChangeNote& note : edit.notes()) {
        if (note.offset < tail) {
            continue;
        }
        const Range range{note.offset, note.length};
        base::Json change = describe(range, &note);
        if (!note.digest.empty()) {
            change["after"] = digest_of_blob(note, key);
        } else if (!is_alias(note)) {
            const base::Bytes bytes = TRY(edit.view().read_bytes(range.offset, range.length));
            change["after"] = digest_of(bytes, notes.touches_secret(range), key);
        }
        changes.push_back(std::move(change));
    }
    return changes;
}

base::Result<base::Json> base_changes(const ImageEdit& edit, const Notes& notes, base::ByteView key) {
    base::Json changes = base::Json::array();
    for (const Range& range : TRY(changed_base_ranges(edit.view()))) {
        const ChangeNote* const note = notes.last_on(range);
        if (comes_last(note)) {
            continue;
        }
        const base::Bytes before = TRY(edit.view().base().read_bytes(range.offset, range.length));
        const base::Bytes after = TRY(edit.view().read_bytes(range.offset, range.length));
        base::Json change = describe(range, note);
        change["before"] = original_of(before);
        change["after"] = digest_of(after, notes.touches_secret(range), key);
        changes.push_back(std::move(change));
    }
    for (const ChangeNote& note : edit.notes()) {
        if (comes_last(&note)) {
            base::Json change = describe({note.offset, note.length}, &note);
            change["before"] = original_of(TRY(edit.view().base().read_bytes(note.offset, note.length)));
            changes.push_back(std::move(change));
        }
    }
    return changes;
}

base::Result<base::Json> manifest_at(const image::ByteSource& image, base::ByteView trailer) {
    const std::uint64_t offset = image::little64(trailer, kOffsetField);
    const std::uint64_t length = image::little64(trailer, kLengthField);
    if (length > kMaxManifest) {
        return base::corrupt("the manifest's trailer states a length of " + std::to_string(length) + " bytes");
    }
    const base::Bytes text = TRY(image.read_bytes(offset, length));
    if (base::sha256(text).hex() != base::to_hex(trailer.subspan(kDigestField, 32))) {
        return base::corrupt("the manifest at byte " + std::to_string(offset) + " does not have its digest");
    }
    auto parsed = base::parse_json(base::as_text(text), {base::ByteCount(kMaxManifest)});
    if (!parsed.ok() || !parsed->is_object()) {
        return base::corrupt("the manifest at byte " + std::to_string(offset) + " is no JSON object");
    }
    return parsed;
}

/// One range to give back.
struct Original {
    std::uint64_t offset = 0;
    base::Bytes bytes;
};

base::Result<Original> read_original(const base::JsonReader& change, std::uint64_t base_size) {
    const auto before = TRY(change.object("before"));
    Original original;
    original.offset = static_cast<std::uint64_t>(TRY(change.integer("offset")));
    const auto zeros = static_cast<std::uint64_t>(TRY(before.optional_integer("zeros")).value_or(0));
    if (zeros > kMaxManifest) {
        return base::corrupt("a change of the manifest states " + std::to_string(zeros) + " zeros");
    }
    original.bytes = zeros > 0 ? base::Bytes(zeros) : TRY(base::from_base64(TRY(before.string("base64"))));
    if (original.offset > base_size || original.bytes.size() > base_size - original.offset) {
        return base::corrupt("a change of the manifest lies outside its base");
    }
    return original;
}

base::Result<void> copy_bytes(const image::ByteSource& source, std::uint64_t size, int fd) {
    base::Bytes buffer(kCopyBytes);
    for (std::uint64_t at = 0; at < size; at += kCopyBytes) {
        const auto part = std::span(buffer).first(std::min(kCopyBytes, size - at));
        TRY(source.read(at, part));
        TRY(base::write_exactly(fd, at, part));
    }
    return {};
}

/// What was restored, if it is what the manifest names.
base::Result<Restored> verify_restored(const std::string& path, const std::string& expected) {
    const auto restored = TRY(image::FileSource::open(path));
    const base::Digest digest = TRY(content_digest(*restored));
    const bool whole = digest.str() == expected;
    const BaseIdentity sample(TRY(fingerprint(*restored)), true);
    if (!whole && sample.str() != expected) {
        return base::corrupt("what was restored is " + digest.str() + ", and the base was " + expected +
                             ": the composed image was changed after it was made");
    }
    return Restored{digest, !whole};
}

/// The last block of the trailer, in the blocks before `end`; none when it is not there.
base::Result<std::optional<base::Bytes>> find_trailer(const image::ByteSource& image, std::uint64_t end) {
    const std::uint64_t stop = end > kSearchedBlocks ? end - kSearchedBlocks : 0;
    for (std::uint64_t block = end; block > stop; --block) {
        base::Bytes bytes = TRY(image.read_bytes((block - 1) * kBlockSize, kBlockSize));
        if (image::holds(bytes, 0, kMagic)) {
            return std::optional(std::move(bytes));
        }
    }
    return std::optional<base::Bytes>();
}

/// Blocks that the primary volume descriptor states (ECMA-119 8.4.8); 0 where there is none.
base::Result<std::uint64_t> stated_blocks(const image::ByteSource& image) {
    constexpr std::uint64_t kDescriptor = 16 * kBlockSize;
    constexpr std::size_t kVolumeSize = 80;
    if (image.size() < kDescriptor + kBlockSize) {
        return 0;
    }
    const base::Bytes descriptor = TRY(image.read_bytes(kDescriptor, kBlockSize));
    return image::holds(descriptor, 1, "CD001") ? image::little32(descriptor, kVolumeSize) : 0;
}

base::Error cut_off(std::uint64_t wanted, std::uint64_t size) {
    return base::corrupt("the image is cut off: it should have " + std::to_string(wanted) + " bytes and has " +
                         std::to_string(size));
}

}  // namespace

base::Result<base::Json> make_manifest(const ImageEdit& edit, const ManifestHead& head, base::ByteView key) {
    const Notes notes(edit);
    base::Json changes = TRY(base_changes(edit, notes, key));
    for (base::Json& change : TRY(tail_changes(edit, notes, key))) {
        changes.push_back(std::move(change));
    }
    return base::Json{{"format", kFormat},
                      {"base", {{"size", edit.view().base().size()}, {"digest", head.base.str()}}},
                      {"plan_digest", head.plan_digest},
                      {"image_size", edit.view().size()},
                      {"changes", std::move(changes)}};
}

base::Result<std::uint64_t> manifest_blocks(const ImageEdit& edit) {
    // Closing the volume changes a handful of fields more: descriptors, partition tables, the boot catalog.
    constexpr std::uint64_t kGrowth = 24U << 10U;
    constexpr std::uint64_t kChange = 256;  // of JSON, without names and bytes
    std::uint64_t longest = 0;
    std::uint64_t room = kGrowth;
    for (const ChangeNote& note : edit.notes()) {
        const std::uint64_t names = 6 * (note.file.size() + note.technique.size());  // every byte may be escaped
        longest = std::max(longest, names);
        room += kChange + names + (comes_last(&note) ? 2 * note.length : 0);
    }
    for (const Range& range : TRY(changed_base_ranges(edit.view()))) {
        room += kChange + longest + 2 * range.length;
    }
    return blocks_of(room) + 1;
}

base::Result<void> write_trailer(BlockView& view, std::uint64_t first, std::uint64_t count,
                                 const base::Json& manifest) {
    const std::string text = base::dump_json(manifest);
    if (blocks_of(text.size()) + 1 > count) {
        return base::internal("the manifest of " + std::to_string(text.size()) + " bytes outgrew its room");
    }
    base::Bytes trailer(kBlockSize);
    const auto magic = base::as_bytes(kMagic);
    std::copy(magic.begin(), magic.end(), trailer.begin());
    put_little64(trailer, kOffsetField, first * kBlockSize);
    put_little64(trailer, kLengthField, text.size());
    const base::Bytes digest = TRY(base::from_hex(base::sha256(text).hex()));
    std::copy(digest.begin(), digest.end(), trailer.begin() + kDigestField);
    TRY(view.write(first * kBlockSize, base::as_bytes(text)));
    return view.write((first + count - 1) * kBlockSize, trailer);
}

base::Result<base::Json> read_manifest(const image::ByteSource& image) {
    const std::uint64_t blocks = image.size() / kBlockSize;
    const std::uint64_t stated = TRY(stated_blocks(image));
    auto trailer = TRY(find_trailer(image, blocks));
    if (!trailer && stated < blocks) {
        trailer = TRY(find_trailer(image, stated));
    }
    if (!trailer && stated > blocks) {
        return cut_off(stated * kBlockSize, image.size());
    }
    if (!trailer) {
        return base::not_found("the image has no manifest: it was not composed by Isolde");
    }
    base::Json manifest = TRY(manifest_at(image, *trailer));
    const auto size = TRY(base::JsonReader(manifest).optional_integer("image_size"));
    if (size && *size > 0 && static_cast<std::uint64_t>(*size) > image.size()) {
        return cut_off(static_cast<std::uint64_t>(*size), image.size());
    }
    return manifest;
}

base::Result<void> materialize(const ComposedImage& image, const std::string& path) {
    auto file = TRY(base::PendingFile::create(path));
    TRY(copy_bytes(image, image.size(), file.fd()).with_context("writing " + path));
    return file.commit();
}

base::Result<Restored> undo(const image::ByteSource& composed, const std::string& output) {
    const base::Json manifest = TRY(read_manifest(composed));
    const base::JsonReader reader(manifest);
    const auto base_reader = TRY(reader.object("base"));
    const auto size = static_cast<std::uint64_t>(TRY(base_reader.integer("size")));
    if (size > composed.size()) {
        return base::corrupt("the manifest names a base that is larger than the composed image");
    }
    auto file = TRY(base::PendingFile::create(output));
    TRY(copy_bytes(composed, size, file.fd()).with_context("writing " + output));
    for (const base::JsonReader& change : TRY(reader.array("changes"))) {
        if (change.has("before")) {
            const Original original = TRY(read_original(change, size));
            TRY(base::write_exactly(file.fd(), original.offset, original.bytes).with_context("writing " + output));
        }
    }
    const Restored restored = TRY(verify_restored(file.path_of_content(), TRY(base_reader.string("digest"))));
    TRY(file.commit());
    return restored;
}

}  // namespace isolde::vmedia
