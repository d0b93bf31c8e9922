// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/byte_source.h"

#include <sys/stat.h>
#include <algorithm>
#include <cerrno>

namespace isolde::image {
namespace {

base::Result<void> check_range(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
    if (offset > size || length > size - offset) {
        return base::corrupt("bytes " + std::to_string(offset) + " to " + std::to_string(offset + length) +
                             " lie outside the image of " + std::to_string(size) + " bytes");
    }
    return {};
}

}  // namespace

base::Result<base::Bytes> ByteSource::read_bytes(std::uint64_t offset, std::uint64_t length) const {
    TRY(check_range(offset, length, size()));
    base::Bytes bytes(length);
    TRY(read(offset, bytes));
    return bytes;
}

base::Result<std::shared_ptr<const FileSource>> FileSource::open(const std::string& path) {
    base::UniqueFd file = TRY(base::open_for_reading(path));
    struct stat status {};
    if (::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
        return base::from_errno("reading " + path, EISDIR);
    }
    const auto size = TRY(base::size_of(file));
    return std::make_shared<const FileSource>(std::move(file), size.bytes());
}

base::Result<void> FileSource::read(std::uint64_t offset, std::span<std::byte> out) const {
    TRY(check_range(offset, out.size(), size_));
    return base::read_exactly(file_.get(), offset, out);
}

base::Result<void> MemorySource::read(std::uint64_t offset, std::span<std::byte> out) const {
    TRY(check_range(offset, out.size(), bytes_.size()));
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return {};
}

}  // namespace isolde::image
