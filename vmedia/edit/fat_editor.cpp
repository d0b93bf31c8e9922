// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/fat_editor.h"

#include "image/fields.h"
#include "vmedia/edit/fat_table.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace isolde::vmedia {
namespace {

constexpr std::uint8_t kDirectory = 0x10;
constexpr std::uint8_t kArchive = 0x20;
constexpr std::uint64_t kDirectoryLimit = 65536 * kFatEntrySize;

std::string upper(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return result;
}

ShortName dots(std::string_view name) {
    ShortName padded;
    padded.fill(' ');
    std::copy(name.begin(), name.end(), padded.begin());
    return padded;
}

std::optional<image::FatEntry> find_entry(const std::vector<image::FatEntry>& entries, std::string_view name) {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const image::FatEntry& entry) {
        return image::equals_ignoring_case(entry.name, name) || image::equals_ignoring_case(entry.short_name, name);
    });
    return found == entries.end() ? std::nullopt : std::optional(*found);
}

base::Result<void> check_file_size(std::uint64_t size) {
    if (size > std::numeric_limits<std::uint32_t>::max()) {
        return base::exhausted("a file of 4 GiB or more does not fit into a FAT volume");
    }
    return {};
}

base::Bytes little_bytes(std::uint32_t value, std::size_t size) {
    base::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::byte>(value >> (8 * i) & 0xffU);
    }
    return bytes;
}

}  // namespace

base::Result<FatEditor> FatEditor::open(const image::ByteSource& volume) {
    auto overlay = std::make_unique<SectorOverlay>(volume);
    auto opened = std::make_unique<const image::FatVolume>(TRY(image::FatVolume::open(*overlay)));
    return FatEditor(std::move(overlay), std::move(opened));
}

template <typename Edit>
base::Result<void> FatEditor::transact(std::string_view path, Edit edit) {
    SectorOverlay::Sectors before = overlay_->sectors();
    base::Result<void> result = edit();
    if (!result.ok()) {
        overlay_->restore(std::move(before));
        lookup_->forget();
        table_->forget();
    }
    return std::move(result).with_context("writing " + std::string(path) + " into the FAT volume");
}

base::Result<void> FatEditor::replace(std::string_view path, base::ByteView content) {
    return transact(path, [&] { return replace_file(path, content); });
}

base::Result<void> FatEditor::add(std::string_view path, base::ByteView content) {
    return transact(path, [&] { return add_file(path, content); });
}

base::Result<void> FatEditor::put(std::string_view path, base::ByteView content) {
    const auto present = lookup_->find(path);
    if (!present.ok() && present.error().kind != base::ErrorKind::NotFound) {
        return present.error();
    }
    return present.ok() ? replace(path, content) : add(path, content);
}

base::Result<base::ByteCount> FatEditor::free_space() const {
    const std::uint64_t clusters = TRY(table_->count_free());
    return base::ByteCount(clusters * volume_->geometry().cluster_size);
}

base::Result<void> FatEditor::append(std::string_view path, base::ByteView suffix, std::uint32_t alignment) {
    return transact(path, [&] { return append_file(path, suffix, alignment); });
}

base::Result<void> FatEditor::remove(std::string_view path) {
    return transact(path, [&] { return remove_file(path); });
}

/// A directory takes one cluster when it is new, and its entry may take one in the directory above.
std::uint64_t FatEditor::clusters_for(std::string_view path, std::uint64_t size) const {
    const std::uint64_t cluster_size = volume_->geometry().cluster_size;
    const std::uint64_t entries = 22 * kFatEntrySize / cluster_size + 1;  // the longest name's
    return (size + cluster_size - 1) / cluster_size + image::path_parts(path).size() * (1 + entries);
}

base::Result<image::FatEntry> FatEditor::find_file(std::string_view path) const {
    auto entry = TRY(lookup_->find(path));
    if (entry.is_directory()) {
        return base::invalid_argument("\"" + std::string(path) + "\" is a directory");
    }
    return entry;
}

