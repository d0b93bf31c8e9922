// SPDX-License-Identifier: GPL-3.0-or-later
//
// ISO 9660 (ECMA-119) volumes: their descriptors, the directory trees that these lead to, and each directory record
// with its place in the image, so that an editor can patch it. An image may hold up to six trees of the same files: the
// primary (with Rock Ridge or without), Joliet, ISO 9660:1999, and the twins of these in the first partition of images
// made with xorriso's -partition_offset. A tree is a value that every function here takes.
//
// Block numbers are as the medium records them, 2048 bytes each, and relative to the tree's `base_block`.
// Offsets are bytes from the start of the image. Little-endian halves of both-endian fields are believed.
// Thread-safe: functions over a ByteSource, no state.
#pragma once

#include "image/byte_source.h"
#include "image/rock_ridge.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::image {

struct PartitionTables;

constexpr std::uint64_t kIsoBlockSize = 2048;

/// Bounds on what a hostile image can cost. Passing one is Exhausted.
struct IsoLimits {
    std::uint64_t directory_bytes = 64U << 20U;         ///< one directory
    std::uint32_t directory_entries = 120'000;          ///< one directory
    std::uint64_t total_directory_bytes = 256U << 20U;  ///< all directories of a walk
    std::uint32_t total_entries = 500'000;              ///< all entries of a walk
    std::uint64_t total_path_bytes = 64U << 20U;        ///< paths of all entries of a walk
    std::uint32_t depth = 64;                           ///< directories above an entry
    std::uint32_t path_table_bytes = 16U << 20U;        ///< one path table
    std::uint32_t path_table_records = 65'535;          ///< parents are numbered in 16 bits
    std::uint32_t looked_up_entries = 1'000'000;        ///< read by one IsoLookup
};

enum class TreeKind : std::uint8_t { Primary, Joliet, Enhanced };

/// One directory record (ECMA-119 9.1), without its identifier.
struct DirectoryRecord {
    std::uint64_t offset =
        0;  ///< of its first byte; extent is at +2 (LE) and +6 (BE), size at +10 and +14, flags at +25
    std::uint8_t length = 0;  ///< of the record, bytes
    std::uint32_t block = 0;  ///< first block of the extent, before any extended attribute record; tree-relative
    std::uint32_t size = 0;   ///< of this section's data, bytes
    std::uint8_t extended_blocks = 0;  ///< extended attribute record length, blocks at the start of the extent
    std::uint8_t flags = 0;            ///< FileFlag bits
    std::uint8_t interleave = 0;  ///< file unit size; not 0: the content is interleaved, which no function here reads
    std::uint64_t system_use_offset = 0;  ///< of the system use area, LEN_SKP bytes not skipped
    std::uint8_t system_use_length = 0;

    bool operator==(const DirectoryRecord&) const = default;
};

enum FileFlag : std::uint8_t {
    kFlagHidden = 1,
    kFlagDirectory = 2,
    kFlagAssociated = 4,
    kFlagMultiExtent = 128,  ///< more sections of this file follow
};

/// Where a directory's records are. The extent of a directory is always one section.
struct DirectoryLocation {
    std::uint32_t block = 0;  ///< tree-relative, past any extended attribute record
    std::uint32_t size = 0;   ///< bytes, a multiple of 2048 on sound media

    bool operator==(const DirectoryLocation&) const = default;
};

