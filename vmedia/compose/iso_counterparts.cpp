// SPDX-License-Identifier: GPL-3.0-or-later
//
// One tree's name for what another tree calls by a fuller one: names were cut to 8.3 or to 64 characters when the image
// was made. Files of one content and directories of the same files are the same; of several the one with the likest
// name.
#include "vmedia/compose/iso_patcher.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

using image::IsoDirectory;
using image::IsoEntry;
using image::IsoTree;
using Places = std::set<std::pair<std::uint64_t, std::uint64_t>>;

constexpr std::size_t kAlike = 256;  // entries of one content that are compared by their names

std::uint64_t place_of(const IsoTree& tree, const IsoEntry& entry) {
    return tree.offset_of(std::uint64_t{entry.record().block} + entry.record().extended_blocks);
}

Places places_in(const IsoTree& tree, const IsoDirectory& directory) {
    Places places;
    for (const IsoEntry& entry : directory.entries) {
        if (entry.type == image::IsoEntryType::File && entry.size() > 0) {
            places.emplace(place_of(tree, entry), entry.size());
        }
    }
    return places;
}

/// Letters and digits only, in capitals: what every mangling keeps.
std::string skeleton(std::string_view name) {
    std::string letters;
    for (const char c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            letters += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        }
    }
    return letters;
}

std::size_t likeness(std::string_view left, std::string_view right) {
    const std::string l = skeleton(left);
    const std::string r = skeleton(right);
    const auto differ = std::mismatch(l.begin(), l.end(), r.begin(), r.end());
    return static_cast<std::size_t>(differ.first - l.begin());
}

}  // namespace

/// Entries of a directory of another tree whose names the reference tree does not have there, by where their content,
/// or that of the files in them, is.
struct IsoPatcher::Strangers {
    std::map<Places, std::vector<std::string>> files;
    std::map<Places, std::vector<std::string>> directories;
};

/// Those of `directory`, a path of the reference tree; read once.
base::Result<std::shared_ptr<const IsoPatcher::Strangers>> IsoPatcher::strangers_in(const TreePatcher& patcher,
                                                                                    const std::string& directory) {
    auto& known = strangers_[{&patcher, directory}];
    if (known) {
        return known;
    }
    auto strangers = std::make_shared<Strangers>();
    std::set<std::string> taken;
    const auto own = TRY(patchers_[reference_].find(directory));
    for (const IsoEntry& entry : TRY(image::read_directory(edit_->view(), tree(), own.entry.location)).entries) {
        taken.insert(lookup_key(entry.name));
    }
    const auto other = TRY(patcher.find(directory));
    const IsoTree& tree = patcher.tree();
    for (const IsoEntry& entry : TRY(image::read_directory(edit_->view(), tree, other.entry.location)).entries) {
        if (taken.contains(lookup_key(entry.name))) {
            continue;
        }
        if (entry.is_directory()) {
            const IsoDirectory below = TRY(image::read_directory(edit_->view(), tree, entry.location));
            strangers->directories[places_in(tree, below)].push_back(entry.name);
        } else if (entry.type == image::IsoEntryType::File) {
            strangers->files[Places{{place_of(tree, entry), entry.size()}}].push_back(entry.name);
        }
    }
    known = std::move(strangers);
    return known;
}

/// `entry` of the reference tree among them, under whatever name.
base::Result<std::optional<std::string>> IsoPatcher::counterpart(const IsoEntry& entry,
                                                                 const Strangers& strangers) const {
    if (!entry.is_directory() && entry.type != image::IsoEntryType::File) {
        return std::optional<std::string>();
    }
    const Places places = entry.is_directory()
                              ? places_in(tree(), TRY(image::read_directory(edit_->view(), tree(), entry.location)))
                              : Places{{place_of(tree(), entry), entry.size()}};
    const auto& by_places = entry.is_directory() ? strangers.directories : strangers.files;
    const auto same = by_places.find(places);
    std::optional<std::string> best;
    std::size_t best_likeness = 0;
    for (std::size_t i = 0; same != by_places.end() && i < std::min(kAlike, same->second.size()); ++i) {
        const std::size_t like = likeness(entry.name, same->second[i]);
        if (like > 0 && like >= best_likeness) {
            best = same->second[i];
            best_likeness = like;
        }
    }
    return best;
}

/// Other trees' names for the parts of `path` that exist.
base::Result<void> IsoPatcher::learn_names(std::string_view path) {
    for (TreePatcher& patcher : patchers_) {
        for (std::size_t end = 0; end < path.size() && &patcher != &patchers_[reference_];) {
            const std::size_t start = end;
            end = std::min(path.find('/', start + 1), path.size());
            const std::string_view part = path.substr(0, end);
            if (patcher.find(part).ok()) {
                continue;
            }
            const std::string directory(start == 0 ? "/" : path.substr(0, start));
            const auto entry = patchers_[reference_].find(part);
            const auto above = patcher.find(directory);
            if (!entry.ok() || !above.ok() || !above->entry.is_directory()) {
                break;
            }
            const auto name = TRY(counterpart(entry->entry, *TRY(strangers_in(patcher, directory))));
            if (!name) {
                break;
            }
            patcher.learn_name(part, *name);
        }
    }
    return {};
}

}  // namespace isolde::vmedia
