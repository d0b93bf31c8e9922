// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which distribution's installer or live system an image holds, by files that only its media have.
#pragma once

#include "base/result.h"
#include "image/byte_source.h"

#include <string>
#include <string_view>
#include <vector>

namespace isolde::vmedia {

enum class Installer {
    Debian,    ///< debian-installer
    Anaconda,  ///< Fedora, RHEL and their rebuilds
    Subiquity,
    Casper,  ///< Ubuntu's live system, with subiquity or without
    LiveBuild,
    CoreOs,
    Yast,
    Windows,  ///< Windows Setup
};
/// "debian-installer", "Anaconda", …
std::string_view to_string(Installer installer);

struct Recognition {
    std::vector<Installer> installers;  ///< an Ubuntu server image is Subiquity and Casper
    std::string volume_id;
    bool udf = false;                    ///< a UDF file system beside ISO 9660: Windows reads that one
    bool ignition_area = false;          ///< of a CoreOS image: every boot entry loads one
    std::vector<std::string> arguments;  ///< of a CoreOS image: those that stand in its areas
    bool has(Installer installer) const;
    /// "Anaconda", "subiquity and casper", or "no installer that presets know".
    std::string text() const;
};

/// Errors: Unsupported (as check_file_system; no ISO 9660), Corrupt.
base::Result<Recognition> recognise(const image::ByteSource& image);

}  // namespace isolde::vmedia
