// SPDX-License-Identifier: GPL-3.0-or-later
//
// Boot images from a kernel and a ramdisk. The base holds the boot loaders alone and is the same for all nodes with the
// same loaders, so it is kept in the cache; kernel and ramdisk are put into it by composing, shown from their blobs.
#pragma once

#include "base/encoding.h"
#include "base/file_digests.h"
#include "cache/image_store.h"
#include "conductor/node/deployment.h"
#include "conductor/node/deployment_fields.h"
#include "vmedia/build/boot_loaders.h"
#include "vmedia/compose/plan.h"

#include <string>
#include <vector>

namespace isolde::conductor {

/// What stands for the URL of bases in the cache.
constexpr const char* kBootBaseOrigin = "isolde:boot-base";

/// A file to fetch for a deployment: "kernel", "ramdisk", "bootloader".
struct BootPart {
    std::string name;
    cache::ImageSource source;
};
/// All that `field` names, in the order in which they are fetched.
std::vector<BootPart> boot_parts(const KernelField& field);

/// The base for the fields' boot mode, with the bootloader of `files` or the loaders of this machine. A config drive
/// that is to be merged (`merges_config_drive`) and that cloud-init has to find gives it its label. `fields.kernel` is
/// set. Errors: NotFound naming the loader's file and package, Unsupported (a bootloader that is no FAT), as
/// ImageStore::find.
base::Result<base::Bytes> make_boot_base(const DeploymentFields& fields, const BootFiles& files,
                                         bool merges_config_drive, vmedia::LoaderPaths loaders,
                                         const cache::ImageStore& images);

/// The bases in the cache, each made once for its loaders and its label. A loader that a package's update replaced is
/// another one. Thread-safe.
class BootBases {
  public:
    BootBases(vmedia::LoaderPaths loaders, cache::ImageStore& images) : loaders_(std::move(loaders)), images_(images) {}

    /// What make_boot_base gives, as a blob under `lease`. Errors: as make_boot_base and ImageStore::make; Unavailable
    /// (a loader was replaced meanwhile).
    base::Result<cache::Blob> acquire(const DeploymentFields& fields, const BootFiles& files, bool merges_config_drive,
                                      const cache::Lease& lease);

  private:
    base::Result<cache::Recipe> recipe_of(const DeploymentFields& fields, const BootFiles& files,
                                          bool merges_config_drive);

    const vmedia::LoaderPaths loaders_;
    cache::ImageStore& images_;
    base::FileDigests digests_;
};

/// Puts kernel and ramdisk into the plan; nothing without `fields.kernel`. Errors: as vmedia::add_kernel and
/// ImageStore::open_blob; Internal (not acquired yet).
base::Result<void> add_boot_files(vmedia::InjectionPlan& plan, const DeploymentFields& fields, const BootFiles& files,
                                  const cache::ImageStore& images);

}  // namespace isolde::conductor
