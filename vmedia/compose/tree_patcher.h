// SPDX-License-Identifier: GPL-3.0-or-later
//
// Changes one directory tree of an image by patching its records (ECMA-119 9): points a file at new content, adds
// files and directories, grows and moves directories, and rewrites the path tables at the end. Nothing of the tree that
// need not change is touched. Trees that share one root (ISO 9660:1999 beside the primary) are one tree here.
#pragma once

#include "vmedia/compose/directory_record.h"
#include "vmedia/compose/image_edit.h"
#include "vmedia/compose/path_table.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// Content that stands in the image already.
struct Content {
    std::uint64_t block = 0;  ///< from the start of the image
    std::uint32_t size = 0;
};

struct AddedFile {
    std::string path;
    Content content;
    std::uint32_t mode = 0644;  ///< permission bits
};

/// Not thread-safe. Refers to the edit and the continuation area, which must outlive it.
class TreePatcher {
  public:
    TreePatcher(ImageEdit& edit, ContinuationArea& continuation, image::IsoTree tree);

    /// Another descriptor that leads to the same root.
    void share(const image::IsoTree& tree) { sharing_.push_back(tree); }
    const image::IsoTree& tree() const { return tree_; }
    /// What an operator should know, such as that the root directory had to move.
    const std::vector<std::string>& warnings() const { return warnings_; }

    /// The path by which this tree knows what was added as `path`: names may have been cut or replaced.
    std::string own_path(std::string_view path) const;
    base::Result<image::IsoMatch> find(std::string_view path) const;

    /// Adds files and the directories that they need; none of the files exists. Errors: Unsupported (a relocated
    /// directory that would have to grow), Conflict (a part of a path is no directory), Corrupt, Exhausted.
    base::Result<void> add_files(const std::vector<AddedFile>& files);
    /// Points `entry` at other content. Errors: Unsupported for files in several sections, compressed or interleaved.
    base::Result<void> repoint(const image::IsoEntry& entry, const Content& content, const ChangeReason& reason);
    /// Path tables and the descriptors that share the tree. Call once, after everything else. Errors: Corrupt,
    /// Exhausted.
    base::Result<void> finish();

  private:
    struct Table;

    base::Result<void> make_directories(std::string_view path);
    base::Result<void> make_directory(const std::string& parent, const std::string& name);
    base::Result<void> fill_directory(const std::string& parent, std::uint32_t block, std::uint32_t size,
                                      std::uint32_t mode);
    base::Result<void> add_records(const std::string& directory, std::vector<NewRecord> records);
    base::Result<base::Bytes> with_records(const std::string& path, const image::IsoMatch& match,
                                           const image::IsoDirectory& directory, std::vector<NewRecord> records);
    void expect_directory(std::string_view path);
    void remember_name(const std::string& path, const NewRecord& record);
    base::Result<void> count_subdirectory(const image::IsoMatch& match, const image::IsoDirectory& directory);
    base::Result<void> move_directory(const std::string& path, const image::IsoMatch& match,
                                      const image::IsoDirectory& directory, base::Bytes content);
    base::Result<void> repoint_children(const image::IsoDirectory& directory, std::uint32_t block, std::uint32_t size);
    base::Result<void> repoint_root(std::uint32_t block, std::uint32_t size);
    base::Result<void> write_location(std::uint64_t record_offset, std::uint32_t block, std::uint32_t size,
                                      const ChangeReason& reason);
    base::Result<RecordDate> date_of(const image::IsoDirectory& directory) const;
    base::Result<void> write_table(const Table& table, const std::vector<image::PathTableRecord>& records);
    std::uint32_t reserve_for(const std::string& directory) const;

    ImageEdit* edit_;
    ContinuationArea* continuation_;
    image::IsoTree tree_;
    std::vector<image::IsoTree> sharing_;
    std::map<std::string, std::string> renamed_;     ///< path as wanted → name in this tree
    std::map<std::string, std::uint32_t> expected_;  ///< directory → bytes of records still to come
    std::set<std::string> counted_;                  ///< new directories in expected_
    std::vector<NewDirectory> added_;
    MovedDirectories moved_;
    std::uint32_t next_serial_ = 0x80000000U;
    std::vector<std::string> warnings_;
};

}  // namespace isolde::vmedia
