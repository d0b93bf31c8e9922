// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/pe.h"

#include "image/fields.h"

#include <algorithm>

namespace isolde::image {
namespace {

constexpr std::uint64_t kHeaderLimit = 1U << 20;
constexpr std::uint16_t kMaxSections = 96;  // of the specification
constexpr std::size_t kDosHeader = 64;
constexpr std::size_t kFileHeader = 24;  // signature and COFF header
constexpr std::size_t kSectionHeader = 40;
constexpr std::uint16_t kPe32 = 0x10b;
constexpr std::uint16_t kPe32Plus = 0x20b;
constexpr std::size_t kCertificateTable = 4;  // index of the data directory

/// The certificate table's entry of the data directories, where the optional header has one.
bool has_certificates(base::ByteView optional) {
    const std::uint16_t magic = optional.size() >= 2 ? little16(optional, 0) : 0;
    const std::size_t directories = magic == kPe32Plus ? 112 : 96;
    const std::size_t entry = directories + kCertificateTable * 8;
    const bool known = magic == kPe32 || magic == kPe32Plus;
    return known && optional.size() >= entry + 8 && little32(optional, directories - 4) > kCertificateTable &&
           little32(optional, entry + 4) != 0;
}

PeSection read_section(base::ByteView header) {
    PeSection section;
    section.name = text_field(header, 0, 8);
    section.name.erase(std::min(section.name.find('\0'), section.name.size()));
    section.size = std::min(little32(header, 8), little32(header, 16));  // without what pads it in the file
    section.offset = little32(header, 20);
    return section;
}

}  // namespace

const PeSection* PeProgram::section(std::string_view name) const {
    const auto found =
        std::find_if(sections.begin(), sections.end(), [&](const PeSection& each) { return each.name == name; });
    return found == sections.end() ? nullptr : &*found;
}

base::Result<PeProgram> read_pe(const ByteSource& program) {
    const auto dos = program.size() < kDosHeader ? base::Bytes() : TRY(program.read_bytes(0, kDosHeader));
    if (!holds(dos, 0, "MZ")) {
        return base::unsupported("no PE program: it does not begin with \"MZ\"");
    }
    const std::uint64_t start = little32(dos, 60);
    if (start > kHeaderLimit || start + kFileHeader > program.size()) {
        return base::corrupt("PE: the header at byte " + std::to_string(start) + " is not inside the program");
    }
    const auto header = TRY(program.read_bytes(start, kFileHeader));
    if (!holds(header, 0, std::string_view("PE\0\0", 4))) {
        return base::unsupported("no PE program: no signature at byte " + std::to_string(start));
    }
    const std::uint16_t count = little16(header, 6);
    const std::size_t optional_size = little16(header, 20);
    const std::uint64_t length = optional_size + std::uint64_t{count} * kSectionHeader;
    if (count > kMaxSections || start + kFileHeader + length > program.size()) {
        return base::corrupt("PE: " + std::to_string(count) +
                             " section headers are too many or not inside the program");
    }
    const auto rest = TRY(program.read_bytes(start + kFileHeader, length));
    const base::ByteView view = rest;
    PeProgram result;
    result.is_signed = has_certificates(view.first(optional_size));
    for (std::size_t i = 0; i < count; ++i) {
        result.sections.push_back(read_section(view.subspan(optional_size + i * kSectionHeader, kSectionHeader)));
    }
    return result;
}

}  // namespace isolde::image
