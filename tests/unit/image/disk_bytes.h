// SPDX-License-Identifier: GPL-3.0-or-later
//
// Images made by hand, byte for byte, so that each field can be spoiled on its own.
#pragma once

#include "image/byte_source.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace isolde::image::tests {

/// Bytes with a pen.
class DiskBytes {
  public:
    explicit DiskBytes(std::size_t size) : bytes_(size) {}

    void put8(std::size_t at, unsigned value) { bytes_.at(at) = static_cast<std::byte>(value); }
    void put16(std::size_t at, unsigned value) {
        put8(at, value & 0xffU);
        put8(at + 1, value >> 8U & 0xffU);
    }
    void put32(std::size_t at, std::uint64_t value) {
        put16(at, static_cast<unsigned>(value & 0xffffU));
        put16(at + 2, static_cast<unsigned>(value >> 16U & 0xffffU));
    }
    void put64(std::size_t at, std::uint64_t value) {
        put32(at, value & 0xffffffffU);
        put32(at + 4, value >> 32U);
    }
    /// Both-endian fields of ECMA-119: only the little half, which is what readers believe.
    void put_text(std::size_t at, std::string_view text) {
        for (const char letter : text) {
            put8(at++, static_cast<unsigned char>(letter));
        }
    }
    void resize(std::size_t size) { bytes_.resize(size); }
    std::size_t size() const { return bytes_.size(); }
    base::ByteView view(std::size_t at, std::size_t length) const { return base::ByteView(bytes_).subspan(at, length); }
    MemorySource source() const { return MemorySource(bytes_); }

  private:
    base::Bytes bytes_;
};

constexpr std::size_t kBlock = 2048;

/// Writes one directory record and returns where the next one goes.
inline std::size_t put_record(DiskBytes& disk, std::size_t at, std::string_view identifier, unsigned block,
                              std::uint64_t size, unsigned flags, std::string_view system_use = "") {
    const std::size_t padded = 33 + identifier.size() + (identifier.size() % 2 == 0 ? 1 : 0);
    const std::size_t length = padded + system_use.size() + system_use.size() % 2;
    disk.put8(at, static_cast<unsigned>(length));
    disk.put32(at + 2, block);
    disk.put32(at + 10, size);
    disk.put8(at + 25, flags);
    disk.put8(at + 32, static_cast<unsigned>(identifier.size()));
    disk.put_text(at + 33, identifier);
    disk.put_text(at + padded, system_use);
    return at + length;
}

/// Offsets of the records of small_iso().
struct SmallIso {
    DiskBytes disk{40 * kBlock};
    static constexpr std::size_t kPrimary = 16 * kBlock;
    static constexpr std::size_t kRoot = 20 * kBlock;
    static constexpr std::size_t kSub = 21 * kBlock;
    std::size_t file = 0;       ///< "A.TXT;1" in the root
    std::size_t directory = 0;  ///< "SUB" in the root
    std::size_t root_end = 0;   ///< behind the root's last record
    std::size_t inner = 0;      ///< "B.TXT;1" in SUB
};

/// /A.TXT ("hello", block 30) and /SUB/B.TXT ("bye", block 31). With `rock_ridge`: the root announces it.
inline SmallIso small_iso(bool rock_ridge = false) {
    using namespace std::string_view_literals;
    SmallIso iso;
    DiskBytes& disk = iso.disk;
    disk.put8(SmallIso::kPrimary, 1);
    disk.put_text(SmallIso::kPrimary + 1, "CD001\x01");
    disk.put_text(SmallIso::kPrimary + 40, "SMALL                           ");
    disk.put32(SmallIso::kPrimary + 80, 40);
    disk.put16(SmallIso::kPrimary + 128, kBlock);
    put_record(disk, SmallIso::kPrimary + 156, "\0"sv, 20, kBlock, 2);
    disk.put8(17 * kBlock, 255);
    disk.put_text(17 * kBlock + 1, "CD001\x01");
    std::string announcement;
    if (rock_ridge) {
        announcement = "SP\x07\x01\xbe\xef\0PX\x24\x01"sv;
        announcement.resize(7 + 36);
    }
    std::size_t at = put_record(disk, SmallIso::kRoot, "\0"sv, 20, kBlock, 2, announcement);
    iso.file = put_record(disk, at, "\1"sv, 20, kBlock, 2);
    iso.directory = put_record(disk, iso.file, "A.TXT;1", 30, 5, 0);
    iso.root_end = put_record(disk, iso.directory, "SUB", 21, kBlock, 2);
    at = put_record(disk, SmallIso::kSub, "\0"sv, 21, kBlock, 2);
    iso.inner = put_record(disk, at, "\1"sv, 20, kBlock, 2);
    put_record(disk, iso.inner, "B.TXT;1", 31, 3, 0);
    disk.put_text(30 * kBlock, "hello");
    disk.put_text(31 * kBlock, "bye");
    return iso;
}

/// Offsets of small_fat(): FAT12, 512-byte clusters, one reserved sector, two FATs of 2 sectors, 16 root entries.
struct SmallFat {
    DiskBytes disk{200 * 512};
    static constexpr std::size_t kFat = 512;
    static constexpr std::size_t kRoot = 5 * 512;
    static constexpr std::size_t kData = 6 * 512;

    void put_fat_entry(unsigned cluster, unsigned value) {
        const std::size_t at = kFat + cluster * 3 / 2;
        const unsigned old =
            std::to_integer<unsigned>(disk.view(at, 1)[0]) | std::to_integer<unsigned>(disk.view(at + 1, 1)[0]) << 8U;
        disk.put16(at, cluster % 2 == 1 ? (old & 0xfU) | value << 4U : (old & 0xf000U) | value);
    }
    void put_entry(std::size_t at, std::string_view name, unsigned attributes, unsigned cluster, std::uint64_t size) {
        disk.put_text(at, name);
        disk.put8(at + 11, attributes);
        disk.put16(at + 26, cluster);
        disk.put32(at + 28, size);
    }
};

/// /A.CFG (700 bytes, clusters 2 and 4) and /DIR (cluster 3) with DIR/B.TXT (3 bytes, cluster 5).
inline SmallFat small_fat() {
    SmallFat fat;
    DiskBytes& disk = fat.disk;
    disk.put_text(0, "\xeb\x3c\x90mkfs.fat");
    disk.put16(11, 512);
    disk.put8(13, 1);
    disk.put16(14, 1);
    disk.put8(16, 2);
    disk.put16(17, 16);
    disk.put16(19, 200);
    disk.put8(21, 0xf8);
    disk.put16(22, 2);
    disk.put16(510, 0xaa55);
    fat.put_fat_entry(2, 4);
    fat.put_fat_entry(4, 0xfff);
    fat.put_fat_entry(3, 0xfff);
    fat.put_fat_entry(5, 0xfff);
    fat.put_entry(SmallFat::kRoot, "A       CFG", 0x20, 2, 700);
    fat.put_entry(SmallFat::kRoot + 32, "DIR        ", 0x10, 3, 0);
    fat.put_entry(SmallFat::kData + 512, "B       TXT", 0x20, 5, 3);
    disk.put_text(SmallFat::kData + 3 * 512, "bye");
    return fat;
}

}  // namespace isolde::image::tests
