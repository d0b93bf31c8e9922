// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/tiny_iso.h"

#include "http/message.h"

#include <algorithm>

namespace isolde::emulator {
namespace {

using base::Bytes;
using base::ByteView;
using base::Result;

constexpr std::uint64_t kSector = 2048;
constexpr std::uint64_t kVirtualSector = 512;  // El Torito counts boot images in these
constexpr std::uint64_t kFirstDescriptor = 16;
constexpr std::uint64_t kDescriptorsRead = 32;
constexpr std::uint64_t kLargestDirectory = std::uint64_t{1} << 20U;
constexpr std::uint64_t kLargestBootImage = std::uint64_t{64} << 20U;

unsigned byte_at(ByteView bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes[at]);
}
std::uint64_t little16(ByteView bytes, std::size_t at) {
    return byte_at(bytes, at) | byte_at(bytes, at + 1) << 8U;
}
std::uint64_t little32(ByteView bytes, std::size_t at) {
    return little16(bytes, at) | little16(bytes, at + 2) << 16U;
}

/// The Rock Ridge name (entries "NM") in a system use area; empty where there is none.
std::string rock_ridge_name(ByteView system_use) {
    std::string name;
    while (system_use.size() >= 5) {
        const std::size_t length = byte_at(system_use, 2);
        if (length < 4 || length > system_use.size()) {
            break;
        }
        const ByteView entry = system_use.first(length);
        if (byte_at(entry, 0) == 'N' && byte_at(entry, 1) == 'M' && length > 5) {
            name += base::as_text(entry.subspan(5));
        }
        system_use = system_use.subspan(length);
    }
    return name;
}

/// "FILE.TXT;1" → "FILE.TXT", "FILE.;1" → "FILE".
std::string plain_name(std::string_view identifier) {
    identifier = identifier.substr(0, identifier.find(';'));
    if (identifier.ends_with('.')) {
        identifier.remove_suffix(1);
    }
    return std::string(identifier);
}

}  // namespace

Result<TinyIso> TinyIso::open(ImageReader& image) {
    Extent root;
    std::uint64_t catalog = 0;
    for (std::uint64_t index = 0; index < kDescriptorsRead; ++index) {
        const Bytes sector = TRY(image.read((kFirstDescriptor + index) * kSector, kSector));
        if (base::as_text(ByteView(sector).subspan(1, 5)) != "CD001") {
            break;
        }
        const unsigned type = byte_at(sector, 0);
        if (type == 255) {
            break;
        }
        if (type == 1 && root.length == 0) {
            // ECMA-119 8.4.18: the directory record of the root at byte 156.
            root = {little32(sector, 156 + 2) * kSector, little32(sector, 156 + 10)};
        } else if (type == 0 && base::as_text(ByteView(sector).subspan(7, 23)) == "EL TORITO SPECIFICATION") {
            catalog = little32(sector, 71) * kSector;
        }
    }
    if (root.length == 0) {
        return base::corrupt("the medium has no ISO 9660 volume descriptor");
    }
    return TinyIso(image, root, catalog);
}

Result<Extent> TinyIso::boot_image(BootMode mode) {
    if (catalog_ == 0) {
        return base::not_found("the medium has no boot catalog");
    }
    const Bytes catalog = TRY(image_->read(catalog_, kSector));
    if (byte_at(catalog, 0) != 1 || byte_at(catalog, 30) != 0x55 || byte_at(catalog, 31) != 0xaa) {
        return base::corrupt("the boot catalog has no validation entry");
    }
    constexpr std::size_t kEntry = 32;
    constexpr unsigned kEfi = 0xef;
    unsigned platform = byte_at(catalog, 1);
    for (std::size_t at = kEntry; at + kEntry <= catalog.size(); at += kEntry) {
        const unsigned indicator = byte_at(catalog, at);
        if (indicator == 0x90 || indicator == 0x91) {
            platform = byte_at(catalog, at + 1);
        } else if (indicator == 0x88 && (platform == kEfi) == (mode == BootMode::Uefi)) {
            const Extent image{little32(catalog, at + 8) * kSector, little16(catalog, at + 6) * kVirtualSector};
            return with_firmware_size(image, mode);
        } else if (indicator == 0 && at > kEntry) {
            break;
        }
    }
    return base::not_found("the boot catalog has no bootable entry for " + std::string(to_string(mode)));
}

