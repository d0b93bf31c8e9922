// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a UDF file system means for edits. It is detected, never changed: an image that is UDF alone cannot be edited,
// and in a bridge only the ISO 9660 trees are. Windows' installers are such bridges, with all files in UDF and a note
// in ISO 9660; Linux reads UDF first too where it chooses by itself.
#pragma once

#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/plan.h"

#include <string>
#include <vector>

namespace isolde::vmedia {

/// Errors: Unsupported when `image` is UDF without ISO 9660; the text says what to do instead.
base::Result<void> check_file_system(const image::ByteSource& image);

/// Errors: Unsupported when `plan` changes the ISO 9660 tree of a bridge from which no boot loader leads to a
/// configuration in that tree: whoever boots or mounts it reads UDF and would not see the change.
base::Result<void> check_udf_bridge(const BootFiles& boot, const InjectionPlan& plan);

/// What an edit of such an image does not reach; empty when there is no UDF.
std::vector<std::string> udf_warnings(const BootFiles& boot);

/// What to do with an image that cannot be edited because of UDF: for the admission report.
std::string udf_way_out();

}  // namespace isolde::vmedia
