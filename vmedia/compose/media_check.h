// SPDX-License-Identifier: GPL-3.0-or-later
//
// The checks that media bring of themselves, after an edit: a checksum of the whole image (isomd5, tagmedia), and lists
// of checksums of files (md5sum.txt, sha256sum.txt, .treeinfo). They are dropped for what changed, or kept right.
#pragma once

#include "image/isomd5.h"
#include "vmedia/compose/image_edit.h"
#include "vmedia/compose/iso_patcher.h"
#include "vmedia/compose/plan.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

/// The change of a descriptor whose new bytes come last of all, and so are in no digest.
inline constexpr std::string_view kKeptImageCheck = "keep-isomd5";

/// The check of the whole image.
class ImageCheck {
  public:
    /// Errors: Unsupported when a check of tagmedia is to be kept, which cannot be computed.
    static base::Result<ImageCheck> find(const image::ByteSource& base, const image::IsoVolume& volume,
                                         MediaCheck wish);

    /// The kernel argument with which the installer checks its medium must go.
    bool drops_argument() const { return isomd5_ && wish_ == MediaCheck::Drop; }
    /// Blanks the checksum, for good or until `implant`, and reports which.
    base::Result<void> clear(ImageEdit& edit, PlanReport& report) const;
    /// With the check kept: the checksum of the image as it is now. Nothing may change afterwards. Reads it all.
    base::Result<void> implant(ImageEdit& edit) const;

  private:
    std::optional<image::IsoMd5> isomd5_;
    std::optional<std::uint64_t> tagmedia_;
    MediaCheck wish_ = MediaCheck::Drop;
};

/// Files that change otherwise than by their path; empty where there is none.
struct LateChanges {
    std::string efi_image;     ///< the file that the EFI partition is
    std::string boot_catalog;  ///< where closing the image will change it
};

/// Brings the lists of checksums up to date with all that was changed in the ISO tree so far, and reports what became
/// of each. Lists that are signed stay. Errors: as IsoPatcher::replace; Exhausted for a list above 16 MiB.
base::Result<void> update_checksum_lists(ImageEdit& edit, IsoPatcher& patcher, const InjectionPlan& plan,
                                         const LateChanges& late, PlanReport& report);

}  // namespace isolde::vmedia
