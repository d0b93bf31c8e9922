// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/el_torito.h"

#include "image/fields.h"

namespace isolde::image {
namespace {

constexpr std::uint64_t kBlock = 2048;
constexpr std::size_t kEntry = 32;

enum HeaderId : std::uint8_t {
    kValidation = 0x01,
    kExtension = 0x44,
    kBootable = 0x88,
    kHeader = 0x90,
    kLastHeader = 0x91
};

/// The sixteen-bit words of a sound validation entry add up to zero.
bool checksum_holds(base::ByteView entry) {
    std::uint16_t sum = 0;
    for (std::size_t at = 0; at < kEntry; at += 2) {
        sum = static_cast<std::uint16_t>(sum + little16(entry, at));
    }
    return sum == 0;
}

BootEntry parse_entry(base::ByteView bytes, std::uint8_t platform, std::uint64_t offset) {
    BootEntry entry;
    entry.platform = platform;
    entry.bootable = field8(bytes, 0) == kBootable;
    entry.media = field8(bytes, 1) & 0xfU;
    entry.load_segment = little16(bytes, 2);
    entry.sector_count = little16(bytes, 6);
    entry.load_block = little32(bytes, 8);
    entry.offset = offset;
    return entry;
}

/// Reads sections until the last one ends, the block ends, or bytes follow that are no section.
class SectionReader {
  public:
    SectionReader(base::ByteView catalog, std::uint64_t start, BootCatalog& out)
        : catalog_(catalog), start_(start), out_(out) {}

    void run() {
        at_ = 2 * kEntry;
        while (has_entry()) {
            const std::uint8_t id = field8(catalog_, at_);
            if (id != kHeader && id != kLastHeader) {
                return;
            }
            read_section();
            if (id == kLastHeader) {
                return;
            }
        }
    }

  private:
    bool has_entry() const { return at_ + kEntry <= catalog_.size(); }

    void read_section() {
        const std::uint8_t platform = field8(catalog_, at_ + 1);
        const std::uint16_t count = little16(catalog_, at_ + 2);
        at_ += kEntry;
        for (std::uint16_t index = 0; index < count && has_entry(); ++index) {
            out_.entries.push_back(parse_entry(catalog_.subspan(at_, kEntry), platform, start_ + at_));
            at_ += kEntry;
            skip_extensions();
        }
    }

    void skip_extensions() {
        while (has_entry() && field8(catalog_, at_) == kExtension) {
            at_ += kEntry;
        }
    }

    base::ByteView catalog_;
    std::uint64_t start_;
    BootCatalog& out_;
    std::size_t at_ = 0;
};

}  // namespace

base::Result<BootCatalog> read_boot_catalog(const ByteSource& image, std::uint32_t block) {
    const std::uint64_t start = block * kBlock;
    const auto bytes = TRY(image.read_bytes(start, kBlock).with_context("reading the El Torito boot catalog"));
    const base::ByteView catalog = bytes;
    if (field8(catalog, 0) != kValidation || field8(catalog, 30) != 0x55 || field8(catalog, 31) != 0xaa) {
        return base::corrupt("there is no El Torito boot catalog at block " + std::to_string(block) +
                             ", where the boot record says it is");
    }
    BootCatalog result;
    result.block = block;
    result.id = padded_text(catalog, 4, 24);
    result.checksum_valid = checksum_holds(catalog);
    result.entries.push_back(parse_entry(catalog.subspan(kEntry, kEntry), field8(catalog, 1), start + kEntry));
    SectionReader(catalog, start, result).run();
    return result;
}

}  // namespace isolde::image
