// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files of an image, changed alike in every directory tree that shows them: primary with Rock Ridge, Joliet, ISO
// 9660:1999, and the twins of these in the first partition. New content always goes behind the tail: images share
// extents between files, so writing in place could change another file. It goes behind the directories that name it,
// where programs that read the image as a stream find it.
#pragma once

#include "base/digest.h"
#include "vmedia/compose/tree_patcher.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// Not thread-safe. Refers to the edit, which must outlive it.
class IsoPatcher {
  public:
    /// Errors: Unsupported (no ISO 9660 image), Corrupt.
    static base::Result<IsoPatcher> open(ImageEdit& edit);

    const image::IsoVolume& volume() const { return volume_; }
    /// The tree by which files are looked up: the one with the fullest names.
    const image::IsoTree& tree() const { return patchers_[reference_].tree(); }
    std::vector<std::string> warnings() const;

    /// Nothing when there is no such entry. Errors: Corrupt, Exhausted.
    base::Result<std::optional<image::IsoEntry>> find(std::string_view path) const;
    /// Errors: NotFound, Unsupported, Exhausted above `limit`, Corrupt.
    base::Result<base::Bytes> read(std::string_view path, std::uint64_t limit) const;

    /// The first bytes of the content, at most `length`. Errors: Corrupt.
    base::Result<base::Bytes> read_start(const image::IsoEntry& entry, std::uint64_t length) const;

    /// Adds or replaces files, adds directories and links, sets modes; gives the technique of each: "add", "replace",
    /// "make-directory", "set-mode", "link". Errors: Conflict (there is something else of that name), Unsupported (a
    /// boot image, above 4 GiB, several sections, zisofs, a link and no tree that holds one), Corrupt, Exhausted.
    base::Result<std::vector<std::string>> put(const std::vector<const InjectedFile*>& files);
    /// Takes files and whole directories away from every tree. `needed`: paths that firmware and boot loaders read,
    /// with the reason. Errors: NotFound, Unsupported (a boot image, the boot catalog, a needed path), Corrupt.
    base::Result<void> remove(const std::vector<std::string>& paths, const std::map<std::string, std::string>& needed);
    /// Replaces the content of an existing file. Errors: NotFound, else as put.
    base::Result<void> replace(std::string_view path, base::ByteView content, const ChangeReason& reason);
    /// Puts `bytes` over those from `offset` of an existing file, where they are: for places that the file keeps free
    /// for that. Files that share its content see it too. Errors: Corrupt (outside the file), else as replace.
    base::Result<void> overwrite(std::string_view path, std::uint64_t offset, base::ByteView bytes,
                                 const ChangeReason& reason);
    /// The file as it stands, zeros up to a multiple of `alignment`, then `suffix`; nothing of it is copied but its
    /// last block. Errors: as replace.
    base::Result<void> append_to(std::string_view path, base::ByteView suffix, std::uint32_t alignment,
                                 const ChangeReason& reason);
    /// Points a boot image's file at content that was made for it, where the boot catalog leads already. Errors:
    /// NotFound, Unsupported, Corrupt.
    base::Result<void> repoint_boot_image(std::string_view path, const Content& content, const ChangeReason& reason);
    /// Path tables. Call once, after everything else.
    base::Result<void> finish();

  private:
    explicit IsoPatcher(ImageEdit& edit) : edit_(&edit), continuation_(std::make_unique<ContinuationArea>(edit)) {}

    struct Needed {
        std::string key;     ///< lookup_key of the path
        std::string reason;  ///< with the path
    };
    base::Result<void> choose_trees();
    std::string lookup_key(std::string_view name) const;
    base::Result<std::string> prepare(const InjectedFile& file, std::vector<AddedEntry>& added,
                                      std::set<std::uint64_t>& replaced);
    base::Result<std::string> prepare_existing(const InjectedFile& file, const image::IsoEntry& entry,
                                               std::set<std::uint64_t>& replaced);
    base::Result<void> set_mode(std::string_view path, std::uint32_t mode);
    base::Result<void> check_links(const std::vector<const InjectedFile*>& files);
    void warn_of_renamed(const std::vector<AddedEntry>& added);
    base::Result<void> check_removable(const std::string& path, const image::IsoEntry& entry,
                                       const std::vector<Needed>& needed) const;
    base::Result<void> learn_names(std::string_view path);
    struct Strangers;
    using StrangersByDirectory = std::map<std::pair<const TreePatcher*, std::string>, std::shared_ptr<const Strangers>>;
    base::Result<std::shared_ptr<const Strangers>> strangers_in(const TreePatcher& patcher,
                                                                const std::string& directory);
    base::Result<std::optional<std::string>> counterpart(const image::IsoEntry& entry,
                                                         const Strangers& strangers) const;
    base::Result<Content> store_file(const InjectedFile& file);
    base::Result<Content> store(std::string_view path, base::ByteView content, const ChangeReason& reason);
    base::Result<void> check_changeable(std::string_view path, const image::IsoEntry& entry) const;
    base::Result<void> repoint_everywhere(std::string_view path, const image::IsoEntry& entry, const Content& content,
                                          const ChangeReason& reason);
    base::Result<Content> extend(const image::IsoEntry& entry, base::ByteView suffix, std::uint32_t alignment,
                                 const ChangeReason& reason);
    using Place = std::pair<std::uint64_t, std::uint64_t>;  ///< of content: offset in the image and size
    using PathsByPlace = std::map<Place, std::vector<std::string>>;
    /// The entry of another tree for a file of the reference tree: by its path, else by its content.
    base::Result<std::optional<image::IsoEntry>> find_in(const TreePatcher& patcher, std::string_view path,
                                                         const Place& place);
    base::Result<std::vector<std::string>> paths_by_content(const TreePatcher& patcher, const Place& place);
    void note_moved_content(const TreePatcher& patcher, const Place& from, const Place& to);

    ImageEdit* edit_;
    std::unique_ptr<ContinuationArea> continuation_;  ///< at one place, for the patchers refer to it
    image::IsoVolume volume_;
    std::deque<TreePatcher> patchers_;  ///< each at one place
    std::vector<std::string> warnings_;
    std::size_t reference_ = 0;
    struct Extended {
        std::uint64_t original_offset = 0;
        base::Digest suffix;
        Content content;
    };
    std::vector<Extended> extended_;
    std::map<const TreePatcher*, PathsByPlace> paths_by_content_;  ///< of those trees that were searched by content
    StrangersByDirectory strangers_;
    std::vector<std::uint64_t> boot_blocks_;  ///< of El Torito's catalog and boot images
};

}  // namespace isolde::vmedia
