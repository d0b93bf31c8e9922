// SPDX-License-Identifier: GPL-3.0-or-later
//
// Changes one directory tree of an image by patching its records (ECMA-119 9): points a file at new content, adds and
// removes files, links and directories, gives directories more room, and rewrites the path tables at the end. Nothing
// of the tree that need not change is touched. Trees that share one root (ISO 9660:1999 beside the primary) are one
// tree here.
//
// A directory that is full gets more room by one of three ways. Programs that read an image from its start to its end
// (libarchive) find no directory that lies before its parent, so a directory with directories in it takes the blocks
// behind it, whose small directories move behind the tail; or it moves there with all that are in it; and only where
// that would be too many it moves alone, and a warning says so.
#pragma once

#include "vmedia/compose/directory_record.h"
#include "vmedia/compose/image_edit.h"
#include "vmedia/compose/path_table.h"
#include "vmedia/compose/plan.h"

#include <map>
#include <memory>
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

struct AddedEntry {
    std::string path;
    FileKind kind = FileKind::File;
    std::uint32_t mode = 0644;  ///< permission bits
    std::string link_target;
};

/// Not thread-safe. Refers to the edit and the continuation area, which must outlive it.
class TreePatcher {
  public:
    TreePatcher(ImageEdit& edit, ContinuationArea& continuation, image::IsoTree tree);
    TreePatcher(const TreePatcher&) = delete;

    /// Another descriptor that leads to the same root. Where one of ISO 9660:1999 does, names may be as long as its.
    void share(const image::IsoTree& tree);
    const image::IsoTree& tree() const { return tree_; }
    /// What an operator should know, such as that the root directory had to move.
    const std::vector<std::string>& warnings() const { return warnings_; }

    /// The path by which this tree knows what was added as `path`: names may have been cut or replaced.
    std::string own_path(std::string_view path) const;
    /// Errors: NotFound, Corrupt, Exhausted.
    base::Result<image::IsoMatch> find(std::string_view path) const;

    /// True when it has symbolic links.
    bool holds_links() const { return tree_.rock_ridge.present; }
    /// From now on `path` is called `name` here: for entries of the base that other trees know by a fuller name.
    void learn_name(std::string_view path, std::string_view name) { renamed_[std::string(path)] = name; }

    /// Adds entries and the directories that they need; none of the entries exists. Files have no content yet. Links
    /// are left out where the tree has none. Errors: Conflict (a part of a path is no directory), Corrupt, Exhausted.
    base::Result<void> add(const std::vector<AddedEntry>& entries);
    /// Gives added files their content, by their path.
    base::Result<void> settle(const std::map<std::string, Content>& contents);
    /// Takes entries away, a directory with all that is in it. Gives those paths that it does not have. Errors:
    /// Corrupt, Exhausted.
    base::Result<std::vector<std::string>> remove(const std::vector<std::string>& paths);
    /// Points `entry` at other content. Errors: Unsupported for files in several sections, compressed or interleaved.
    base::Result<void> repoint(const image::IsoEntry& entry, const Content& content, const ChangeReason& reason);
    /// Permission bits of `entry`, where the tree has them.
    base::Result<void> set_mode(const image::IsoEntry& entry, std::uint32_t mode);
    /// Path tables and the descriptors that share the tree. Call once, after everything else. Errors: Corrupt,
    /// Exhausted.
    base::Result<void> finish();

  private:
    struct Table;
    struct Directories;

    using RecordsByDirectory = std::map<std::string, std::vector<NewRecord>>;  ///< a directory before those in it
    base::Result<void> add_directories(RecordsByDirectory& wanted, const std::string& path);
    base::Result<void> fill_directory(const image::IsoDirectory& parent, const NewRecord& record);
    base::Result<void> add_records(const std::string& directory, std::vector<NewRecord> records);
    base::Result<void> make_extents(const std::string& path, const image::IsoMatch& match,
                                    const image::IsoDirectory& directory, std::vector<NewRecord>& records);
    base::Result<void> choose_identifiers(const std::string& path, const image::IsoDirectory& directory,
                                          std::vector<NewRecord>& records);
    base::Result<base::Bytes> with_records(const image::IsoDirectory& directory, const std::vector<NewRecord>& records,
                                           ContinuationArea& continuation) const;
    void remember_name(const std::string& path, const NewRecord& record);
    base::Result<void> count_subdirectories(const image::IsoMatch& match, const image::IsoDirectory& directory,
                                            int change);
    void follow_reshaped() const;
    base::Result<image::IsoDirectory> directory_at(image::DirectoryLocation location) const;
    base::Result<void> remove_records(image::DirectoryLocation place, const std::set<std::string>& identifiers);
    base::Result<void> forget_directory(const image::IsoMatch& match);
    base::Result<void> remove_relocated(image::DirectoryLocation location);

    base::Result<void> make_room(const std::string& path, const image::IsoDirectory& directory, std::uint32_t size);
    base::Result<std::shared_ptr<const Directories>> directories();
    std::uint32_t origin_of(std::uint32_t block) const;
    bool is_free(const Directories& all, std::size_t index) const;
    base::Result<std::uint32_t> parent_block(const image::IsoDirectory& directory);
    base::Result<bool> take_blocks_behind(const image::IsoDirectory& directory, std::uint32_t size);
    base::Result<bool> move_with_subdirectories(const image::IsoDirectory& directory, std::uint32_t size);
    base::Result<bool> may_move(const Directories& all, const std::vector<std::size_t>& moving) const;
    base::Result<void> move_all(const Directories& all, const std::vector<std::size_t>& moving);
    base::Result<void> move_behind_tail(image::DirectoryLocation from, std::uint32_t size);
    base::Result<void> place_directory(const image::IsoDirectory& directory, std::uint32_t block, std::uint32_t size);
    base::Result<void> repoint_children(const image::IsoDirectory& directory, std::uint32_t block, std::uint32_t size);
    base::Result<void> repoint_parents(const image::IsoDirectory& directory, std::uint32_t block, std::uint32_t size);
    base::Result<image::DirectoryLocation> location_at(std::uint32_t block) const;
    base::Result<void> write_location(std::uint64_t record_offset, std::uint32_t block, std::uint32_t size,
                                      const ChangeReason& reason);
    base::Result<RecordDate> date_of(const image::IsoDirectory& directory) const;
    base::Result<void> write_table(const Table& table, const std::vector<image::PathTableRecord>& records);
    std::uint32_t reserve_for(const std::string& directory) const;

    ImageEdit* edit_;
    ContinuationArea* continuation_;
    image::IsoTree tree_;
    mutable image::IsoLookup lookup_;
    mutable std::size_t followed_ = 0;  ///< of the directories that were reshaped
    std::vector<image::IsoTree> sharing_;
    std::map<std::string, std::string> renamed_;     ///< path as wanted → name in this tree
    std::map<std::string, std::uint32_t> expected_;  ///< directory → bytes of records still to come
    std::map<std::string, std::uint32_t> modes_;     ///< of new directories, where one was asked for
    std::set<std::string> counted_;                  ///< new directories in expected_
    DirectoryChanges changes_;
    std::map<std::uint32_t, std::uint32_t> origins_;  ///< of moved directories: block now → block at first
    std::shared_ptr<const Directories> directories_;  ///< of the base, read when it is needed
    std::uint32_t next_serial_ = 0x80000000U;
    std::vector<std::string> warnings_;
};

}  // namespace isolde::vmedia
