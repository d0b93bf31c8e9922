// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files of an image, changed alike in every directory tree that shows them: primary with Rock Ridge, Joliet, ISO
// 9660:1999, and the twins of these in the first partition. New content always goes behind the tail: images share
// extents between files, so writing in place could change another file.
#pragma once

#include "base/digest.h"
#include "vmedia/compose/tree_patcher.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

struct IsoFile {
    std::string path;
    base::ByteView content;
    std::uint32_t mode = 0644;
    bool secret = false;
};

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

    /// Adds or replaces files; gives the technique of each, "add" or "replace". Errors: Conflict (there is something
    /// else of that name), Unsupported (a boot image, above 4 GiB, several sections, zisofs), Corrupt, Exhausted.
    base::Result<std::vector<std::string>> put(const std::vector<IsoFile>& files);
    /// Replaces the content of an existing file. Errors: NotFound, else as put.
    base::Result<void> replace(std::string_view path, base::ByteView content, const ChangeReason& reason);
    /// The file as it stands, zeros up to a multiple of `alignment`, then `suffix`; nothing of it is copied but its
    /// last block. Errors: as replace.
    base::Result<void> append_to(std::string_view path, base::ByteView suffix, std::uint32_t alignment,
                                 const ChangeReason& reason);
    /// Path tables. Call once, after everything else.
    base::Result<void> finish();

  private:
    explicit IsoPatcher(ImageEdit& edit) : edit_(&edit), continuation_(std::make_unique<ContinuationArea>(edit)) {}

    base::Result<void> choose_trees();
    base::Result<std::set<std::string>> names_in(const std::string& directory) const;
    std::string lookup_key(std::string_view name) const;
    base::Result<Content> store(std::string_view path, base::ByteView content, const ChangeReason& reason);
    base::Result<void> check_changeable(std::string_view path, const image::IsoEntry& entry) const;
    base::Result<void> repoint_everywhere(std::string_view path, const image::IsoEntry& entry, const Content& content,
                                          const ChangeReason& reason);
    base::Result<Content> extend(const image::IsoEntry& entry, base::ByteView suffix, std::uint32_t alignment,
                                 const ChangeReason& reason);
    base::Result<std::optional<image::IsoEntry>> find_in(const TreePatcher& patcher, std::string_view path,
                                                         std::uint64_t original_offset, std::uint64_t size) const;

    ImageEdit* edit_;
    std::unique_ptr<ContinuationArea> continuation_;  ///< at one place, for the patchers refer to it
    image::IsoVolume volume_;
    std::vector<TreePatcher> patchers_;
    std::size_t reference_ = 0;
    struct Extended {
        std::uint64_t original_offset = 0;
        base::Digest suffix;
        Content content;
    };
    std::vector<Extended> extended_;
    std::vector<std::uint64_t> boot_blocks_;  ///< of El Torito's catalog and boot images
};

}  // namespace isolde::vmedia
