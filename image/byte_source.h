// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bytes at offsets: what every reader of an image works on. A file, memory, or a composed image look the same.
#pragma once

#include "base/encoding.h"
#include "base/files.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace isolde::image {

/// Thread-safe for concurrent reads.
class ByteSource {
  public:
    virtual ~ByteSource() = default;
    virtual std::uint64_t size() const = 0;
    /// Fills `out` from `offset`. Errors: Corrupt when [offset, offset + out.size()) is not inside the source,
    /// Internal.
    virtual base::Result<void> read(std::uint64_t offset, std::span<std::byte> out) const = 0;

    /// `length` bytes from `offset` as a vector; `length` is bounded by the caller.
    base::Result<base::Bytes> read_bytes(std::uint64_t offset, std::uint64_t length) const;
};

/// A regular file, opened once; survives its unlink.
class FileSource final : public ByteSource {
  public:
    static base::Result<std::shared_ptr<const FileSource>> open(const std::string& path);
    std::uint64_t size() const override { return size_; }
    base::Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override;
    int fd() const { return file_.get(); }
    FileSource(base::UniqueFd file, std::uint64_t size) : file_(std::move(file)), size_(size) {}

  private:
    base::UniqueFd file_;
    std::uint64_t size_;
};

class MemorySource final : public ByteSource {
  public:
    explicit MemorySource(base::Bytes bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size() const override { return bytes_.size(); }
    base::Result<void> read(std::uint64_t offset, std::span<std::byte> out) const override;

  private:
    base::Bytes bytes_;
};

}  // namespace isolde::image