/// A directory tree and the volume descriptor that leads to it.
struct IsoTree {
    TreeKind kind = TreeKind::Primary;
    bool twin = false;                    ///< belongs to the partition twin
    std::uint32_t base_block = 0;         ///< added to every block number of this tree; 0 unless twin
    std::uint64_t descriptor_offset = 0;  ///< of the 2048-byte volume descriptor
    std::string volume_id;                ///< UTF-8, without padding
    std::uint32_t volume_blocks = 0;      ///< volume space size (descriptor +80 LE, +84 BE), relative to base_block
    std::uint32_t path_table_size = 0;    ///< bytes (descriptor +132 LE, +136 BE)
    std::uint32_t path_table_little = 0;  ///< block of type L table (descriptor +140, LE only)
    std::uint32_t path_table_little_optional = 0;  ///< descriptor +144; 0: none
    std::uint32_t path_table_big = 0;              ///< block of type M table (descriptor +148, BE only)
    std::uint32_t path_table_big_optional = 0;     ///< descriptor +152; 0: none
    DirectoryRecord root;                          ///< the 34-byte record inside the descriptor (+156)
    RockRidge rock_ridge;
    /// True when the first file that is found carries ";1" (or none is found soon): what a new record should do.
    bool version_suffix = true;

    DirectoryLocation root_location() const { return {root.block + root.extended_blocks, root.size}; }
    /// Byte offset of tree-relative block `block`.
    std::uint64_t offset_of(std::uint64_t block) const { return (base_block + block) * kIsoBlockSize; }
};

/// "joliet", "primary, twin": for messages.
std::string to_string(const IsoTree& tree);

/// What the volume descriptors say.
struct IsoVolume {
    std::vector<IsoTree> trees;                 ///< primary first, then as recorded, then the twin's in the same order
    std::uint32_t descriptor_count = 0;         ///< of the main set, terminator included
    std::optional<std::uint32_t> boot_catalog;  ///< block of the El Torito boot catalog
    std::uint64_t boot_record_offset = 0;       ///< of the boot record descriptor; catalog block at +71 (LE)
    std::string modification_date;              ///< 16 digits of the primary descriptor (+830): the UUID of Linux
    std::optional<std::uint32_t> twin_partition;  ///< P: base_block of the twin's trees

    const IsoTree& primary() const { return trees.front(); }
};

/// True when "CD001" stands at block 16.
bool is_iso9660(const ByteSource& image);

/// Reads descriptors (at most 64 of them), detects twin and Rock Ridge.
/// Errors: Unsupported (no ISO 9660 image, or logical blocks that are not 2048 bytes), Corrupt (a descriptor that
/// contradicts itself or the image's size; the message names the descriptor's byte offset).
base::Result<IsoVolume> read_iso9660(const ByteSource& image);
/// The same for those who have read the image's partition tables.
base::Result<IsoVolume> read_iso9660(const ByteSource& image, const PartitionTables& tables);

enum class IsoEntryType : std::uint8_t { File, Directory, Symlink, Special };

/// One name in a directory. A file of several sections (multi-extent, above 4 GiB) has several records, in order.
struct IsoEntry {
    std::string name;        ///< Rock Ridge's, else the identifier in UTF-8 without version, and without a trailing '.'
    std::string identifier;  ///< as recorded: bytes, UCS-2BE for Joliet
    bool version_suffix = false;  ///< the identifier ends in ";" and a number
    IsoEntryType type = IsoEntryType::File;
    std::vector<DirectoryRecord> records;  ///< at least one
    SystemUse system_use;                  ///< of the first record; empty without Rock Ridge
    /// For a directory: where its records are. For one moved by Rock Ridge (CL) that is the true place.
    DirectoryLocation location;

    std::uint64_t size() const;
    const DirectoryRecord& record() const { return records.front(); }
    bool is_directory() const { return type == IsoEntryType::Directory; }
};

struct IsoDirectory {
    DirectoryLocation location;
    IsoEntry self;                  ///< "."
    IsoEntry parent;                ///< ".."
    std::vector<IsoEntry> entries;  ///< in the order of the medium, associated files left out
    std::uint32_t used = 0;         ///< bytes up to the end of the last record; beyond it the extent is free
};

/// All of one directory. Errors: Corrupt (a record that is cut, crosses a block or has no "." and ".." before it; the
/// message names its byte offset), Exhausted (IsoLimits).
base::Result<IsoDirectory> read_directory(const ByteSource& image, const IsoTree& tree, DirectoryLocation location,
                                          const IsoLimits& limits = {});

