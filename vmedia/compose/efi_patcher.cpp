// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/efi_patcher.h"

#include "vmedia/edit/fat_editor.h"
#include "vmedia/edit/fat_growth.h"

#include <array>

namespace isolde::vmedia {
namespace {

constexpr std::uint64_t kSpareBytes = 1U << 20U;  // zeros that cost nothing: the next edit finds room
constexpr std::uint64_t kMaxSectorCount = 0xffff;

}  // namespace

EfiPatcher::EfiPatcher(ImageEdit& edit, IsoPatcher& patcher, const BootFiles& boot)
    : edit_(&edit), patcher_(&patcher), partition_(boot.efi) {
    for (std::size_t i = 0; partition_ && boot.catalog && i < boot.catalog->entries.size(); ++i) {
        if (boot.catalog->entries[i].load_block * kBlockSize == partition_->offset) {
            catalog_entries_.push_back(boot.catalog->entries[i].offset);
            image_path_ = boot.boot_images[i];
        }
    }
}

base::Result<image::WindowSource> EfiPatcher::window() const {
    if (!partition_) {
        return base::unsupported("the image has no EFI system partition");
    }
    return image::WindowSource::create(edit_->view(), partition_->offset, partition_->length);
}

template <typename Edit>
base::Result<std::size_t> EfiPatcher::change_from(std::size_t first, const std::vector<Change>& changes, Edit edit) {
    const image::WindowSource source = TRY(window());
    auto fat = TRY(FatEditor::open(source).with_context("reading the EFI partition"));
    for (std::size_t i = first; i < changes.size(); ++i) {
        const Change& change = changes[i];
        auto done = edit(fat, i);
        if (!done.ok() && done.error().kind == base::ErrorKind::Exhausted && !refused_) {
            refused_ = true;
            TRY(grow_for(fat, std::span(changes).subspan(i))
                    .with_context("writing " + std::string(change.path) + " into the EFI partition"));
            return i;
        }
        TRY(std::move(done).with_context("the EFI partition"));
        refused_ = false;
        for (const ChangedRange& range : fat.changes()) {
            TRY(edit_->write(partition_->offset + range.offset, range.bytes,
                             {"EFI:" + std::string(change.path), change.technique, change.secret}));
        }
        fat.settle();
    }
    return changes.size();
}

template <typename Edit>
base::Result<void> EfiPatcher::change(const std::vector<Change>& changes, Edit edit) {
    for (std::size_t next = 0; next < changes.size();) {
        next = TRY(change_from(next, changes, edit));
    }
    return {};
}

base::Result<void> EfiPatcher::put(const std::vector<EfiFile>& files) {
    std::vector<Change> changes;
    for (const EfiFile& file : files) {
        changes.push_back({file.path, file.content.size(), "fat-rewrite", file.secret});
    }
    return change(changes, [&](FatEditor& fat, std::size_t i) { return fat.put(files[i].path, files[i].content); });
}

base::Result<void> EfiPatcher::append_to(std::string_view path, base::ByteView suffix, std::uint32_t alignment,
                                         bool secret) {
    return change({{path, suffix.size() + alignment, "append-cpio", secret}},
                  [&](FatEditor& fat, std::size_t) { return fat.append(path, suffix, alignment); });
}

base::Result<base::Bytes> EfiPatcher::read_start(std::string_view path, std::uint64_t length) const {
    const image::WindowSource source = TRY(window());
    const auto fat = TRY(image::FatVolume::open(source));
    const auto runs = TRY(fat.content_runs(TRY(fat.find(path))));
    if (runs.empty()) {
        return base::Bytes();
    }
    return source.read_bytes(runs.front().offset, std::min(length, runs.front().length));
}

/// Each growth lays the partition out anew, so it grows once for all. What replaces files may need less: where the sum
/// is too much, the first of them decides.
base::Result<void> EfiPatcher::grow_for(const FatEditor& fat, std::span<const Change> changes) {
    std::uint64_t clusters = 0;
    for (const Change& change : changes) {
        clusters += fat.clusters_for(change.path, change.bytes);
    }
    base::Result<void> grown = grow(clusters);
    if (!grown.ok() && grown.error().kind == base::ErrorKind::Exhausted && changes.size() > 1) {
        return grow(fat.clusters_for(changes.front().path, changes.front().bytes));
    }
    return grown;
}

base::Result<void> EfiPatcher::grow(std::uint64_t clusters) {
    if (partition_->offset % kBlockSize != 0) {
        return base::unsupported("the EFI partition is full, and it begins inside a block: it cannot move");
    }
    const image::WindowSource source = TRY(window());
    const auto fat = TRY(image::FatVolume::open(source));
    const FatGrowth growth = TRY(grow_fat(source, clusters + kSpareBytes / fat.geometry().cluster_size));
    const std::uint64_t block = edit_->append(growth.head, {"EFI partition", "fat-grow"});
    const std::uint64_t old_block = partition_->offset / kBlockSize;
    TRY(edit_->append_alias(old_block + growth.old_offset / kBlockSize, growth.old_length / kBlockSize,
                            {"EFI partition", "alias"}));
    edit_->view().append_zeros((growth.size - growth.head.size() - growth.old_length) / kBlockSize);
    if (grown()) {
        edit_->view().clear_written(old_block, blocks_of(partition_->length));
    } else {
        partition_->moved_from = partition_->offset;
    }
    partition_->offset = block * kBlockSize;
    partition_->length = growth.size;
    return repoint(block, growth.size);
}

/// UEFI 13.3.2.1: a count of 0 means that the partition reaches to the medium's end, which a FAT's own size corrects.
base::Result<void> EfiPatcher::repoint(std::uint64_t block, std::uint64_t size) {
    const std::uint64_t sectors = size / image::kSectorSize;
    std::array<std::byte, 6> fields{};  // sector count, load block
    put_little16(fields, 0, static_cast<std::uint16_t>(sectors > kMaxSectorCount ? 0 : sectors));
    put_little32(fields, 2, static_cast<std::uint32_t>(block));
    for (const std::uint64_t entry : catalog_entries_) {
        TRY(edit_->write(entry + 6, fields, {"boot catalog", "fat-grow"}));
    }
    if (image_path_.empty()) {
        return {};
    }
    return patcher_->repoint_boot_image(image_path_, {block, static_cast<std::uint32_t>(size)},
                                        {image_path_, "fat-grow"});
}

}  // namespace isolde::vmedia
