// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/installer.h"

#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/udf_view.h"

#include <algorithm>
#include <array>

namespace isolde::vmedia {
namespace {

/// A file or directory that tells.
struct Mark {
    Installer installer;
    std::string_view path;
};

constexpr std::array kMarks{
    Mark{Installer::Debian, "/install.amd/initrd.gz"},
    Mark{Installer::Debian, "/install.a64/initrd.gz"},
    Mark{Installer::Debian, "/install/initrd.gz"},
    Mark{Installer::Debian, "/d-i"},
    Mark{Installer::Anaconda, "/images/install.img"},
    Mark{Installer::Subiquity, "/casper/install-sources.yaml"},
    Mark{Installer::Subiquity, "/casper/ubuntu-server-minimal.squashfs"},
    Mark{Installer::Subiquity, "/casper/installer.squashfs"},
    Mark{Installer::Casper, "/casper"},
    Mark{Installer::LiveBuild, "/live/vmlinuz"},
    Mark{Installer::LiveBuild, "/live/filesystem.squashfs"},
    Mark{Installer::CoreOs, "/coreos"},
    Mark{Installer::Yast, "/boot/x86_64/loader/linux"},
    Mark{Installer::Yast, "/boot/aarch64/linux"},
    Mark{Installer::Windows, "/sources/boot.wim"},
};

base::Result<bool> exists(image::IsoLookup& lookup, std::string_view path) {
    const auto match = lookup.match(path);
    if (!match.ok() && match.error().kind != base::ErrorKind::NotFound) {
        return match.error();
    }
    return match.ok();
}

base::Result<void> look_at_areas(const image::ByteSource& image, Recognition& found) {
    const BootFiles boot = TRY(read_boot_files(image));
    found.ignition_area = usable_ignition_area(boot) != nullptr;
    found.arguments = arguments_in_areas(boot);
    return {};
}

}  // namespace

std::string_view to_string(Installer installer) {
    switch (installer) {
        case Installer::Debian: return "debian-installer";
        case Installer::Anaconda: return "Anaconda";
        case Installer::Subiquity: return "subiquity";
        case Installer::Casper: return "casper";
        case Installer::LiveBuild: return "live-build";
        case Installer::CoreOs: return "CoreOS";
        case Installer::Yast: return "YaST";
        case Installer::Windows: break;
    }
    return "Windows Setup";
}

bool Recognition::has(Installer installer) const {
    return std::find(installers.begin(), installers.end(), installer) != installers.end();
}

std::string Recognition::text() const {
    std::string text;
    for (const Installer installer : installers) {
        text += (text.empty() ? "" : " and ") + std::string(to_string(installer));
    }
    return text.empty() ? "no installer that presets know" : text;
}

base::Result<Recognition> recognise(const image::ByteSource& image) {
    TRY(check_file_system(image));
    const image::IsoVolume volume = TRY(image::read_iso9660(image));
    image::IsoLookup lookup(image, naming_tree(volume));
    Recognition found;
    found.volume_id = volume.primary().volume_id;
    found.udf = image::detect_udf(image).present();
    for (const Mark& mark : kMarks) {
        if (!found.has(mark.installer) && TRY(exists(lookup, mark.path))) {
            found.installers.push_back(mark.installer);
        }
    }
    if (found.has(Installer::CoreOs)) {
        TRY(look_at_areas(image, found));
    }
    return found;
}

}  // namespace isolde::vmedia
