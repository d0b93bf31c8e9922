// SPDX-License-Identifier: GPL-3.0-or-later
//
// The body of POST /isolde/v1/deployments from the options of `node deploy`.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "conductor/cli/edits/edit_options.h"

#include <string>

namespace isolde::cli {

struct DeployOptions {
    std::string node;
    std::string iso;
    std::string checksum;
    std::string kernel;  ///< with ramdisk, in place of iso
    std::string ramdisk;
    std::string bootloader;  ///< with kernel and ramdisk; empty: the conductor's own
    std::string kernel_checksum;
    std::string ramdisk_checksum;
    std::string bootloader_checksum;
    EditOptions edits;
    std::vector<std::string> media;  ///< "ROLE=URL"
    std::string config_drive;        ///< a URL, or a file: a JSON object of its parts, or its image
    std::string media_check;         ///< "drop", "keep"
    bool one_shot = false;
    std::string release;
};

/// Only what was given stands in it. Reads the files that the options name: Errors: InvalidArgument, NotFound,
/// Unsupported, Exhausted (a file above 1 MiB, which is what a deployment carries inline).
base::Result<base::Json> deployment_body(const DeployOptions& options);

}  // namespace isolde::cli
