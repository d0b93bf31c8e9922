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

/// `entry` of the reference tree in `directory` of another one, under whatever name.
base::Result<std::optional<std::string>> IsoPatcher::counterpart(const IsoEntry& entry, const TreePatcher& other,
                                                                 const IsoDirectory& directory,
                                                                 const std::set<std::string>& taken) const {
    const Places places = entry.is_directory()
                              ? places_in(tree(), TRY(image::read_directory(edit_->view(), tree(), entry.location)))
                              : Places{{place_of(tree(), entry), entry.size()}};
    std::optional<std::string> best;
    std::size_t best_likeness = 0;
    for (const IsoEntry& candidate : directory.entries) {
        if (candidate.type != entry.type || taken.contains(lookup_key(candidate.name))) {
            continue;
        }
        const Places others =
            candidate.is_directory()
                ? places_in(other.tree(), TRY(image::read_directory(edit_->view(), other.tree(), candidate.location)))
                : Places{{place_of(other.tree(), candidate), candidate.size()}};
        const std::size_t like = likeness(entry.name, candidate.name);
        if (others == places && like > 0 && like >= best_likeness) {
            best = candidate.name;
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
            const auto entry = patchers_[reference_].find(part);
            const auto above = patcher.find(start == 0 ? "/" : path.substr(0, start));
            if (!entry.ok() || !above.ok() || !above->entry.is_directory()) {
                break;
            }
            std::set<std::string> taken;  // by what has its own name in both trees
            for (const IsoEntry& sibling : entry->directory.entries) {
                taken.insert(lookup_key(sibling.name));
            }
            const auto directory = TRY(image::read_directory(edit_->view(), patcher.tree(), above->entry.location));
            const auto name = TRY(counterpart(entry->entry, patcher, directory, taken));
            if (!name) {
                break;
            }
            patcher.learn_name(part, *name);
        }
    }
    return {};
}

}  // namespace isolde::vmedia
