// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files of a FAT12, FAT16 or FAT32 volume, such as an EFI system partition inside an ISO, replaced and added without
// copying the volume: the result is the list of the bytes that change. The same edits on the same volume give the same
// bytes; new entries are dated 1980-01-01.
#pragma once

#include "base/byte_count.h"
#include "image/fat.h"
#include "vmedia/edit/fat_names.h"
#include "vmedia/edit/fat_slots.h"

#include <memory>
#include <string>
#include <string_view>

namespace isolde::vmedia {

/// An edit that fails changes nothing. Paths are '/'-separated UTF-8, compared without ASCII case. Not thread-safe.
class FatEditor {
  public:
    /// `volume` begins with the boot sector (image::WindowSource) and must outlive the editor. Errors: as
    /// image::FatVolume::open.
    static base::Result<FatEditor> open(const image::ByteSource& volume);

    /// New content for an existing file; its name, date and attributes stay. Errors: NotFound, InvalidArgument (a
    /// directory), Exhausted naming the file, the bytes needed and those free; Corrupt (the volume).
    base::Result<void> replace(std::string_view path, base::ByteView content);

    /// A new file, with the directories that it needs. Errors: Conflict (it exists, or a part of the path is a file),
    /// InvalidArgument (a name that FAT cannot hold), Exhausted, Corrupt as replace.
    base::Result<void> add(std::string_view path, base::ByteView content);

    /// replace where the file exists, else add.
    base::Result<void> put(std::string_view path, base::ByteView content);

    /// Zeros up to a multiple of `alignment` and `suffix` behind an existing file; of its content only the last cluster
    /// is read. Errors: as replace.
    base::Result<void> append(std::string_view path, base::ByteView suffix, std::uint32_t alignment);

    /// Takes a file away. Errors: NotFound, InvalidArgument (a directory), Corrupt.
    base::Result<void> remove(std::string_view path);

    /// Clusters that a file of `size` bytes at `path` takes at most, with directories on its way.
    std::uint64_t clusters_for(std::string_view path, std::uint64_t size) const;

    /// Errors: Unsupported (a volume too large for a boot partition).
    base::Result<base::ByteCount> free_space() const;

    /// The volume as edited so far.
    const image::FatVolume& volume() const { return *volume_; }

    /// What differs from the volume given, offsets from its start.
    std::vector<ChangedRange> changes() const { return overlay_->changes(); }
    /// The changes were written to the volume given: from now on they are part of it.
    void settle() { overlay_->settle(); }

  private:
    FatEditor(std::unique_ptr<SectorOverlay> overlay, std::unique_ptr<const image::FatVolume> volume)
        : overlay_(std::move(overlay)),
          volume_(std::move(volume)),
          lookup_(std::make_unique<image::FatLookup>(*volume_)),
          table_(std::make_unique<FatTable>(*overlay_, *volume_)),
          slots_(std::make_unique<FatSlots>(*overlay_, *volume_, *table_)) {}

    /// Runs `edit`; takes the overlay back when it fails.
    template <typename Edit>
    base::Result<void> transact(std::string_view path, Edit edit);

    base::Result<void> replace_file(std::string_view path, base::ByteView content);
    base::Result<void> add_file(std::string_view path, base::ByteView content);
    base::Result<void> append_file(std::string_view path, base::ByteView suffix, std::uint32_t alignment);
    base::Result<void> remove_file(std::string_view path);
    base::Result<image::FatEntry> find_file(std::string_view path) const;
    base::Result<std::vector<std::uint32_t>> clusters_of(const image::FatEntry& entry) const;
    base::Result<void> set_content(const image::FatEntry& entry, std::uint32_t first, std::uint64_t size);
    base::Result<std::vector<std::uint64_t>> slots_of(const image::FatEntry& entry, std::uint32_t directory) const;
    base::Result<std::uint32_t> store(const std::vector<std::uint32_t>& old_clusters, base::ByteView content,
                                      std::size_t skipped = 0);
    base::Result<void> write_content(const std::vector<std::uint32_t>& clusters, base::ByteView content);
    base::Result<std::uint32_t> enter_directory(std::uint32_t parent, const std::string& name);
    base::Result<std::uint32_t> make_directory(std::uint32_t parent, const std::string& name);
    base::Result<void> add_entry(std::uint32_t directory, const std::string& name, const FatEntryFields& fields);
    std::unique_ptr<SectorOverlay> overlay_;
    std::unique_ptr<const image::FatVolume> volume_;  ///< at one place, for the lookup refers to it
    std::unique_ptr<image::FatLookup> lookup_;
    std::unique_ptr<FatTable> table_;
    std::unique_ptr<FatSlots> slots_;
};

}  // namespace isolde::vmedia
