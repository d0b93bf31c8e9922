// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/partition_table.h"

#include "image/fields.h"

#include <algorithm>

namespace isolde::image {
namespace {

constexpr std::uint32_t kMaxGptEntries = 1024;
constexpr std::uint32_t kMaxApmEntries = 64;
constexpr std::uint32_t kMinimumHeader = 92;
constexpr std::uint32_t kMinimumEntry = 128;
constexpr std::uint32_t kMaximumEntry = 4096;
constexpr std::uint8_t kProtective = 0xee;

/// One table for each of four bytes that are taken at once: table k holds what a byte does that k bytes follow.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables make_crc_tables() {
    constexpr std::uint32_t kPolynomial = 0xedb88320;
    CrcTables tables{};
    for (std::uint32_t index = 0; index < 256; ++index) {
        std::uint32_t crc = index;
        for (int bit = 0; bit < 8; ++bit) {
            crc = crc >> 1U ^ ((crc & 1U) != 0 ? kPolynomial : 0);
        }
        tables[0][index] = crc;
    }
    for (std::size_t table = 1; table < tables.size(); ++table) {
        for (std::size_t index = 0; index < 256; ++index) {
            const std::uint32_t before = tables[table - 1][index];
            tables[table][index] = before >> 8U ^ tables[0][before & 0xffU];
        }
    }
    return tables;
}

std::optional<Mbr> parse_mbr(base::ByteView sector) {
    constexpr std::size_t kEntries = 446;
    if (little16(sector, 510) != 0xaa55) {
        return std::nullopt;
    }
    Mbr mbr;
    for (std::uint8_t index = 0; index < 4; ++index) {
        const std::size_t at = kEntries + index * std::size_t{16};
        const std::uint8_t status = field8(sector, at);
        if ((status & 0x7fU) != 0) {
            return std::nullopt;  // A boot sector that is no partition table, such as that of a FAT.
        }
        MbrPartition partition{static_cast<std::uint8_t>(index + 1),
                               status == 0x80,
                               field8(sector, at + 4),
                               little32(sector, at + 8),
                               little32(sector, at + 12),
                               at};
        if (partition.sectors != 0) {
            mbr.protective = mbr.protective || partition.type == kProtective;
            mbr.partitions.push_back(partition);
        }
    }
    return mbr.partitions.empty() ? std::nullopt : std::optional(mbr);
}

Guid guid_at(base::ByteView bytes, std::size_t at) {
    Guid guid;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), guid.bytes.size(), guid.bytes.begin());
    return guid;
}

/// The header's CRC is taken with its own field zeroed.
bool header_crc_matches(base::ByteView sector, std::uint32_t header_size) {
    base::Bytes header(sector.begin(), sector.begin() + header_size);
    std::fill_n(header.begin() + 16, 4, std::byte{0});
    return crc32(header) == little32(sector, 16);
}

std::optional<GptHeader> read_header(const ByteSource& image, std::uint64_t sector_number) {
    if (sector_number > image.size() / kSectorSize) {
        return std::nullopt;
    }
    const auto read = image.read_bytes(sector_number * kSectorSize, kSectorSize);
    if (!read.ok() || !holds(*read, 0, "EFI PART")) {
        return std::nullopt;
    }
    const base::ByteView sector = *read;
    GptHeader header;
    header.offset = sector_number * kSectorSize;
    header.header_size = little32(sector, 12);
    header.own_sector = little64(sector, 24);
    header.alternate_sector = little64(sector, 32);
    header.first_usable = little64(sector, 40);
    header.last_usable = little64(sector, 48);
    header.disk = guid_at(sector, 56);
    header.entries_sector = little64(sector, 72);
    header.entry_count = little32(sector, 80);
    header.entry_size = little32(sector, 84);
    header.header_crc_valid = header.header_size >= kMinimumHeader && header.header_size <= kSectorSize &&
                              header_crc_matches(sector, header.header_size);
    return header;
}

