// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/tree_patcher.h"

#include <algorithm>
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

/// The directory at `place` without records of these identifiers; the freed bytes become zeros.
base::Result<void> TreePatcher::remove_records(DirectoryLocation place, const std::set<std::string>& identifiers) {
    const std::uint64_t offset = tree_.offset_of(place.block);
    auto raw = TRY(RawDirectory::parse(TRY(edit_->view().read_bytes(offset, place.size))));
    raw.erase(identifiers);
    base::Bytes content = raw.pack();
    content.resize(place.size);
    edit_->note_reshaped(offset);
    return edit_->write(offset, content, {"directory", "remove"});
}

/// A relocated directory has a second record, in the directory where it really is (RRIP RE).
base::Result<void> TreePatcher::remove_relocated(DirectoryLocation location) {
    if (changes_.removed.contains(location.block)) {
        return {};  // A directory above it is removed too.
    }
    const IsoDirectory directory = TRY(directory_at(location));
    const IsoDirectory above = TRY(directory_at(TRY(location_at(directory.parent.record().block))));
    const auto record = std::find_if(above.entries.begin(), above.entries.end(), [&](const IsoEntry& entry) {
        return !entry.system_use.child_link && entry.is_directory() && entry.location.block == location.block;
    });
    if (record == above.entries.end()) {
        return base::corrupt("the relocated directory at block " + std::to_string(location.block) +
                             " is not in the one that it names");
    }
    changes_.removed.insert(location.block);
    TRY(remove_records(above.location, {record->identifier}));
    return count_subdirectories({above.self, above.location}, above, -1);
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
        for (const IsoEntry& entry : TRY(directory_at(here)).entries) {
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

base::Result<std::vector<std::string>> TreePatcher::remove(const std::vector<std::string>& paths) {
    struct Removed {
        DirectoryLocation place;
        std::set<std::string> identifiers;
        int directories = 0;
    };
    std::map<std::string, Removed> by_directory;
    std::vector<std::string> missing;
    for (const std::string& path : paths) {
        const auto match = find(path);
        if (!match.ok() && match.error().kind != base::ErrorKind::NotFound) {
            return match.error();
        }
        if (!match.ok()) {
            missing.push_back(path);
            continue;
        }
        const std::size_t slash = path.rfind('/');
        Removed& removed = by_directory[slash == 0 ? "/" : path.substr(0, slash)];
        removed.place = match->directory;
        const bool fresh = removed.identifiers.insert(match->entry.identifier).second;
        if (fresh && match->entry.is_directory()) {
            TRY(forget_directory(*match));
            ++removed.directories;
        }
    }
    // What is below a directory goes before it.
    for (auto each = by_directory.rbegin(); each != by_directory.rend(); ++each) {
        const auto& [directory, removed] = *each;
        if (removed.directories > 0) {
            TRY(count_subdirectories(TRY(find(directory)), TRY(directory_at(removed.place)), -removed.directories));
        }
        TRY(remove_records(removed.place, removed.identifiers));
    }
    return missing;
}

base::Result<void> TreePatcher::set_mode(const IsoEntry& entry, std::uint32_t mode) {
    std::vector<IsoEntry> holders{entry};
    if (entry.is_directory()) {
        holders.push_back(TRY(directory_at(entry.location)).self);
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
