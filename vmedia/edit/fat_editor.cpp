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

ShortName dots(std::string_view name) {
    ShortName padded;
    padded.fill(' ');
    std::copy(name.begin(), name.end(), padded.begin());
    return padded;
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
    overlay_->begin();
    base::Result<void> result = edit();
    if (!result.ok()) {
        overlay_->undo();
        lookup_->forget();
        table_->forget();
        slots_->forget();
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
    slots_->forget();
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
    if (TRY(lookup_->find_in(directory, parts.back()))) {
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
    const std::vector<std::uint32_t> added = TRY(table_->find_free(needed - kept));
    clusters.insert(clusters.end(), added.begin(), added.end());
    TRY(table_->link(clusters, added.size()));
    TRY(table_->release({split, old_clusters.end()}));
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
    const auto entry = TRY(lookup_->find_in(parent, name));
    if (!entry) {
        return make_directory(parent, name);
    }
    if (!entry->is_directory()) {
        return base::conflict("\"" + name + "\" is a file, not a directory");
    }
    return entry->first_cluster;
}

base::Result<std::uint32_t> FatEditor::make_directory(std::uint32_t parent, const std::string& name) {
    const std::uint32_t cluster = TRY(slots_->new_cluster());
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
    const ShortName short_name = TRY(choose_short_name(name, [&](const std::string& candidate) -> base::Result<bool> {
        return TRY(lookup_->find_in(directory, candidate)).has_value();
    }));
    const base::Bytes entries = make_fat_entries(name, short_name, fields);
    const auto slots = TRY(slots_->take(directory, entries.size() / kFatEntrySize));
    for (std::size_t i = 0; i < slots.size(); ++i) {
        TRY(overlay_->write(slots[i], base::ByteView(entries).subspan(i * kFatEntrySize, kFatEntrySize)));
    }
    image::FatEntry added;
    added.name = name;
    added.short_name = displayed(short_name);
    added.attributes = fields.attributes;
    added.entry_offset = slots.back();
    added.entry_count = static_cast<std::uint32_t>(slots.size());
    lookup_->add(directory, std::move(added));
    return {};
}

}  // namespace isolde::vmedia