/// The entries' bytes; none when the header's numbers are out of bounds.
base::Bytes read_entries(const ByteSource& image, const GptHeader& header) {
    const bool sound = header.entry_size >= kMinimumEntry && header.entry_size <= kMaximumEntry &&
                       header.entry_count <= kMaxGptEntries && header.entries_sector <= image.size() / kSectorSize;
    const std::uint64_t length = std::uint64_t{header.entry_count} * header.entry_size;
    auto bytes = sound ? image.read_bytes(header.entries_sector * kSectorSize, length)
                       : base::Result<base::Bytes>(base::Bytes{});
    return std::move(bytes).value_or({});
}

GptPartition parse_gpt_entry(base::ByteView entry, std::uint32_t number, std::uint64_t offset) {
    GptPartition partition;
    partition.number = number;
    partition.type = guid_at(entry, 0);
    partition.unique = guid_at(entry, 16);
    partition.first_sector = little64(entry, 32);
    partition.last_sector = little64(entry, 40);
    partition.attributes = little64(entry, 48);
    partition.name = utf16_to_utf8(entry.subspan(56, 72), false);
    partition.name.resize(std::min(partition.name.size(), partition.name.find('\0')));
    partition.entry_offset = offset;
    return partition;
}

/// `entries` are whole, or empty when the header's numbers are out of bounds.
std::vector<GptPartition> parse_gpt_entries(base::ByteView entries, const GptHeader& header) {
    std::vector<GptPartition> partitions;
    std::uint32_t number = 0;
    for (std::size_t at = 0; at < entries.size(); at += header.entry_size) {
        const std::uint64_t offset = header.entries_sector * kSectorSize + at;
        const auto partition = parse_gpt_entry(entries.subspan(at, header.entry_size), ++number, offset);
        if (partition.type != Guid{}) {
            partitions.push_back(partition);
        }
    }
    return partitions;
}

std::optional<GptHeader> read_checked_header(const ByteSource& image, std::uint64_t sector, base::Bytes& entries) {
    auto header = read_header(image, sector);
    if (header) {
        entries = read_entries(image, *header);
        const auto stored = image.read_bytes(header->offset + 88, 4);
        header->entries_crc_valid = !entries.empty() && stored.ok() && crc32(entries) == little32(*stored, 0);
    }
    return header;
}

void note_header(const GptHeader& header, const std::string& which, std::vector<std::string>& notes) {
    if (!header.header_crc_valid) {
        notes.push_back("the " + which + " header's CRC is wrong");
    }
    if (!header.entries_crc_valid) {
        notes.push_back("the CRC of the " + which + " entries is wrong");
    }
}

std::string label(const GptPartition& partition) {
    return "partition " + std::to_string(partition.number);
}

void note_partition(const GptPartition& partition, const GptHeader& header, std::uint64_t sectors,
                    std::vector<std::string>& notes) {
    if (partition.last_sector < partition.first_sector) {
        notes.push_back(label(partition) + " ends before it begins");
    } else if (partition.last_sector >= sectors) {
        notes.push_back(label(partition) + " ends outside the image");
    } else if (partition.first_sector < header.first_usable || partition.last_sector > header.last_usable) {
        notes.push_back(label(partition) + " lies outside the usable sectors");
    }
}

/// Each partition against the one before it by first sector: enough to see whether any two overlap.
void note_overlaps(std::vector<GptPartition> sorted, std::vector<std::string>& notes) {
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.first_sector < b.first_sector; });
    for (std::size_t index = 1; index < sorted.size(); ++index) {
        if (sorted[index].first_sector <= sorted[index - 1].last_sector) {
            notes.push_back("partitions " + std::to_string(sorted[index - 1].number) + " and " +
                            std::to_string(sorted[index].number) + " overlap");
        }
    }
}

std::optional<Gpt> read_gpt(const ByteSource& image) {
    base::Bytes entries;
    const auto primary = read_checked_header(image, 1, entries);
    if (!primary) {
        return std::nullopt;
    }
    Gpt gpt;
    gpt.primary = *primary;
    gpt.partitions = parse_gpt_entries(entries, *primary);
    base::Bytes backup_entries;
    gpt.backup = read_checked_header(image, primary->alternate_sector, backup_entries);
    note_header(*primary, "primary", gpt.irregularities);
    if (gpt.backup) {
        note_header(*gpt.backup, "backup", gpt.irregularities);
    } else {
        gpt.irregularities.push_back("the backup header is missing");
    }
    const std::uint64_t sectors = image.size() / kSectorSize;
    if (primary->alternate_sector + 1 != sectors) {
        gpt.irregularities.push_back("the backup header is not in the last sector");
    }
    for (const auto& partition : gpt.partitions) {
        note_partition(partition, *primary, sectors, gpt.irregularities);
    }
    note_overlaps(gpt.partitions, gpt.irregularities);
    return gpt;
}

