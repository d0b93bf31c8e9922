// SPDX-License-Identifier: GPL-3.0-or-later
//
// Partition tables: MBR, GPT (UEFI specification 5) and Apple partition map. Isohybrid images often carry tables that
// overlap or start at sector 0: those are present and irregular, never a failure. Sectors are 512 bytes.
#pragma once

#include "image/byte_source.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isolde::image {

constexpr std::uint64_t kSectorSize = 512;

struct MbrPartition {
    std::uint8_t number = 0;  ///< 1 to 4
    bool active = false;
    std::uint8_t type = 0;  ///< 0x17 isohybrid, 0xee GPT protective, 0xef EFI system partition, …
    std::uint32_t first_sector = 0;
    std::uint32_t sectors = 0;
    std::uint64_t entry_offset = 0;  ///< of the 16-byte entry: type at +4, first sector at +8, count at +12
};

struct Mbr {
    std::vector<MbrPartition> partitions;  ///< used entries only
    bool protective = false;               ///< one of them has type 0xee
};

/// A GUID as 16 bytes on disk, first three fields little-endian.
struct Guid {
    std::array<std::byte, 16> bytes{};

    bool operator==(const Guid&) const = default;
};
/// "C12A7328-F81F-11D2-BA4B-00A0C93EC93B".
std::string to_string(const Guid& guid);

struct GptPartition {
    std::uint32_t number = 0;  ///< 1-based
    Guid type;
    Guid unique;
    std::uint64_t first_sector = 0;
    std::uint64_t last_sector = 0;  ///< inclusive
    std::uint64_t attributes = 0;
    std::string name;                ///< UTF-8
    std::uint64_t entry_offset = 0;  ///< of the entry in the primary array: first sector at +32, last at +40

    bool is_efi_system() const;
};

struct GptHeader {
    std::uint64_t offset = 0;       ///< of the header; CRC at +16, own sector +24, alternate +32, usable +40 and +48,
                                    ///< entries' sector +72, their CRC +88
    std::uint32_t header_size = 0;  ///< bytes covered by the header's CRC
    std::uint64_t own_sector = 0;
    std::uint64_t alternate_sector = 0;
    std::uint64_t first_usable = 0;
    std::uint64_t last_usable = 0;
    Guid disk;
    std::uint64_t entries_sector = 0;
    std::uint32_t entry_count = 0;
    std::uint32_t entry_size = 0;
    bool header_crc_valid = false;
    bool entries_crc_valid = false;
};

struct Gpt {
    GptHeader primary;
    std::optional<GptHeader> backup;  ///< where the primary says it is
    std::vector<GptPartition> partitions;
    /// What a strict reader would object to: "partitions 1 and 2 overlap", "the backup header is missing", …
    std::vector<std::string> irregularities;
};

struct ApmPartition {
    std::string name;
    std::string type;               ///< "Apple_HFS"
    std::uint32_t first_block = 0;  ///< of Apm::block_size bytes
    std::uint32_t blocks = 0;
    std::uint64_t entry_offset = 0;
};

struct Apm {
    std::uint32_t block_size = 0;
    std::vector<ApmPartition> partitions;
};

struct PartitionTables {
    std::optional<Mbr> mbr;
    std::optional<Gpt> gpt;
    std::optional<Apm> apm;
};

/// Reads what is there. A table whose own numbers lead outside the image is left out or listed under irregularities.
/// At most 1024 GPT and 64 Apple entries are read. Errors: Internal (the source cannot be read).
base::Result<PartitionTables> read_partition_tables(const ByteSource& image);

/// CRC-32 (IEEE 802.3), as GPT has it.
std::uint32_t crc32(base::ByteView bytes);

}  // namespace isolde::image