base::Result<std::vector<std::uint32_t>> FatEditor::clusters_of(const image::FatEntry& entry) const {
    return entry.first_cluster == 0 ? std::vector<std::uint32_t>() : volume_->chain(entry.first_cluster, entry.size);
}

base::Result<void> FatEditor::set_content(const image::FatEntry& entry, std::uint32_t first, std::uint64_t size) {
    if (volume_->geometry().type == image::FatType::Fat32) {
        TRY(overlay_->write(entry.entry_offset + 20, little_bytes(first >> 16U, 2)));
    }
    TRY(overlay_->write(entry.entry_offset + 26, little_bytes(first & 0xffffU, 2)));
    return overlay_->write(entry.entry_offset + 28, little_bytes(static_cast<std::uint32_t>(size), 4));
}

base::Result<void> FatEditor::replace_file(std::string_view path, base::ByteView content) {
    const image::FatEntry entry = TRY(find_file(path));
    const std::uint32_t first = TRY(store(TRY(clusters_of(entry)), content));
    return set_content(entry, first, content.size());
}

base::Result<void> FatEditor::append_file(std::string_view path, base::ByteView suffix, std::uint32_t alignment) {
    const image::FatEntry entry = TRY(find_file(path));
    const std::uint64_t padded = (std::uint64_t{entry.size} + alignment - 1) / alignment * alignment;
    TRY(check_file_size(padded + suffix.size()));
    const std::uint64_t cluster_size = volume_->geometry().cluster_size;
    const std::uint64_t whole = entry.size / cluster_size;
    const std::vector<std::uint32_t> clusters = TRY(clusters_of(entry));
    if (clusters.size() * cluster_size < entry.size) {
        return base::corrupt("the cluster chain of \"" + std::string(path) + "\" is shorter than the file");
    }
    base::Bytes rest(entry.size - whole * cluster_size);
    if (!rest.empty()) {
        rest = TRY(overlay_->read_bytes(volume_->geometry().cluster_offset(clusters[whole]), rest.size()));
    }
    rest.resize(padded - whole * cluster_size);
    rest.insert(rest.end(), suffix.begin(), suffix.end());
    // The last whole cluster comes along for its link only.
    const std::uint64_t kept = whole == 0 ? 0 : whole - 1;
    const std::vector<std::uint32_t> end(clusters.begin() + static_cast<std::ptrdiff_t>(kept), clusters.end());
    const std::uint32_t first = TRY(store(end, rest, whole - kept));
    return set_content(entry, kept == 0 ? first : entry.first_cluster, padded + suffix.size());
}

/// Where the entries of a file in `directory` stand, its long name's before its own.
base::Result<std::vector<std::uint64_t>> FatEditor::slots_of(const image::FatEntry& entry,
                                                             std::uint32_t directory) const {
    std::vector<std::uint64_t> slots;
    for (const image::ByteRun& run : TRY(volume_->directory_runs(directory))) {
        for (std::uint64_t at = run.offset; at + kFatEntrySize <= run.offset + run.length; at += kFatEntrySize) {
            slots.push_back(at);
            if (at == entry.entry_offset) {
                const std::size_t count = std::min<std::size_t>(entry.entry_count, slots.size());
                return std::vector<std::uint64_t>(slots.end() - static_cast<std::ptrdiff_t>(count), slots.end());
            }
        }
    }
    return base::corrupt("the entry of \"" + entry.name + "\" is not in its directory");
}

base::Result<void> FatEditor::remove_file(std::string_view path) {
    constexpr std::byte kDeleted{0xe5};
    const image::FatEntry entry = TRY(find_file(path));
    const std::size_t slash = path.find_last_of('/');
    const image::FatEntry parent = TRY(lookup_->find(path.substr(0, slash == path.npos ? 0 : slash)));
    for (const std::uint64_t slot : TRY(slots_of(entry, parent.first_cluster))) {
        TRY(overlay_->write(slot, base::Bytes(1, kDeleted)));
    }
    lookup_->forget();
    return table_->release(TRY(clusters_of(entry)));
}

