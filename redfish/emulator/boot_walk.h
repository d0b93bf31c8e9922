// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reads from an ISO what firmware, boot loader and kernel would read, in their order: boot catalog (El Torito), the
// boot image of the firmware's platform, the loader's configuration, kernel and initrd. It looks at the ISO with a
// small parser of its own (ECMA-119 directories with Rock Ridge names), so that it shares no mistake with what composed
// the ISO.
#pragma once

#include "base/result.h"
#include "redfish/emulator/journal.h"
#include "redfish/emulator/machine.h"
#include "redfish/emulator/reader_dialect.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace isolde::emulator {

/// Where bytes lie in an image.
struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// What a boot entry of a loader's configuration loads.
struct BootEntry {
    std::string kernel;     ///< path in the ISO
    std::string arguments;  ///< of the kernel
    std::vector<std::string> initrds;
};

/// What a configuration says that matters here.
struct LoaderConfiguration {
    std::optional<BootEntry> entry;     ///< the first with a kernel
    std::vector<std::string> includes;  ///< paths as written
};

/// GRUB and isolinux: "linux", "linuxefi", "kernel", "initrd", "initrdefi", "append", "include", "configfile",
/// "source".
LoaderConfiguration read_configuration(const std::string& text);

/// Boots as far as emulation goes. `loader_read` is called when the boot image was read in full. Progress goes to
/// `console`. Errors: NotFound (not bootable on this platform), Corrupt, and those of ImageReader::read.
base::Result<void> walk_boot(ImageReader& image, BootMode mode, Console& console,
                             const std::function<void()>& loader_read);

}  // namespace isolde::emulator
