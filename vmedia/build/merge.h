// SPDX-License-Identifier: GPL-3.0-or-later
//
// Second media for machines with one slot: what a medium says, put into the boot image instead. Its readers find a
// medium by its label, and a boot image has a label of its own that must stay; so each kind goes to where the system in
// the image looks without one. Pure: from content and a recognised image to a plan.
#pragma once

#include "vmedia/build/media_content.h"
#include "vmedia/compose/installer.h"
#include "vmedia/compose/plan.h"

namespace isolde::vmedia {

/// Adds to `plan` what makes the system in `image` read `medium`; all of it is secret.
///
/// An image of the medium's own label: the files as they are. Else by the medium's label:
/// - config-2: cloud-init of a live system takes user data, meta data and cloud-init's vendor data as a NoCloud seed,
///   CoreOS takes user data that is an Ignition configuration, images for the Ironic agent take network data. Meta data
///   that a system has no use for are left out, and other versions than "latest".
/// - CIDATA: a NoCloud seed in a live system; the network configuration as the argument network-config=.
/// - OEMDRV: the kickstart, in Anaconda.
/// - any other with /autounattend.xml: all files, where Windows Setup reads the ISO 9660 file system.
/// Errors: Unsupported naming the part that nothing in the image would read, why, and what to do instead;
/// InvalidArgument (a part that is no JSON).
base::Result<void> merge_medium(InjectionPlan& plan, const MediaContent& medium, const Recognition& image);

}  // namespace isolde::vmedia
