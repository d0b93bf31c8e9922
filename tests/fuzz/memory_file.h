// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files that are nowhere but in memory: what composes wants a file, and what restores writes one.
#pragma once

#include "base/check.h"
#include "image/byte_source.h"

#include <sys/mman.h>
#include <memory>
#include <string>

namespace isolde::image::fuzz {

inline base::UniqueFd new_memory_file() {
    base::UniqueFd file(::memfd_create("fuzz", MFD_CLOEXEC));
    ISOLDE_CHECK(file.get() >= 0);
    return file;
}

inline std::string path_of(const base::UniqueFd& file) {
    return "/proc/self/fd/" + std::to_string(file.get());
}

/// `content` as a file.
inline std::shared_ptr<const FileSource> memory_file(const base::Bytes& content) {
    base::UniqueFd file = new_memory_file();
    ISOLDE_CHECK(base::write_exactly(file.get(), 0, content).ok());
    return std::make_shared<const FileSource>(std::move(file), content.size());
}

}  // namespace isolde::image::fuzz
