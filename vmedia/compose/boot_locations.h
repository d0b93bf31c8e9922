// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where boot files are, as rules over names: pure.
#pragma once

#include "vmedia/compose/boot_files.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// True for directories of the root that may hold loaders or their configurations, in any case.
bool is_boot_directory(std::string_view name);
/// True for directories below these that hold fonts, translations or pictures only.
bool is_decoration(std::string_view name);
/// "*.cfg" and "*.conf", in any case.
bool is_configuration_name(std::string_view path);
/// "*.efi", in any case.
bool is_efi_program_name(std::string_view path);

/// The loader that reads `path`; where the place does not tell, by the commands in `text`. Nothing when neither does.
std::optional<BootLoader> loader_of(std::string_view path, std::string_view text);

/// `path` as a configuration file at `config_path` writes it, absolute and without "." and ".." parts. Nothing when it
/// holds variables or patterns of the loader.
std::optional<std::string> resolve_written_path(std::string_view config_path, std::string_view path);

}  // namespace isolde::vmedia
