// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is wanted of an image (InjectionPlan), and what it would do (PlanReport).
#pragma once

#include "base/byte_count.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isolde::vmedia {

enum class FileTarget { Iso, Initrd, Efi };

/// One file to put in. `path` is absolute, '/'-separated UTF-8, without "." and ".." parts.
struct InjectedFile {
    std::string path;
    FileTarget target = FileTarget::Iso;
    base::Bytes content;
    std::uint32_t mode = 0644;  ///< permission bits
    bool secret = false;        ///< the manifest holds a keyed digest of it only
};

struct InjectionPlan {
    /// Kernel arguments, one word each, exactly as /proc/cmdline shall show them.
    std::vector<std::string> append;
    /// Argument keys ("quiet", "console") or whole words ("console=tty0") to take away first.
    std::vector<std::string> remove;
    std::vector<InjectedFile> files;
    /// Boot without a key: a default entry and a timeout where the loader would wait for ever. False: untouched.
    bool unattended = true;

    bool empty() const { return append.empty() && remove.empty() && files.empty() && !unattended; }
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

struct FileChange {
    std::string path;       ///< "/preseed.cfg", "initrd:/install.amd/initrd.gz:/preseed.cfg", "EFI:/…"
    std::string technique;  ///< "replace", "add", "append-cpio", "grow-directory", "fat-rewrite", …
    std::uint64_t bytes = 0;
};

/// What composing would do, for people and for programs.
struct PlanReport {
    std::vector<EntryChange> entries;
    std::vector<FileChange> files;
    std::vector<std::string> warnings;
    std::string plan_digest;
    std::uint64_t delta_bytes = 0;
    std::uint64_t image_size = 0;
};

/// A unified diff of every changed boot entry, then files and warnings.
std::string render_text(const PlanReport& report);
base::Json render_json(const PlanReport& report);

}  // namespace isolde::vmedia
