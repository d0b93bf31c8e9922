// SPDX-License-Identifier: GPL-3.0-or-later
//
// The options by which a command line says what an image shall become: the same for the media commands, which compose
// here, and for `node deploy`, which asks a conductor to.
#pragma once

#include "base/byte_count.h"
#include "base/encoding.h"
#include "base/result.h"
#include "conductor/cli/edits/local_files.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace isolde::cli {

inline constexpr std::size_t kPresetCount = 7;

struct EditOptions {
    std::vector<std::string> append;
    std::vector<std::string> remove;
    std::vector<std::string> replace;
    std::vector<std::string> entries;
    std::string default_entry;
    std::vector<std::string> files;
    std::vector<std::string> deletions;
    std::vector<std::string> directories;
    std::vector<std::string> links;
    std::vector<std::string> initrd_files;
    std::vector<std::string> efi_files;
    /// Of --preseed, --kickstart, --autoinstall, --ignition, --autoyast, --cloud-init, --network-data: a file, or
    /// empty.
    std::array<std::string, kPresetCount> presets;
    std::string meta_data;
    bool attended = false;
};

/// Adds the options to `command`; parsing fills `options`, which must outlive it.
void add_edit_options(CLI::App& command, EditOptions& options);

/// The files, directories and links that the options name, by where they go.
struct LocalEdits {
    std::vector<LocalFile> iso;
    std::vector<LocalFile> initrd;
    std::vector<LocalFile> efi;
};
/// Errors: as read_local_files.
base::Result<LocalEdits> read_edits(const EditOptions& options, const LocalLimits& iso, base::ByteCount others);

struct LocalPreset {
    std::string_view kind;  ///< "preseed", "cloud-init", …: the option without its dashes
    base::Bytes content;
    base::Bytes meta_data;  ///< of cloud-init
};
/// Errors: InvalidArgument (--meta-data without --cloud-init), NotFound, Exhausted above `limit`.
base::Result<std::vector<LocalPreset>> read_presets(const EditOptions& options, base::ByteCount limit);

}  // namespace isolde::cli
