// SPDX-License-Identifier: GPL-3.0-or-later
//
// Writes ISO 9660 images directly, with whatever a hostile one may claim: names and extents are written as they are
// given, nothing is checked. Files are sparse: an extent that nobody wrote is zeros and takes no room on the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::tests {

/// A file on the disk that is written at offsets.
class SparseFile {
  public:
    explicit SparseFile(const std::string& path);
    SparseFile(const SparseFile&) = delete;
    ~SparseFile();
    void write(std::uint64_t offset, std::string_view bytes) const;
    void resize(std::uint64_t size) const;

  private:
    int fd_;
};

std::string join(std::initializer_list<std::string_view> parts);
/// The fields of `value`, least significant byte first, and both ways as ECMA-119 7.2.3 and 7.3.3 have it.
std::string little(std::uint64_t value, std::size_t size);
std::string both(std::uint32_t value, std::size_t size = 4);

/// Content that stands at a place which the caller chose.
struct Extent {
    std::uint32_t block = 0;
    std::uint32_t size = 0;
};

struct Node {
    std::string name;
    bool directory = false;
    std::string content;           ///< of a file
    std::optional<Extent> extent;  ///< instead of content or children
    std::vector<Node> children = {};
    std::string fields = {};  ///< further system use fields of the record
};

Node file(std::string name, std::string content);
Node directory(std::string name, std::vector<Node> children);

struct IsoShape {
    bool joliet = false;
    /// Instead of the table that belongs to the tree: its bytes, little-endian.
    std::string path_table = {};
    /// The sections of the El Torito catalog, behind the validation entry.
    std::string catalog = {};
    /// The image's size in blocks at least; the volume claims as much.
    std::uint32_t blocks = 0;
};

/// Blocks from here up to 1000 are left to the caller of write_iso.
inline constexpr std::uint32_t kFreeBlocks = 24;

/// A Rock Ridge image of the tree at `root`.
void write_iso(const SparseFile& image, const Node& root, const IsoShape& shape = {});

}  // namespace isolde::tests
