// SPDX-License-Identifier: GPL-3.0-or-later
//
// From a base image and a plan to a composed image. Fails closed: what cannot be done everywhere it is needed is an
// error, and then nothing is composed.
#pragma once

#include "image/byte_source.h"
#include "vmedia/compose/composed_image.h"
#include "vmedia/compose/plan.h"

#include <memory>
#include <string>
#include <vector>

namespace isolde::vmedia {

/// Which file owns which bytes of an image, for the read trace. Sorted by offset, not overlapping.
enum class FileRole : std::uint8_t { Other, BootCatalog, BootLoader, BootConfig, Kernel, Initrd, EfiImage };
struct OwnedRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint32_t file = 0;  ///< index into OwnerMap::files
};
struct OwnedFile {
    std::string path;
    FileRole role = FileRole::Other;
    std::uint64_t size = 0;
};
struct OwnerMap {
    std::vector<OwnedFile> files;
    std::vector<OwnedRange> ranges;
};

struct Composition {
    std::shared_ptr<const ComposedImage> image;
    PlanReport report;
    base::Json manifest;  ///< also written into the image's trailer
    OwnerMap boot_files;  ///< what map_owners says of the image, boot files only
};

/// What identifies a base.
struct BaseIdentity {
    base::Digest digest;
    bool sampled = false;  ///< a fingerprint (fingerprint.h), not the digest of the content

    BaseIdentity(base::Digest of_base, bool is_sample = false) : digest(std::move(of_base)), sampled(is_sample) {}
    /// "sha256:…", or "fingerprint:…".
    std::string str() const { return sampled ? "fingerprint:" + digest.hex() : digest.str(); }
};

/// Composes `plan` over `base`. `identity` is the base's. `key`: the cluster's key for
/// digests, empty offline. Cost is independent of the size of the base.
/// Errors: InvalidArgument (plan), Unsupported (an argument no entry takes, a file with no place, a layout that cannot
/// take the edit; the message names file and entry), Corrupt (the image), Exhausted (limits).
/// Thread-safe: no state.
base::Result<Composition> compose(std::shared_ptr<const image::FileSource> base, const BaseIdentity& identity,
                                  const InjectionPlan& plan, base::ByteView key);

/// Which file each byte of `image` belongs to, boot files marked by their role. Bounded to 200,000 ranges: beyond it
/// only boot files are kept. Errors: Corrupt.
base::Result<OwnerMap> map_owners(const image::ByteSource& image);

/// The manifest found in the trailer of an image, whoever composed it; something may be written behind the image, as on
/// a USB stick. Errors: NotFound (not composed by Isolde), Corrupt (also of an image that is cut off).
base::Result<base::Json> read_manifest(const image::ByteSource& image);

/// Writes the whole image to `path`, which holds what it held until the image is complete. Errors: Exhausted,
/// Unauthorized, Internal.
base::Result<void> materialize(const ComposedImage& image, const std::string& path);

struct Restored {
    base::Digest digest;   ///< of all that was restored
    bool sampled = false;  ///< the manifest has a fingerprint only: it does not vouch for every byte
};
/// Restores the base's bytes of a materialised image into `output`, by the manifest; nothing is there when it is not
/// what the manifest names. Errors: NotFound, Corrupt, those of materialize.
base::Result<Restored> undo(const image::ByteSource& composed, const std::string& output);

/// What the image is and what can be injected: for `isolde media inspect` and for admission.
struct InspectReport {
    std::string kind;  ///< "iso9660", "iso9660+udf", "udf", "not-an-iso", …
    std::string volume_id;
    std::uint64_t size = 0;
    std::string injectable;  ///< "yes", "partly", "no"
    std::vector<std::string> reasons;
    std::vector<std::string> boot_paths;  ///< "BIOS CD (isolinux)", "UEFI CD (GRUB)", …
    std::vector<std::string> configurations;
    std::vector<std::string> kernels;
    std::vector<std::string> initrds;
    std::vector<std::string> areas;  ///< of a CoreOS image: name, place, how much is used
};
base::Result<InspectReport> inspect(const image::ByteSource& image);
base::Json render_json(const InspectReport& report);
std::string render_text(const InspectReport& report);

}  // namespace isolde::vmedia