std::optional<ApmPartition> parse_apm_entry(base::ByteView entry, std::uint64_t offset) {
    if (!holds(entry, 0, "PM")) {
        return std::nullopt;
    }
    ApmPartition partition;
    partition.first_block = big32(entry, 8);
    partition.blocks = big32(entry, 12);
    partition.name = padded_text(entry, 16, 32);
    partition.name.resize(std::min(partition.name.size(), partition.name.find('\0')));
    partition.type = padded_text(entry, 48, 32);
    partition.type.resize(std::min(partition.type.size(), partition.type.find('\0')));
    partition.entry_offset = offset;
    return partition;
}

/// An isohybrid's sector 0 begins with code that says "ER" and a block size at once (Apple's driver descriptor).
std::uint32_t apm_block_size(base::ByteView sector) {
    const std::uint32_t size = holds(sector, 0, "ER") ? big16(sector, 2) : 0;
    return size == 512 || size == 1024 || size == 2048 || size == 4096 ? size : 0;
}

std::optional<Apm> read_apm(const ByteSource& image, base::ByteView sector) {
    Apm apm;
    apm.block_size = apm_block_size(sector);
    if (apm.block_size == 0) {
        return std::nullopt;
    }
    std::uint32_t count = 1;
    for (std::uint32_t index = 0; index < std::min(count, kMaxApmEntries); ++index) {
        const std::uint64_t offset = (index + std::uint64_t{1}) * apm.block_size;
        const auto entry = image.read_bytes(offset, kSectorSize);
        const auto partition = entry.ok() ? parse_apm_entry(*entry, offset) : std::nullopt;
        if (!partition) {
            break;
        }
        count = big32(*entry, 4);
        apm.partitions.push_back(*partition);
    }
    return apm.partitions.empty() ? std::nullopt : std::optional(apm);
}

}  // namespace

std::uint32_t crc32(base::ByteView bytes) {
    static constexpr auto kTables = make_crc_tables();
    std::uint32_t crc = 0xffffffff;
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        const std::uint32_t low = little32(bytes, at) ^ crc;
        const std::uint32_t high = little32(bytes, at + 4);
        crc = kTables[7][low & 0xffU] ^ kTables[6][low >> 8U & 0xffU] ^ kTables[5][low >> 16U & 0xffU] ^
              kTables[4][low >> 24U] ^ kTables[3][high & 0xffU] ^ kTables[2][high >> 8U & 0xffU] ^
              kTables[1][high >> 16U & 0xffU] ^ kTables[0][high >> 24U];
    }
    for (; at < bytes.size(); ++at) {
        crc = crc >> 8U ^ kTables[0][(crc ^ field8(bytes, at)) & 0xffU];
    }
    return ~crc;
}

std::string to_string(const Guid& guid) {
    constexpr std::size_t kOrder[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string text;
    for (std::size_t index = 0; index < guid.bytes.size(); ++index) {
        if (index == 4 || index == 6 || index == 8 || index == 10) {
            text += '-';
        }
        const auto value = std::to_integer<std::uint8_t>(guid.bytes[kOrder[index]]);
        text += kDigits[value >> 4U];
        text += kDigits[value & 0xfU];
    }
    return text;
}

bool GptPartition::is_efi_system() const {
    return to_string(type) == "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
}

base::Result<PartitionTables> read_partition_tables(const ByteSource& image) {
    PartitionTables tables;
    if (image.size() < kSectorSize) {
        return tables;
    }
    const auto sector = TRY(image.read_bytes(0, kSectorSize));
    tables.mbr = parse_mbr(sector);
    tables.gpt = read_gpt(image);
    tables.apm = read_apm(image, sector);
    return tables;
}

}  // namespace isolde::image
