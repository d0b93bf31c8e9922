// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is wanted of an image (InjectionPlan), and what it would do (PlanReport).
#pragma once

#include "base/byte_count.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/result.h"
#include "vmedia/compose/text_diff.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::image {
class FileSource;
}

namespace isolde::vmedia {

enum class FileTarget { Iso, Initrd, Efi };

enum class FileKind { File, Directory, Symlink };

/// Content that is shown in the image from where it is, not copied: for files that are large.
struct FileBlob {
    std::shared_ptr<const image::FileSource> file;  ///< null: there is none
    base::Digest digest;                            ///< its content digest, or its fingerprint
};

/// One file, directory or symbolic link to put in. `path` is absolute, '/'-separated UTF-8, without "." and ".." parts.
/// Directories above it are made where there are none. A directory that exists gets the mode.
struct InjectedFile {
    std::string path;
    FileTarget target = FileTarget::Iso;
    base::Bytes content;
    std::uint32_t mode = 0644;  ///< permission bits, 0 to 07777; not of a symbolic link
    bool secret = false;        ///< the manifest holds a keyed digest of it only
    FileKind kind = FileKind::File;
    std::string link_target;  ///< of a symbolic link: what it reads, 1 to 1024 bytes
    FileBlob blob;            ///< in place of `content`; only for files in the ISO tree

    std::uint64_t size() const;
};

/// Answer files that an installer reads by itself, and what cloud-init and glean read.
enum class PresetKind { Preseed, Kickstart, Autoinstall, Ignition, AutoYast, CloudInit, NetworkData };
/// "preseed", "kickstart", "autoinstall", "ignition", "autoyast", "cloud-init", "network-data".
std::string_view to_string(PresetKind kind);

/// One answer file, to be put where the image's installer looks for it. See presets.h.
struct Preset {
    PresetKind kind = PresetKind::Preseed;
    base::Bytes content;
    base::Bytes meta_data;  ///< of cloud-init; empty: made
    bool secret = false;    ///< as InjectedFile::secret
};

/// An Ignition configuration for the area that a CoreOS image keeps for one.
struct IgnitionConfig {
    base::Bytes content;
    bool secret = false;  ///< as InjectedFile::secret
};

/// What becomes of the checks that a medium brings of itself (media_check.h): dropped for what changed, or kept right,
/// which for a checksum of the whole image means to read all of it.
enum class MediaCheck { Drop, Keep };

struct InjectionPlan {
    /// Kernel arguments, one word each, exactly as /proc/cmdline shall show them.
    std::vector<std::string> append;
    /// Argument keys ("quiet", "console") or whole words ("console=tty0") to take away first.
    std::vector<std::string> remove;
    /// KEY=VALUE: the argument of that key gets this value where it stands; an entry without one gets it appended.
    std::vector<std::string> replace;
    /// Only these boot entries get `append`, `remove` and `replace`: titles or labels, or globs of such. Empty: all.
    std::vector<std::string> entries;
    /// Title or label of the entry to boot, or a glob of it. Empty: as `unattended` says.
    std::string default_entry;
    std::vector<InjectedFile> files;
    /// Files, links and whole directories of the ISO tree to take away, before `files` are put in. Their names go; the
    /// bytes of their content stay in the image.
    std::vector<std::string> remove_files;
    /// Each becomes files and arguments before anything else is done.
    std::vector<Preset> presets;
    /// Set by a preset, where the image has a place for it.
    std::optional<IgnitionConfig> ignition;
    MediaCheck media_check = MediaCheck::Drop;
    /// Boot without a key: a default entry and a timeout where the loader would wait for ever. False: untouched.
    bool unattended = true;

    bool empty() const {
        return append.empty() && remove.empty() && replace.empty() && default_entry.empty() && files.empty() &&
               remove_files.empty() && presets.empty() && !ignition && !unattended;
    }
};

/// Paths, argument words and sizes within limits, no control characters. Errors: InvalidArgument naming the item.
base::Result<void> check_plan(const InjectionPlan& plan);

/// The plan's keyed digest with its base's: HMAC-SHA-256 under `key`, plain SHA-256 when `key` is empty. Hex.
std::string plan_digest(const InjectionPlan& plan, const base::Digest& base_digest, base::ByteView key);

/// One boot entry before and after.
struct EntryChange {
    std::string file;    ///< configuration file, "/isolinux/txt.cfg", "EFI:/boot/grub/grub.cfg" inside the EFI image
    std::string loader;  ///< "isolinux", "grub", "bls"
    std::string entry;   ///< title or label, may be empty
    std::size_t line = 0;
    std::string before;  ///< the line(s) as they stand
    std::string after;
};

/// A boot configuration before and after.
struct ConfigDiff {
    std::string file;    ///< as in EntryChange
    std::string loader;  ///< as in EntryChange
    std::vector<DiffHunk> hunks;
};

struct FileChange {
    std::string path;       ///< "/preseed.cfg", "initrd:/install.amd/initrd.gz:/preseed.cfg", "EFI:/…"
    std::string technique;  ///< "replace", "add", "remove", "append-cpio", "grow-directory", "fat-rewrite", …
    std::uint64_t bytes = 0;
};

/// Where the bytes of a file go: nowhere; into room of their own, for there was no such file; where the file stands; or
/// behind the base's end, because the file has no room where it stands. Files in the EFI partition fit it: where the
/// partition itself has to grow, that is a change of its own, "EFI partition".
enum class Placement { None, Added, Fits, Relocated };

Placement placement_of(const FileChange& file);

/// What composing would do, for people and for programs.
struct PlanReport {
    std::vector<EntryChange> entries;
    std::vector<ConfigDiff> diffs;
    std::vector<FileChange> files;
    std::vector<std::string> presets;  ///< what each preset became, in words
    std::vector<std::string> areas;    ///< of a CoreOS image that were filled: name, place, how much is used
    std::vector<std::string> checks;   ///< the medium's checks of itself: which were dropped, which are kept
    std::vector<std::string> warnings;
    std::string plan_digest;
    std::uint64_t delta_bytes = 0;
    std::uint64_t image_size = 0;
};

/// A unified diff of every boot configuration, grouped by the boot path that reads it, with the entry at each hunk;
/// then files with the technique and the placement of each, warnings, and the digest that composing the plan gives.
std::string render_text(const PlanReport& report);
base::Json render_json(const PlanReport& report);

}  // namespace isolde::vmedia
