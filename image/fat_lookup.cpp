// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fat.h"
#include "image/fields.h"

namespace isolde::image {
namespace {

constexpr std::size_t kEntriesKept = 100'000;

std::string in_capitals(std::string_view name) {
    std::string capitals(name);
    for (char& c : capitals) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return capitals;
}

}  // namespace

void FatLookup::Directory::add(FatEntry entry) {
    names.emplace(in_capitals(entry.name), entries.size());
    names.emplace(in_capitals(entry.short_name), entries.size());
    entries.push_back(std::move(entry));
}

void FatLookup::add(std::uint32_t directory, FatEntry entry) {
    if (const auto known = directories_.find(directory); known != directories_.end()) {
        known->second.add(std::move(entry));
        ++kept_;
    }
}

void FatLookup::forget() {
    directories_.clear();
    kept_ = 0;
}

base::Result<const FatLookup::Directory*> FatLookup::directory_at(std::uint32_t cluster) {
    if (const auto known = directories_.find(cluster); known != directories_.end()) {
        return &known->second;
    }
    std::vector<FatEntry> entries = TRY(volume_.directory(cluster));
    if (entries.size() > left_) {
        return base::exhausted("to find the files that are wanted, more than " +
                               std::to_string(volume_.limits().looked_up_entries) +
                               " entries of the FAT volume would have to be read");
    }
    left_ -= static_cast<std::uint32_t>(entries.size());
    Directory directory;
    directory.entries.reserve(entries.size());
    for (FatEntry& entry : entries) {
        directory.add(std::move(entry));
    }
    if (kept_ > kEntriesKept) {
        forget();
    }
    kept_ += directory.entries.size();
    return &directories_.emplace(cluster, std::move(directory)).first->second;
}

base::Result<std::optional<FatEntry>> FatLookup::find_in(std::uint32_t directory, std::string_view name) {
    const Directory& known = *TRY(directory_at(directory));
    const auto match = known.names.find(in_capitals(name));
    if (match == known.names.end()) {
        return std::optional<FatEntry>();
    }
    return std::optional(TRY(volume_.as_it_stands(known.entries[match->second])));
}

base::Result<FatEntry> FatLookup::find(std::string_view path) {
    FatEntry here;
    here.attributes = 0x10;
    for (const std::string_view part : path_parts(path)) {
        const auto entry = here.is_directory() ? TRY(find_in(here.first_cluster, part)) : std::nullopt;
        if (!entry) {
            return base::not_found("\"" + std::string(path) + "\" is not in the FAT volume");
        }
        here = *entry;
    }
    return here;
}

}  // namespace isolde::image
