// SPDX-License-Identifier: GPL-3.0-or-later
//
// PE executables, as EFI programs are: their sections and whether they are signed (Microsoft PE/COFF specification).
// Headers only; nothing is run and no signature is checked.
#pragma once

#include "image/byte_source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isolde::image {

struct PeSection {
    std::string name;          ///< ".linux", at most 8 bytes
    std::uint64_t offset = 0;  ///< in the file
    std::uint64_t size = 0;
};

struct PeProgram {
    std::vector<PeSection> sections;
    bool is_signed = false;  ///< it has a certificate table (Authenticode, as Secure Boot wants it)

    /// Null when there is none of that name.
    const PeSection* section(std::string_view name) const;
    /// True for a unified kernel image: Linux with its command line and initrd in sections of one EFI program (UAPI
    /// specification "Unified Kernel Image").
    bool is_unified_kernel() const { return section(".linux") != nullptr; }
};

/// Reads at most 96 section headers within the first MiB. Errors: Unsupported (no PE program), Corrupt (a header that
/// reaches beyond the end).
base::Result<PeProgram> read_pe(const ByteSource& program);

}  // namespace isolde::image
