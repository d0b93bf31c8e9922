// SPDX-License-Identifier: GPL-3.0-or-later
//
// The `configdrive` of a deployment in Ironic's forms, and `configdrive_options`. Pure: what a packed drive holds is
// for whoever unpacks it.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "conductor/node/deployment_fields.h"

#include <optional>

namespace isolde::conductor {

/// `configdrive`: a reference to one that is kept apart, an object of meta_data, network_data, vendor_data (objects)
/// and user_data (text, or what is to be written as JSON), the base64 of an image, gzip or not, or the URL of a file
/// that holds that base64 or the image; a URL may have a `configdrive_checksum`. Whatever asks for nothing gives
/// nothing. `configdrive_options`: {"format": "iso9660" | "vfat", "delivery": "auto" | "slot" | "merge"}. Errors:
/// InvalidArgument naming the member; Unsupported for a URL of another scheme than http, https and file. No error shows
/// a value.
base::Result<std::optional<ConfigDriveField>> read_config_drive(const base::JsonReader& info);

}  // namespace isolde::conductor
