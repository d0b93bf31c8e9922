// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/tree_patcher.h"

#include <array>
#include <set>

namespace isolde::vmedia {
namespace {

using image::DirectoryLocation;
using image::IsoDirectory;
using image::IsoEntry;
using image::IsoMatch;

constexpr std::size_t kModeField = 4;  // in PX
constexpr std::uint32_t kPermissions = 07777;

}  // namespace

/// The directory that holds the entry, without its records; the freed bytes become zeros.
base::Result<void> TreePatcher::remove_records(const IsoMatch& match) {
    const DirectoryLocation place = match.directory.location;
    const std::uint64_t offset = tree_.offset_of(place.block);
    auto raw = TRY(RawDirectory::parse(TRY(edit_->view().read_bytes(offset, place.size))));
    raw.erase(match.entry.identifier);
    base::Bytes content = raw.pack();
    content.resize(place.size);
    return edit_->write(offset, content, {match.entry.name, "remove"});
}

/// A relocated directory has a second record, in the directory where it really is (RRIP RE).
base::Result<void> TreePatcher::remove_relocated(DirectoryLocation location) {
    const IsoDirectory directory = TRY(image::read_directory(edit_->view(), tree_, location));
    const auto above = TRY(location_at(directory.parent.record().block));
    IsoMatch match;
    match.directory = TRY(image::read_directory(edit_->view(), tree_, above));
    for (const IsoEntry& entry : match.directory.entries) {
        if (!entry.system_use.child_link && entry.is_directory() && entry.location.block == location.block) {
            match.entry = entry;
        }
    }
    if (match.entry.records.empty()) {
        return base::corrupt("the relocated directory at block " + std::to_string(location.block) +
                             " is not in the one that it names");
    }
    changes_.removed.insert(location.block);
    TRY(remove_records(match));
    match.entry = match.directory.self;
    return count_subdirectories(match, match.directory, -1);
}

/// The directory and those that Rock Ridge relocates from below it go out of the path table.
base::Result<void> TreePatcher::forget_directory(const IsoMatch& match) {
    std::vector<DirectoryLocation> relocated;
    std::vector<DirectoryLocation> pending{match.entry.location};
    if (match.entry.system_use.child_link) {
        relocated.push_back(match.entry.location);
    } else {
        changes_.removed.insert(match.entry.record().block);
    }
    std::set<std::uint32_t> visited;
    while (!pending.empty()) {
        const DirectoryLocation here = pending.back();
        pending.pop_back();
        if (!visited.insert(here.block).second) {
            return base::corrupt("the directory at block " + std::to_string(here.block) + " is reached twice");
        }
        for (const IsoEntry& entry : TRY(image::read_directory(edit_->view(), tree_, here)).entries) {
            if (entry.is_directory()) {
                pending.push_back(entry.location);
            }
            if (entry.system_use.child_link) {
                relocated.push_back(entry.location);
            }
        }
    }
    for (const DirectoryLocation& location : relocated) {
        TRY(remove_relocated(location));
    }
    return {};
}

base::Result<void> TreePatcher::remove(std::string_view path) {
    const IsoMatch match = TRY(find(path));
    if (match.entry.is_directory()) {
        TRY(forget_directory(match));
        const std::size_t slash = path.rfind('/');
        const IsoMatch above = TRY(find(slash == 0 ? "/" : path.substr(0, slash)));
        TRY(count_subdirectories(above, match.directory, -1));
    }
    return remove_records(match);
}

base::Result<void> TreePatcher::set_mode(const IsoEntry& entry, std::uint32_t mode) {
    std::vector<IsoEntry> holders{entry};
    if (entry.is_directory()) {
        holders.push_back(TRY(image::read_directory(edit_->view(), tree_, entry.location)).self);
    }
    for (const IsoEntry& holder : holders) {
        if (holder.system_use.px_offset == 0 || !holder.system_use.posix) {
            continue;
        }
        std::array<std::byte, 8> field{};
        put_both32(field, 0, (holder.system_use.posix->mode & ~kPermissions) | mode);
        TRY(edit_->write(holder.system_use.px_offset + kModeField, field, {entry.name, "set-mode"}));
    }
    return {};
}

}  // namespace isolde::vmedia