base::Result<void> FatEditor::add_file(std::string_view path, base::ByteView content) {
    const auto parts = image::path_parts(path);
    if (parts.empty()) {
        return base::invalid_argument("a file for the FAT volume has no name");
    }
    std::uint32_t directory = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        directory = TRY(enter_directory(directory, std::string(parts[i])));
    }
    if (find_entry(TRY(volume_->directory(directory)), parts.back())) {
        return base::conflict("\"" + std::string(path) + "\" exists already");
    }
    const std::uint32_t first = TRY(store({}, content));
    return add_entry(directory, std::string(parts.back()),
                     {kArchive, first, static_cast<std::uint32_t>(content.size())});
}

/// Puts `content` into `old_clusters` behind the first `skipped`; they grow or shrink as it needs. Gives the first
/// cluster, 0 when there is none.
base::Result<std::uint32_t> FatEditor::store(const std::vector<std::uint32_t>& old_clusters, base::ByteView content,
                                             std::size_t skipped) {
    TRY(check_file_size(content.size()));
    const std::size_t cluster_size = volume_->geometry().cluster_size;
    const std::size_t needed = skipped + (content.size() + cluster_size - 1) / cluster_size;
    const std::size_t kept = std::min(needed, old_clusters.size());
    const auto split = old_clusters.begin() + static_cast<std::ptrdiff_t>(kept);
    std::vector<std::uint32_t> clusters(old_clusters.begin(), split);
    FatTable& table = *table_;
    const std::vector<std::uint32_t> added = TRY(table.find_free(needed - kept));
    clusters.insert(clusters.end(), added.begin(), added.end());
    TRY(table.link(clusters, added.size()));
    TRY(table.release({split, old_clusters.end()}));
    TRY(write_content({clusters.begin() + static_cast<std::ptrdiff_t>(skipped), clusters.end()}, content));
    return clusters.empty() ? 0U : clusters.front();
}

/// The rest of the last cluster becomes zeros.
base::Result<void> FatEditor::write_content(const std::vector<std::uint32_t>& clusters, base::ByteView content) {
    const std::size_t cluster_size = volume_->geometry().cluster_size;
    for (const std::uint32_t cluster : clusters) {
        const base::ByteView part = content.first(std::min(cluster_size, content.size()));
        content = content.subspan(part.size());
        const std::uint64_t offset = volume_->geometry().cluster_offset(cluster);
        TRY(overlay_->write(offset, part));
        TRY(overlay_->write(offset + part.size(), base::Bytes(cluster_size - part.size())));
    }
    return {};
}

base::Result<std::uint32_t> FatEditor::enter_directory(std::uint32_t parent, const std::string& name) {
    const auto entry = find_entry(TRY(volume_->directory(parent)), name);
    if (!entry) {
        return make_directory(parent, name);
    }
    if (!entry->is_directory()) {
        return base::conflict("\"" + name + "\" is a file, not a directory");
    }
    return entry->first_cluster;
}

base::Result<std::uint32_t> FatEditor::make_directory(std::uint32_t parent, const std::string& name) {
    FatTable& table = *table_;
    const std::vector<std::uint32_t> clusters = TRY(table.find_free(1));
    const std::uint32_t cluster = clusters.front();
    TRY(table.link(clusters, 1));
    TRY(clear_cluster(cluster));
    base::Bytes content = make_short_entry(dots("."), {kDirectory, cluster, 0});
    const base::Bytes up = make_short_entry(dots(".."), {kDirectory, parent, 0});
    content.insert(content.end(), up.begin(), up.end());
    TRY(overlay_->write(volume_->geometry().cluster_offset(cluster), content));
    TRY(add_entry(parent, name, {kDirectory, cluster, 0}));
    return cluster;
}

