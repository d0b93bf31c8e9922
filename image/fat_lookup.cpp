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

void FatLookup::forget() {
    directories_.clear();
    kept_ = 0;
}

base::Result<const FatLookup::Directory*> FatLookup::directory_at(std::uint32_t cluster) {
    if (const auto known = directories_.find(cluster); known != directories_.end()) {
        return &known->second;
    }
    Directory directory;
    directory.entries = TRY(volume_.directory(cluster));
    if (directory.entries.size() > left_) {
        return base::exhausted("to find the files that are wanted, more than " +
                               std::to_string(volume_.limits().looked_up_entries) +
                               " entries of the FAT volume would have to be read");
    }
    left_ -= static_cast<std::uint32_t>(directory.entries.size());
    for (std::size_t i = 0; i < directory.entries.size(); ++i) {
        directory.names.emplace(in_capitals(directory.entries[i].name), i);
        directory.names.emplace(in_capitals(directory.entries[i].short_name), i);
    }
    if (kept_ > kEntriesKept) {
        forget();
    }
    kept_ += directory.entries.size();
    return &directories_.emplace(cluster, std::move(directory)).first->second;
}

base::Result<FatEntry> FatLookup::find(std::string_view path) {
    FatEntry here;
    here.attributes = 0x10;
    for (const std::string_view part : path_parts(path)) {
        const Directory* const directory = here.is_directory() ? TRY(directory_at(here.first_cluster)) : nullptr;
        const auto match =
            directory == nullptr ? decltype(directory->names.begin())() : directory->names.find(in_capitals(part));
        if (directory == nullptr || match == directory->names.end()) {
            return base::not_found("\"" + std::string(path) + "\" is not in the FAT volume");
        }
        here = TRY(volume_.as_it_stands(directory->entries[match->second]));
    }
    return here;
}

}  // namespace isolde::image