/// An EFI image is as large as its FAT says, for its sector count in the catalog is often 0, 1 or cut to 16 bits. A
/// BIOS image is the file that starts there, of which the firmware loads the first sectors and the loader the rest.
Result<Extent> TinyIso::with_firmware_size(Extent image, BootMode mode) {
    if (mode == BootMode::Legacy) {
        const auto file = file_at(image.offset);
        return file.ok() ? *file : Extent{image.offset, std::max(image.length, kSector)};
    }
    const Bytes boot_sector = TRY(image_->read(image.offset, kVirtualSector));
    const std::uint64_t sector = little16(boot_sector, 11);
    const std::uint64_t small = little16(boot_sector, 19);
    const std::uint64_t sectors = small != 0 ? small : little32(boot_sector, 32);
    const bool fat = byte_at(boot_sector, 510) == 0x55 && byte_at(boot_sector, 511) == 0xaa;
    if (!fat || sector < 512 || sector > 4096 || sectors == 0 || sectors * sector > kLargestBootImage) {
        return base::corrupt("the EFI boot image is no FAT of at most 64 MiB");
    }
    return Extent{image.offset, sectors * sector};
}

Result<std::vector<TinyIso::Entry>> TinyIso::list(Extent directory) {
    const Bytes bytes = TRY(image_->read(directory.offset, std::min(directory.length, kLargestDirectory)));
    const ByteView view = bytes;
    std::vector<Entry> entries;
    std::size_t at = 0;
    while (at < view.size()) {
        const std::size_t length = byte_at(view, at);
        if (length == 0) {  // records do not cross sectors
            at = (at / kSector + 1) * kSector;
            continue;
        }
        constexpr std::size_t kFixed = 33;
        if (length < kFixed + 1 || at + length > view.size()) {
            return base::corrupt("a directory record at byte " + std::to_string(directory.offset + at) + " is broken");
        }
        const ByteView record = view.subspan(at, length);
        const std::size_t name_length = byte_at(record, 32);
        if (kFixed + name_length > length) {
            return base::corrupt("a directory record at byte " + std::to_string(directory.offset + at) + " is broken");
        }
        const std::string_view identifier = base::as_text(record.subspan(kFixed, name_length));
        const std::size_t system_use = std::min(length, kFixed + name_length + (name_length % 2 == 0 ? 1U : 0U));
        const std::string long_name = rock_ridge_name(record.subspan(system_use));
        if (identifier != std::string_view("\0", 1) && identifier != "\1") {
            entries.push_back({long_name.empty() ? plain_name(identifier) : long_name,
                               {little32(record, 2) * kSector, little32(record, 10)},
                               (byte_at(record, 25) & 2U) != 0});
        }
        at += length;
    }
    return entries;
}

Result<TinyIso::Entry> TinyIso::lookup(const std::string& path) {
    Entry current{"", root_, true};
    std::size_t begin = 0;
    while (begin < path.size()) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string part = path.substr(begin, end - begin);
        begin = end + 1;
        if (part.empty() || part == ".") {
            continue;
        }
        const std::vector<Entry> entries = TRY(list(current.extent));
        const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
            return http::equal_ignoring_case(entry.name, part);
        });
        if (!current.directory || found == entries.end()) {
            return base::not_found("the medium has no " + path);
        }
        current = *found;
    }
    return current;
}

Result<Extent> TinyIso::find(const std::string& path) {
    const Entry entry = TRY(lookup(path));
    if (entry.directory) {
        return base::not_found(path + " is a directory");
    }
    return entry.extent;
}

Result<Extent> TinyIso::file_at(std::uint64_t offset) {
    for (const std::string directory : {"isolinux", "boot/isolinux", "syslinux", "boot", "boot/grub/i386-pc",
                                        "boot/grub", "images", "arch/boot/syslinux", "boot/x86_64/loader", "/"}) {
        const auto entry = lookup(directory);
        const auto entries = entry.ok() ? list(entry->extent) : Result<std::vector<Entry>>(entry.error());
        if (!entries.ok()) {
            continue;
        }
        for (const Entry& file : *entries) {
            if (!file.directory && file.extent.offset == offset && file.extent.length <= kLargestBootImage) {
                return file.extent;
            }
        }
    }
    return base::not_found("no file starts there");
}

Result<Bytes> TinyIso::read(Extent extent) {
    return image_->read(extent.offset, extent.length);
}

std::vector<std::string> TinyIso::names_in(const std::string& directory) {
    std::vector<std::string> names;
    const auto entry = lookup(directory);
    const auto entries = entry.ok() ? list(entry->extent) : Result<std::vector<Entry>>(entry.error());
    if (entries.ok()) {
        for (const Entry& file : *entries) {
            if (!file.directory) {
                names.push_back(file.name);
            }
        }
    }
    return names;
}

}  // namespace isolde::emulator
