// SPDX-License-Identifier: GPL-3.0-or-later
//
// A composed image on disk as three small files beside its base: `delta` (the new bytes), `extents.json` (where each
// byte of the image is) and `manifest.json`.
#pragma once

#include "vmedia/compose/composer.h"

#include <string>

namespace isolde::cli {

struct OverlayBase {
    std::string path;  ///< of the base image
    vmedia::BaseIdentity identity;
};

/// Writes the three files into `directory`, which is made. Each comes whole, and none before all are written; only a
/// kill while they get their names leaves some of them. Errors: Exhausted, Unauthorized, Internal.
base::Result<void> write_overlay(const vmedia::Composition& composition, const OverlayBase& base,
                                 const std::string& directory);

/// The manifest in an overlay directory. Errors: NotFound, InvalidArgument.
base::Result<base::Json> read_overlay_manifest(const std::string& directory);

}  // namespace isolde::cli
