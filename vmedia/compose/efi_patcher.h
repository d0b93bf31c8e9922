// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files in the FAT of the EFI system partition: a few sectors of the image under edit. Where the FAT is full a larger
// one is laid out behind the tail, which shows the old one's clusters a second time; El Torito and the directory
// records of the image file follow at once, partition tables when the volume is closed.
#pragma once

#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/image_edit.h"
#include "vmedia/compose/iso_patcher.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

class FatEditor;

struct EfiFile {
    std::string path;  ///< absolute, inside the FAT
    base::ByteView content;
    bool secret = false;
};

/// Not thread-safe. Refers to the edit and the patcher, which must outlive it. After an error the image under edit is
/// of no use.
class EfiPatcher {
  public:
    /// `boot`: what was read from `edit` before its EFI partition was changed.
    EfiPatcher(ImageEdit& edit, IsoPatcher& patcher, const BootFiles& boot);

    /// As it stands now; nothing when the image has none.
    const std::optional<EfiPartition>& partition() const { return partition_; }
    /// Of the file that the partition is in the ISO tree; empty when it is none.
    const std::string& image_path() const { return image_path_; }
    bool grown() const { return partition_ && partition_->moved_from.has_value(); }

    /// Adds or replaces. Errors: Unsupported (no EFI partition, no FAT), Exhausted (it is full and cannot grow),
    /// Conflict (a part of a path is no directory), Corrupt.
    base::Result<void> put(const std::vector<EfiFile>& files);
    /// Zeros up to a multiple of `alignment` and `suffix` behind a file; nothing of it is copied but its last cluster.
    /// Errors: NotFound, else as put.
    base::Result<void> append_to(std::string_view path, base::ByteView suffix, std::uint32_t alignment, bool secret);
    /// The first bytes of a file, at most `length`. Errors: NotFound, Unsupported, Corrupt.
    base::Result<base::Bytes> read_start(std::string_view path, std::uint64_t length) const;

  private:
    struct Change {  ///< of one file
        std::string_view path;
        std::uint64_t bytes = 0;  ///< new content
        std::string_view technique;
        bool secret = false;
    };
    /// Runs `edit` of a FatEditor for each of `changes` by its number; once more after growing where the FAT is full.
    template <typename Edit>
    base::Result<void> change(const std::vector<Change>& changes, Edit edit);
    /// The number of the first change that is still to be made, after as many as the FAT has room for.
    template <typename Edit>
    base::Result<std::size_t> change_from(std::size_t first, const std::vector<Change>& changes, Edit edit);
    base::Result<image::WindowSource> window() const;
    base::Result<void> grow_for(const FatEditor& fat, std::span<const Change> changes);
    base::Result<void> grow(std::uint64_t clusters);
    base::Result<void> repoint(std::uint64_t block, std::uint64_t size);

    ImageEdit* edit_;
    IsoPatcher* patcher_;
    std::optional<EfiPartition> partition_;
    bool refused_ = false;                        ///< the FAT was full for the change that comes next
    std::vector<std::uint64_t> catalog_entries_;  ///< offsets in the image
    std::string image_path_;                      ///< of the file that it is in the ISO tree; empty: of none
};

}  // namespace isolde::vmedia
