// SPDX-License-Identifier: GPL-3.0-or-later
//
// CoreOS live images: the areas that they keep for kernel arguments and an Ignition configuration, found in an image
// and filled in one under edit. Arguments are edited as in any configuration, then put into the areas, so that
// coreos-installer can read and change a composed image as it could the base.
#pragma once

#include "image/iso9660.h"
#include "vmedia/edit/coreos_areas.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isolde::vmedia {

class IsoPatcher;
struct BootFiles;
struct EditedConfig;
struct IgnitionConfig;
struct PlanReport;

/// The area for an Ignition configuration: a small initrd that the boot loader loads behind the real one.
struct IgnitionArea {
    std::string path;
    std::uint64_t offset = 0;  ///< in the file
    std::uint64_t length = 0;
    bool whole_file = true;  ///< nothing else is in the file: it may grow
    bool used = false;       ///< it holds something
};

/// What an image keeps.
struct CoreOsAreas {
    ArgumentAreas arguments;
    std::optional<IgnitionArea> ignition;
    std::string kargs_json;  ///< as it stands; empty: there is none
    std::vector<std::string> warnings;
};

/// Nothing for an image without a directory /coreos. What cannot be read is a warning. Errors: Corrupt (directories).
base::Result<std::optional<CoreOsAreas>> read_coreos_areas(const image::ByteSource& image, const image::IsoTree& tree);

/// The Ignition area, when every configuration with Linux entries loads it.
const IgnitionArea* usable_ignition_area(const BootFiles& boot);

/// Kernel arguments that stand in every area.
std::vector<std::string> arguments_in_areas(const BootFiles& boot);

/// The initrds that files can be put into: all but the Ignition area, where a boot entry names others.
std::vector<std::string> initrds_for_files(const BootFiles& boot);

/// One line for each area, for people: name, place, how much of it is used.
std::vector<std::string> describe_areas(const BootFiles& boot);

/// Puts the edited arguments of each configuration that has an area into it, in its size, and reports each. A
/// configuration in the EFI partition that is a copy of one with an area is kept alike. Errors: as fill_area.
base::Result<void> fill_argument_areas(const BootFiles& boot, std::vector<EditedConfig>& edited, PlanReport& report);

/// Brings kargs.json up to date where areas moved. Errors: as IsoPatcher::replace.
base::Result<void> follow_moved_areas(IsoPatcher& patcher, const BootFiles& boot,
                                      const std::vector<EditedConfig>& edited, PlanReport& report);

/// A warning when areas were filled in an image that tells coreos-installer how to make a minimal ISO of it: that is
/// made of the files where they are, and has a digest. Errors: Corrupt, Exhausted.
base::Result<void> warn_of_minimal_iso(const IsoPatcher& patcher, PlanReport& report);

/// Puts an Ignition configuration into its area as the archive that coreos-installer would write. An area that is a
/// file of its own grows when the archive is too large. Errors: Unsupported (no usable area), Exhausted (it is too
/// large for an area that cannot grow, naming what fits), Corrupt.
base::Result<void> fill_ignition_area(IsoPatcher& patcher, const BootFiles& boot, const IgnitionConfig& config,
                                      PlanReport& report);

}  // namespace isolde::vmedia