/// An entry and where the directory is that holds it.
struct IsoMatch {
    IsoEntry entry;
    DirectoryLocation directory;
};

/// Looks `path` up ('/'-separated, with or without a leading '/'). With Rock Ridge names match exactly, in Joliet
/// exactly and else ignoring case, in plain ISO 9660 ignoring case. Symbolic links are not followed. For "/" the entry
/// is the root's "." record. Errors: NotFound naming path and tree, else as read_directory.
base::Result<IsoMatch> find(const ByteSource& image, const IsoTree& tree, std::string_view path,
                            const IsoLimits& limits = {});

/// Looks up many paths of one tree. Each directory is gone through once, for an index of its names; an entry that is
/// found is read where it is, so that it is as it stands now. Not thread-safe; image and tree must outlive it.
class IsoLookup {
  public:
    IsoLookup(const ByteSource& image, const IsoTree& tree, const IsoLimits& limits = {});
    ~IsoLookup();
    IsoLookup(const IsoLookup&) = delete;

    /// As find. Errors: also Exhausted when more entries had to be read than IsoLimits has for it.
    base::Result<IsoMatch> match(std::string_view path);
    base::Result<IsoEntry> entry(std::string_view path);
    /// To be told when records of the directory at `block` were added, taken away or moved.
    void forget(std::uint32_t block);

  private:
    class Index;
    base::Result<const Index*> index_of(DirectoryLocation location);

    const ByteSource& image_;
    const IsoTree& tree_;
    const IsoLimits limits_;
    std::map<std::uint32_t, std::unique_ptr<const Index>> indices_;  ///< by block
    std::size_t kept_ = 0;                                           ///< names in all of them
    std::uint32_t left_;                                             ///< entries that may still be read
};

/// Called for each entry with its absolute path and the location of the directory that holds it. An error ends the
/// walk.
using IsoVisitor =
    std::function<base::Result<void>(const std::string& path, const IsoEntry& entry, DirectoryLocation directory)>;

/// Visits each entry of the tree below the root, a directory before its content. Directories moved by Rock Ridge are
/// visited where they belong; the records that stand in for them (RE) are left out.
/// Errors: the visitor's; Corrupt (also: a directory that is reached twice); Exhausted (IsoLimits).
base::Result<void> walk(const ByteSource& image, const IsoTree& tree, const IsoVisitor& visit,
                        const IsoLimits& limits = {});

/// A run of bytes in the image.
struct ByteRun {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    bool operator==(const ByteRun&) const = default;
};

/// Where a file's content is, empty sections left out, neighbouring sections joined.
/// Errors: Corrupt when a run ends outside the image, Unsupported when it is interleaved.
base::Result<std::vector<ByteRun>> content_runs(const ByteSource& image, const IsoTree& tree, const IsoEntry& entry);

/// The whole content. Errors: Exhausted above `limit`, Unsupported for zisofs files, else as content_runs.
base::Result<base::Bytes> read_content(const ByteSource& image, const IsoTree& tree, const IsoEntry& entry,
                                       std::uint64_t limit);

/// One record of a path table (ECMA-119 9.4).
struct PathTableRecord {
    std::string identifier;  ///< as recorded; one NUL for the root
    std::uint32_t block = 0;
    std::uint16_t parent = 0;  ///< 1-based
    std::uint8_t extended_blocks = 0;
    std::uint64_t offset = 0;  ///< of the record
};

enum class PathTableOrder { Little, Big };

/// The table at `block` in `order`. Errors: Corrupt, Exhausted.
base::Result<std::vector<PathTableRecord>> read_path_table(const ByteSource& image, const IsoTree& tree,
                                                           std::uint32_t block, PathTableOrder order,
                                                           const IsoLimits& limits = {});

}  // namespace isolde::image
