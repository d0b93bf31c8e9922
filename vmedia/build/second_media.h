// SPDX-License-Identifier: GPL-3.0-or-later
//
// Second media by what they are: which files under which names, and the label by which their readers find them.
// Pure: from content to a list of files.
#pragma once

#include "vmedia/build/media_content.h"

#include <string>
#include <vector>

namespace isolde::vmedia {

/// What cloud-init, cloudbase-init, glean and Ignition read from an OpenStack config drive. Empty: the file is left
/// out.
struct ConfigDrive {
    std::string meta_data;     ///< a JSON object; `uuid` is made from the content where it has none
    std::string network_data;  ///< a JSON object
    std::string vendor_data;   ///< a JSON object
    std::string user_data;     ///< any bytes
};
/// Label "config-2", files below /openstack/latest; `meta_data.json` always stands there, for cloud-init takes no drive
/// without it. Errors: InvalidArgument naming the part that is no JSON object.
base::Result<MediaContent> config_drive(const ConfigDrive& drive);

/// What cloud-init's NoCloud data source reads.
struct CloudInitSeed {
    std::string user_data;
    std::string meta_data;       ///< empty: an instance id made from the other parts
    std::string network_config;  ///< empty: left out
    std::string vendor_data;     ///< empty: left out
};
/// Label "CIDATA", files in the root; user-data and meta-data always stand there.
MediaContent cidata(const CloudInitSeed& seed);

/// Label "OEMDRV": Anaconda takes /ks.cfg from it without any argument.
MediaContent oemdrv(const std::string& kickstart);

/// Windows Setup looks for /autounattend.xml in the root of removable media. Label "UNATTEND".
MediaContent autounattend(const std::string& answer_file);

}  // namespace isolde::vmedia
