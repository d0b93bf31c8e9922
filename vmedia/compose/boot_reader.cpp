// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/boot_reader.h"

namespace isolde::vmedia {

base::Result<void> BootReader::open_efi(const EfiPartition& partition) {
    auto window = TRY(image::WindowSource::create(image_, partition.offset, partition.length));
    window_ = std::make_unique<const image::WindowSource>(std::move(window));
    fat_ = TRY(image::FatVolume::open(*window_));
    fat_lookup_.emplace(*fat_);
    return {};
}

base::Result<image::FatEntry> BootReader::efi_file(std::string_view path) const {
    if (!fat_) {
        return base::not_found("the image has no EFI partition that could hold \"" + std::string(path) + "\"");
    }
    auto entry = TRY(fat_lookup_->find(path.substr(kEfiPrefix.size())));
    if (entry.is_directory()) {
        return base::not_found("\"" + std::string(path) + "\" is a directory");
    }
    return entry;
}

bool BootReader::is_file(std::string_view path) const {
    if (is_efi_path(path)) {
        return efi_file(path).ok();
    }
    const auto entry = lookup_.entry(path);
    return entry.ok() && entry->type == image::IsoEntryType::File;
}

base::Result<std::string> BootReader::read(std::string_view path, std::uint64_t limit) const {
    if (is_efi_path(path)) {
        const auto content = TRY(fat_->read_content(TRY(efi_file(path)), limit));
        return std::string(base::as_text(content));
    }
    const auto entry = TRY(lookup_.entry(path));
    const auto content = TRY(image::read_content(image_, tree_, entry, limit));
    return std::string(base::as_text(content));
}

base::Result<std::vector<image::ByteRun>> BootReader::runs(std::string_view path) const {
    if (!is_efi_path(path)) {
        const auto entry = TRY(lookup_.entry(path));
        return image::content_runs(image_, tree_, entry);
    }
    auto runs = TRY(fat_->content_runs(TRY(efi_file(path))));
    for (image::ByteRun& run : runs) {
        run.offset += window_->offset();
    }
    return runs;
}

}  // namespace isolde::vmedia
