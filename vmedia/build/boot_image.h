// SPDX-License-Identifier: GPL-3.0-or-later
//
// Boot images from a kernel and a ramdisk. The base is built once for a set of loaders: it has these, their
// configurations, and one boot entry. Kernel and ramdisk are put into it by composing, shown from where they are, with
// the arguments and files of each node.
#pragma once

#include "image/byte_source.h"
#include "vmedia/build/boot_loaders.h"
#include "vmedia/compose/plan.h"

#include <memory>
#include <string>

namespace isolde::vmedia {

/// The label by which the Ironic agent and glean know the medium that they were booted from.
constexpr const char* kBootImageLabel = "VMEDIA_BOOT_ISO";

/// Raised whenever the same loaders and label give other bytes than before.
constexpr int kBootBaseVersion = 1;

/// The whole base, some MiB. The same loaders and label give the same bytes. Errors: InvalidArgument (no loader at all,
/// label), Internal.
base::Result<base::Bytes> build_boot_base(const BootLoaders& loaders, const std::string& label = kBootImageLabel);

/// A base in memory as composing takes it. Errors: Exhausted, Internal.
base::Result<std::shared_ptr<const image::FileSource>> hold_in_memory(base::ByteView bytes);

/// Puts kernel and ramdisk into `plan`, in front of its own files. Errors: Unsupported (no Linux kernel that `firmware`
/// starts, no ramdisk that Linux unpacks; each names what was given).
base::Result<void> add_kernel(InjectionPlan& plan, const FileBlob& kernel, const FileBlob& ramdisk,
                              BootFirmware firmware);

}  // namespace isolde::vmedia
