// SPDX-License-Identifier: GPL-3.0-or-later
//
// A deployment's config drive: as an image for a slot of its own, or merged into the boot image. Pure.
#pragma once

#include "base/encoding.h"
#include "base/result.h"
#include "conductor/node/deployment_fields.h"
#include "conductor/node/node.h"
#include "vmedia/compose/installer.h"
#include "vmedia/compose/plan.h"

namespace isolde::conductor {

/// How the conductor's media name it.
inline constexpr const char* kConfigRole = "config";

/// What can be said of it with the verb: its parts are what they must be; packed, it is an image of at most 64 MiB.
/// Errors: InvalidArgument, Exhausted, Corrupt.
base::Result<void> check_config_drive(const ConfigDriveField& drive, const Node& node);

/// The image to serve: built of the parts, the same bytes each time, or unpacked as it came. meta_data without `uuid`
/// and `name` gets the node's, as Ironic does. Errors: as check_config_drive.
base::Result<base::Bytes> config_drive_image(const ConfigDriveField& drive, const Node& node);

/// What it says, put where the system in the boot image `image` looks for it without a second medium. Errors: as
/// check_config_drive and vmedia::merge_medium.
base::Result<void> merge_config_drive(vmedia::InjectionPlan& plan, const ConfigDriveField& drive, const Node& node,
                                      const vmedia::Recognition& image);

}  // namespace isolde::conductor
