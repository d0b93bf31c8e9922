// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/iso_patcher.h"

#include "image/el_torito.h"

#include <algorithm>
#include <map>

namespace isolde::vmedia {
namespace {

using image::IsoEntry;
using image::IsoEntryType;
using image::IsoTree;

constexpr std::uint64_t kMaxFileSize = 0xFFFFFFFFU;  // one section of ECMA-119

bool same_root(const IsoTree& left, const IsoTree& right) {
    return left.base_block == right.base_block && left.root.block == right.root.block;
}

/// The higher, the fuller the names.
int name_quality(const IsoTree& tree) {
    if (tree.twin) {
        return 0;
    }
    if (tree.rock_ridge.present) {
        return 4;
    }
    switch (tree.kind) {
        case image::TreeKind::Joliet: return 3;
        case image::TreeKind::Enhanced: return 2;
        case image::TreeKind::Primary: break;
    }
    return 1;
}

std::uint64_t content_offset(const IsoTree& tree, const IsoEntry& entry) {
    return tree.offset_of(std::uint64_t{entry.record().block} + entry.record().extended_blocks);
}

base::Result<void> check_size(std::string_view path, std::uint64_t size) {
    if (size > kMaxFileSize) {
        return base::unsupported("the file " + std::string(path) +
                                 " would be larger than 4 GiB, which one section "
                                 "of ISO 9660 cannot hold");
    }
    return {};
}

}  // namespace

base::Result<IsoPatcher> IsoPatcher::open(ImageEdit& edit) {
    IsoPatcher patcher(edit);
    TRY(patcher.choose_trees());
    return patcher;
}

base::Result<void> IsoPatcher::choose_trees() {
    volume_ = TRY(image::read_iso9660(edit_->view()));
    for (const IsoTree& tree : volume_.trees) {
        const auto same = std::find_if(patchers_.begin(), patchers_.end(),
                                       [&](const TreePatcher& other) { return same_root(other.tree(), tree); });
        if (same != patchers_.end()) {
            same->share(tree);
            continue;
        }
        patchers_.emplace_back(*edit_, *continuation_, tree);
        if (name_quality(tree) > name_quality(patchers_[reference_].tree())) {
            reference_ = patchers_.size() - 1;
        }
    }
    if (volume_.boot_catalog) {
        boot_blocks_.push_back(*volume_.boot_catalog);
        const auto catalog = TRY(image::read_boot_catalog(edit_->view(), *volume_.boot_catalog));
        for (const image::BootEntry& entry : catalog.entries) {
            boot_blocks_.push_back(entry.load_block);
        }
    }
    return {};
}

std::vector<std::string> IsoPatcher::warnings() const {
    std::vector<std::string> all = warnings_;
    for (const TreePatcher& patcher : patchers_) {
        all.insert(all.end(), patcher.warnings().begin(), patcher.warnings().end());
    }
    return all;
}

base::Result<std::optional<IsoEntry>> IsoPatcher::find(std::string_view path) const {
    auto match = patchers_[reference_].find(path);
    if (match.ok()) {
        return std::optional(std::move(match->entry));
    }
    if (match.error().kind == base::ErrorKind::NotFound) {
        return std::optional<IsoEntry>();
    }
    return std::move(match).error();
}

base::Result<base::Bytes> IsoPatcher::read(std::string_view path, std::uint64_t limit) const {
    const auto match = TRY(patchers_[reference_].find(path));
    return image::read_content(edit_->view(), tree(), match.entry, limit);
}

base::Result<base::Bytes> IsoPatcher::read_start(const IsoEntry& entry, std::uint64_t length) const {
    return edit_->view().read_bytes(content_offset(tree(), entry), std::min(length, entry.size()));
}

base::Result<Content> IsoPatcher::store(std::string_view path, base::ByteView content, const ChangeReason& reason) {
    TRY(check_size(path, content.size()));
    // An empty file has no content, but readers want its block number to lie inside the volume.
    const std::uint64_t block = content.empty() ? edit_->view().append_zeros(1) : edit_->append(content, reason);
    return Content{block, static_cast<std::uint32_t>(content.size())};
}

base::Result<void> IsoPatcher::check_changeable(std::string_view path, const IsoEntry& entry) const {
    const std::string name(path);
    if (entry.type == image::IsoEntryType::Directory) {
        return base::conflict(name + " is a directory in the image");
    }
    if (entry.type != image::IsoEntryType::File) {
        return base::conflict(name + " is no regular file in the image: to put a file in its place, delete it too");
    }
    const std::uint64_t block = content_offset(tree(), entry) / kBlockSize;
    if (entry.size() > 0 && std::count(boot_blocks_.begin(), boot_blocks_.end(), block) > 0) {
        return base::unsupported(name +
                                 " is a boot image or the boot catalog of this image: firmware reads it at its "
                                 "place, it cannot be replaced");
    }
    return {};
}

/// Files of a tree by their content, read once: an image may have many files and show few of them in every tree.
base::Result<std::vector<std::string>> IsoPatcher::paths_by_content(const TreePatcher& patcher, const Place& place) {
    auto [known, is_new] = paths_by_content_.try_emplace(&patcher);
    PathsByPlace& paths = known->second;
    if (is_new) {
        TRY(image::walk(edit_->view(), patcher.tree(),
                        [&](const std::string& path, const IsoEntry& entry, image::DirectoryLocation) {
                            if (entry.type == IsoEntryType::File && entry.size() > 0) {
                                paths[{content_offset(patcher.tree(), entry), entry.size()}].push_back(path);
                            }
                            return base::Result<void>();
                        }));
    }
    const auto found = paths.find(place);
    return found == paths.end() ? std::vector<std::string>() : found->second;
}

base::Result<std::optional<IsoEntry>> IsoPatcher::find_in(const TreePatcher& patcher, std::string_view path,
                                                          const Place& place) {
    auto match = patcher.find(path);
    if (match.ok()) {
        return std::optional(std::move(match->entry));
    }
    if (match.error().kind != base::ErrorKind::NotFound) {
        return std::move(match).error();
    }
    if (place.second == 0) {
        return std::optional<IsoEntry>();
    }
    for (const std::string& other : TRY(paths_by_content(patcher, place))) {
        auto same = patcher.find(other);
        if (same.ok() && same->entry.type == IsoEntryType::File && same->entry.size() == place.second &&
            content_offset(patcher.tree(), same->entry) == place.first) {
            return std::optional(std::move(same->entry));
        }
    }
    return std::optional<IsoEntry>();
}

/// What was looked up by its old content can be by its new one.
void IsoPatcher::note_moved_content(const TreePatcher& patcher, const Place& from, const Place& to) {
    const auto known = paths_by_content_.find(&patcher);
    if (known == paths_by_content_.end()) {
        return;
    }
    if (const auto paths = known->second.find(from); paths != known->second.end()) {
        known->second[to] = paths->second;
    }
}

base::Result<void> IsoPatcher::repoint_everywhere(std::string_view path, const IsoEntry& entry, const Content& content,
                                                  const ChangeReason& reason) {
    const Place place{content_offset(tree(), entry), entry.size()};
    for (TreePatcher& patcher : patchers_) {
        const auto other = TRY(find_in(patcher, path, place));
        if (!other) {
            continue;
        }
        TRY(patcher.repoint(*other, content, reason));
        note_moved_content(patcher, place, {content.block * kBlockSize, content.size});
    }
    return {};
}

base::Result<void> IsoPatcher::replace(std::string_view path, base::ByteView content, const ChangeReason& reason) {
    const auto match = TRY(patchers_[reference_].find(path));
    TRY(check_changeable(path, match.entry));
    TRY(learn_names(path));
    return repoint_everywhere(path, match.entry, TRY(store(path, content, reason)), reason);
}

base::Result<void> IsoPatcher::overwrite(std::string_view path, std::uint64_t offset, base::ByteView bytes,
                                         const ChangeReason& reason) {
    const auto match = TRY(patchers_[reference_].find(path));
    TRY(check_changeable(path, match.entry));
    const Place place{content_offset(tree(), match.entry), match.entry.size()};
    for (const TreePatcher& patcher : patchers_) {
        const auto entry = TRY(find_in(patcher, path, place));
        if (!entry) {
            continue;
        }
        const auto runs = TRY(image::content_runs(edit_->view(), patcher.tree(), *entry));
        if (runs.size() != 1 || entry->system_use.zisofs) {
            return base::unsupported(std::string(path) + " is compressed or stored in several sections");
        }
        if (offset > runs.front().length || bytes.size() > runs.front().length - offset) {
            return base::corrupt("bytes to change lie outside " + std::string(path));
        }
        TRY(edit_->write(runs.front().offset + offset, bytes, reason));
    }
    return {};
}

base::Result<Content> IsoPatcher::extend(const IsoEntry& entry, base::ByteView suffix, std::uint32_t alignment,
                                         const ChangeReason& reason) {
    const std::uint64_t size = entry.size();
    const std::uint64_t padded = (size + alignment - 1) / alignment * alignment;
    TRY(check_size(reason.file, padded + suffix.size()));
    const std::uint64_t whole = size / kBlockSize;
    const std::uint64_t start = content_offset(tree(), entry);
    base::Bytes rest = TRY(edit_->view().read_bytes(start + whole * kBlockSize, size - whole * kBlockSize));
    rest.resize(padded - whole * kBlockSize);
    rest.insert(rest.end(), suffix.begin(), suffix.end());
    const std::uint64_t block = TRY(edit_->append_alias(start / kBlockSize, whole, {reason.file, "alias"}));
    edit_->append(rest, reason);
    return Content{block, static_cast<std::uint32_t>(padded + suffix.size())};
}

base::Result<void> IsoPatcher::append_to(std::string_view path, base::ByteView suffix, std::uint32_t alignment,
                                         const ChangeReason& reason) {
    const auto match = TRY(patchers_[reference_].find(path));
    const IsoEntry& entry = match.entry;
    TRY(check_changeable(path, entry));
    TRY(learn_names(path));
    const auto runs = TRY(image::content_runs(edit_->view(), tree(), entry));
    if (runs.size() > 1) {
        return base::unsupported(std::string(path) + " is stored in several sections and cannot be extended");
    }
    const std::uint64_t original = content_offset(tree(), entry);
    const base::Digest digest = base::sha256(suffix);
    auto extended = std::find_if(extended_.begin(), extended_.end(), [&](const Extended& candidate) {
        return candidate.original_offset == original && candidate.suffix == digest;
    });
    if (extended == extended_.end()) {
        const Content content = TRY(extend(entry, suffix, alignment, reason));
        extended_.push_back({original, digest, content});
        extended = std::prev(extended_.end());
    }
    return repoint_everywhere(path, entry, extended->content, reason);
}

base::Result<void> IsoPatcher::repoint_boot_image(std::string_view path, const Content& content,
                                                  const ChangeReason& reason) {
    const auto match = TRY(patchers_[reference_].find(path));
    boot_blocks_.push_back(content.block);
    return repoint_everywhere(path, match.entry, content, reason);
}

base::Result<void> IsoPatcher::finish() {
    for (TreePatcher& patcher : patchers_) {
        TRY(patcher.finish());
    }
    return {};
}

}  // namespace isolde::vmedia
