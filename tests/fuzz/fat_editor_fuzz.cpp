// SPDX-License-Identifier: GPL-3.0-or-later
//
// The FAT editor on hostile volumes: it ends, writes inside the volume only, and reads back what it wrote.
#include "vmedia/edit/fat_editor.h"
#include "vmedia/edit/fat_growth.h"

#include "base/check.h"

namespace isolde::vmedia {
namespace {

/// Puts a file and reads it back; a refusal changes nothing.
void put(FatEditor& editor, const char* path, base::ByteView content) {
    const std::size_t before = editor.changes().size();
    if (!editor.put(path, content).ok()) {
        ISOLDE_CHECK(editor.changes().size() == before);
        return;
    }
    const auto entry = editor.volume().find(path);
    if (entry.ok() && entry->size == content.size()) {
        static_cast<void>(editor.volume().read_content(*entry, 1U << 20));  // a cross-linked volume may refuse
    }
}

/// What grows is a volume again, with its old clusters inside the old volume.
void grow(const image::ByteSource& source) {
    const auto growth = grow_fat(source, 64);
    if (!growth.ok() || growth->size > (1U << 20U)) {
        return;
    }
    base::Bytes grown = growth->head;
    const std::uint64_t shown =
        std::min(growth->old_length, source.size() - std::min(source.size(), growth->old_offset));
    ISOLDE_CHECK(growth->old_length < shown + FatGrowth::kAlignment);
    const base::Bytes old = source.read_bytes(growth->old_offset, shown).value();
    grown.insert(grown.end(), old.begin(), old.end());
    ISOLDE_CHECK(grown.size() <= growth->size && growth->size <= kFatSizeLimit + FatGrowth::kAlignment);
    grown.resize(growth->size);
    const image::MemorySource volume(std::move(grown));
    ISOLDE_CHECK(image::FatVolume::open(volume).ok());
}

}  // namespace
}  // namespace isolde::vmedia

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace isolde;
    const auto* bytes = reinterpret_cast<const std::byte*>(data);
    const image::MemorySource source(base::Bytes(bytes, bytes + size));
    auto editor = vmedia::FatEditor::open(source);
    if (!editor.ok()) {
        return 0;
    }
    static_cast<void>(editor->free_space());  // only that it ends
    vmedia::put(*editor, "/EFI/BOOT/grub.cfg", base::Bytes(1500));
    vmedia::put(*editor, "/a new directory/with a long file name.conf", base::Bytes(10));
    vmedia::put(*editor, "/A", {});
    static_cast<void>(editor->append("/EFI/BOOT/grub.cfg", base::Bytes(700), 4));  // a refusal changes nothing
    static_cast<void>(editor->remove("/A"));
    for (const vmedia::ChangedRange& range : editor->changes()) {
        ISOLDE_CHECK(range.offset + range.bytes.size() <= size);
    }
    vmedia::grow(source);
    return 0;
}
