// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/efi_patcher.h"

#include "vmedia/edit/fat_editor.h"

namespace isolde::vmedia {

base::Result<void> put_efi_files(ImageEdit& edit, const EfiPartition& partition, const std::vector<EfiFile>& files) {
    const auto window = TRY(image::WindowSource::create(edit.view(), partition.offset, partition.length));
    auto fat = TRY(FatEditor::open(window).with_context("reading the EFI partition"));
    for (const EfiFile& file : files) {
        TRY(fat.put(file.path, file.content).with_context("writing " + file.path + " into the EFI partition"));
        // The changes include those of the files before: writing them again changes and notes nothing.
        for (const ChangedRange& change : fat.changes()) {
            TRY(edit.write(partition.offset + change.offset, change.bytes,
                           {"EFI:" + file.path, file.technique, file.secret}));
        }
    }
    return {};
}

}  // namespace isolde::vmedia