base::Result<void> FatEditor::add_entry(std::uint32_t directory, const std::string& name,
                                        const FatEntryFields& fields) {
    TRY(check_fat_name(name));
    std::set<std::string> taken;
    for (const image::FatEntry& entry : TRY(volume_->directory(directory))) {
        taken.insert(upper(entry.name));
        taken.insert(upper(entry.short_name));
    }
    const base::Bytes entries = make_fat_entries(name, TRY(choose_short_name(name, taken)), fields);
    const auto slots = TRY(find_slots(directory, entries.size() / kFatEntrySize));
    for (std::size_t i = 0; i < slots.size(); ++i) {
        TRY(overlay_->write(slots[i], base::ByteView(entries).subspan(i * kFatEntrySize, kFatEntrySize)));
    }
    lookup_->forget();
    return {};
}

/// Offsets of `count` directory entries in a row that are free; the directory grows when it must.
base::Result<std::vector<std::uint64_t>> FatEditor::find_slots(std::uint32_t directory, std::size_t count) {
    std::vector<std::uint64_t> slots = TRY(free_slots(directory, count));
    while (slots.empty()) {
        TRY(grow_directory(directory));
        slots = TRY(free_slots(directory, count));
    }
    return slots;
}

/// As find_slots, empty when there is no room. An entry that begins with 0 ends the directory: what follows is free,
/// whatever it holds, and the end moves behind the slots.
base::Result<std::vector<std::uint64_t>> FatEditor::free_slots(std::uint32_t directory, std::size_t count) {
    constexpr std::byte kEnd{0};
    constexpr std::byte kDeleted{0xe5};
    std::vector<std::uint64_t> slots;
    bool ended = false;
    for (const image::ByteRun& run : TRY(volume_->directory_runs(directory))) {
        const base::Bytes bytes = TRY(overlay_->read_bytes(run.offset, run.length));
        for (std::size_t at = 0; at + kFatEntrySize <= bytes.size(); at += kFatEntrySize) {
            if (slots.size() == count) {
                return ended ? end_directory(run.offset + at, std::move(slots)) : slots;
            }
            ended = ended || bytes[at] == kEnd;
            if (!ended && bytes[at] != kDeleted) {
                slots.clear();
                continue;
            }
            slots.push_back(run.offset + at);
        }
    }
    return slots.size() == count ? slots : std::vector<std::uint64_t>();
}

base::Result<std::vector<std::uint64_t>> FatEditor::end_directory(std::uint64_t offset,
                                                                  std::vector<std::uint64_t> slots) {
    if (TRY(overlay_->read_bytes(offset, 1))[0] != std::byte{0}) {
        TRY(overlay_->write(offset, base::Bytes(1)));
    }
    return slots;
}

base::Result<void> FatEditor::grow_directory(std::uint32_t directory) {
    const image::FatGeometry& geometry = volume_->geometry();
    if (directory == 0 && geometry.type != image::FatType::Fat32) {
        return base::exhausted("the root directory of the FAT volume is full: it holds " +
                               std::to_string(geometry.root_size / kFatEntrySize) + " entries");
    }
    std::vector<std::uint32_t> clusters = TRY(volume_->directory_chain(directory));
    if ((clusters.size() + 1) * std::uint64_t{geometry.cluster_size} > kDirectoryLimit) {
        return base::exhausted("a directory of the FAT volume is full");
    }
    FatTable& table = *table_;
    clusters.push_back(TRY(table.find_free(1)).front());
    TRY(clear_cluster(clusters.back()));
    return table.link(clusters, 1);
}

base::Result<void> FatEditor::clear_cluster(std::uint32_t cluster) {
    return overlay_->write(volume_->geometry().cluster_offset(cluster), base::Bytes(volume_->geometry().cluster_size));
}

}  // namespace isolde::vmedia
