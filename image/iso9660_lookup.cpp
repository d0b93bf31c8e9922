// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/fields.h"
#include "image/iso9660.h"
#include "image/iso9660_records.h"

#include <algorithm>

namespace isolde::image {
namespace {

constexpr std::size_t kNamesKept = 500'000;

base::Error not_in_tree(std::string_view path, const IsoTree& tree) {
    return base::not_found("\"" + std::string(path) + "\" is not in the " + to_string(tree) + " tree of the image");
}

base::Error too_many_entries(const IsoLimits& limits) {
    return base::exhausted("to find the files that are wanted, more than " + std::to_string(limits.looked_up_entries) +
                           " directory entries would have to be read");
}

std::string in_capitals(std::string_view name) {
    std::string capitals(name);
    for (char& c : capitals) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return capitals;
}

std::uint32_t hash_of(std::string_view name) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(name));
}

/// Where an entry with a name of this hash is.
struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t at = 0;  ///< from the start of the directory

    auto operator<=>(const Slot&) const = default;
};

}  // namespace

/// The names of a directory; of entries that share one the first counts.
class IsoLookup::Index {
  public:
    static base::Result<std::unique_ptr<const Index>> read(const ByteSource& image, const IsoTree& tree,
                                                           DirectoryLocation location, const IsoLimits& limits,
                                                           std::uint32_t& left) {
        TRY(check_directory_size(location, limits));
        auto index = std::make_unique<Index>();
        index->location = location;
        ContinuationBudget budget;
        TRY(visit_entries(image, tree, location, 0, budget, [&](const IsoEntry& entry, std::uint32_t at) {
            return index->add(tree, entry, at, limits, left);
        }));
        if (index->leading_ < 2) {
            return base::corrupt("the directory at byte " + std::to_string(tree.offset_of(location.block)) +
                                 " has no \".\" and \"..\"");
        }
        std::sort(index->names_.begin(), index->names_.end());
        std::sort(index->capitals_.begin(), index->capitals_.end());
        return std::unique_ptr<const Index>(std::move(index));
    }

    /// An exact match before one that only ignores case.
    base::Result<std::optional<IsoEntry>> find(const ByteSource& image, const IsoTree& tree, std::string_view name,
                                               std::uint32_t& left) const {
        auto exact = TRY(find_in(names_, hash_of(name), image, tree, left,
                                 [&](const IsoEntry& entry) { return entry.name == name; }));
        if (exact || tree.rock_ridge.present) {
            return exact;
        }
        return find_in(capitals_, hash_of(in_capitals(name)), image, tree, left,
                       [&](const IsoEntry& entry) { return equals_ignoring_case(entry.name, name); });
    }

    std::size_t size() const { return names_.size() + capitals_.size(); }

    DirectoryLocation location;

  private:
    base::Result<bool> add(const IsoTree& tree, const IsoEntry& entry, std::uint32_t at, const IsoLimits& limits,
                           std::uint32_t& left) {
        if (leading_ < 2) {
            if (entry.identifier != std::string(1, leading_ == 0 ? '\0' : '\1')) {
                return base::corrupt("the directory record at byte " + std::to_string(entry.record().offset) +
                                     " stands where \".\" or \"..\" should");
            }
            ++leading_;
            return true;
        }
        if (names_.size() >= limits.directory_entries) {
            return base::exhausted("a directory has more than " + std::to_string(limits.directory_entries) +
                                   " entries");
        }
        if (left == 0) {
            return too_many_entries(limits);
        }
        --left;
        names_.push_back({hash_of(entry.name), at});
        if (!tree.rock_ridge.present) {
            capitals_.push_back({hash_of(in_capitals(entry.name)), at});
        }
        return true;
    }

    template <typename IsWanted>
    base::Result<std::optional<IsoEntry>> find_in(const std::vector<Slot>& slots, std::uint32_t hash,
                                                  const ByteSource& image, const IsoTree& tree, std::uint32_t& left,
                                                  IsWanted is_wanted) const {
        std::optional<IsoEntry> found;
        for (auto slot = std::lower_bound(slots.begin(), slots.end(), Slot{hash, 0});
             slot != slots.end() && slot->hash == hash && !found && left > 0; ++slot, --left) {
            ContinuationBudget budget;
            TRY(visit_entries(image, tree, location, slot->at, budget, [&](IsoEntry& entry, std::uint32_t) {
                if (is_wanted(entry)) {
                    found = std::move(entry);
                }
                return base::Result<bool>(false);
            }));
        }
        return found;
    }

    std::vector<Slot> names_;
    std::vector<Slot> capitals_;  ///< where names are looked up in any case
    int leading_ = 0;             ///< of "." and ".."
};

IsoLookup::IsoLookup(const ByteSource& image, const IsoTree& tree, const IsoLimits& limits)
    : image_(image), tree_(tree), limits_(limits), left_(limits.looked_up_entries) {}

IsoLookup::~IsoLookup() = default;

void IsoLookup::forget(std::uint32_t block) {
    const auto index = indices_.find(block);
    if (index != indices_.end()) {
        kept_ -= index->second->size();
        indices_.erase(index);
    }
}

base::Result<const IsoLookup::Index*> IsoLookup::index_of(DirectoryLocation location) {
    const auto known = indices_.find(location.block);
    if (known != indices_.end() && known->second->location == location) {
        return known->second.get();
    }
    forget(location.block);
    if (kept_ > kNamesKept) {
        indices_.clear();
        kept_ = 0;
    }
    auto index = TRY(Index::read(image_, tree_, location, limits_, left_));
    kept_ += index->size();
    return indices_.emplace(location.block, std::move(index)).first->second.get();
}

base::Result<IsoMatch> IsoLookup::match(std::string_view path) {
    const auto parts = path_parts(path);
    if (parts.size() > limits_.depth) {
        return not_in_tree(path, tree_);
    }
    DirectoryLocation directory = tree_.root_location();
    if (parts.empty()) {
        return IsoMatch{TRY(read_self(image_, tree_, directory)), directory};
    }
    for (std::size_t index = 0;; ++index) {
        auto next = TRY(TRY(index_of(directory))->find(image_, tree_, parts[index], left_));
        if (left_ == 0) {
            return too_many_entries(limits_);
        }
        const bool last = index + 1 == parts.size();
        if (!next || (!last && !next->is_directory())) {
            return not_in_tree(path, tree_);
        }
        if (last) {
            return IsoMatch{*std::move(next), directory};
        }
        directory = next->location;
    }
}

base::Result<IsoEntry> IsoLookup::entry(std::string_view path) {
    return std::move(TRY(match(path)).entry);
}

base::Result<IsoMatch> find(const ByteSource& image, const IsoTree& tree, std::string_view path,
                            const IsoLimits& limits) {
    return IsoLookup(image, tree, limits).match(path);
}

}  // namespace isolde::image
