// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/kernel_fields.h"

#include "conductor/node/known_fields.h"
#include "conductor/node/source_url.h"

namespace isolde::conductor {
namespace {

using base::JsonReader;
using base::Result;

/// Empty when it asks for nothing.
Result<std::string> text_in(const JsonReader& info, const std::string& name) {
    const auto member = info.json().find(name);
    if (member == info.json().end() || asks_for_nothing(*member)) return std::string();
    return info.string(name);
}

}  // namespace

Result<std::optional<SourceField>> read_source(const JsonReader& info, const std::string& name) {
    const std::string field = info.pointer() + "/" + name;
    SourceField source{TRY(text_in(info, name)), std::nullopt};
    const std::string checksum = TRY(text_in(info, name + "_checksum"));
    if (source.url.empty() && !checksum.empty()) {
        return base::invalid_argument(field + "_checksum is given, and no " + name);
    }
    if (source.url.empty()) return std::optional<SourceField>();
    TRY(check_source_url(source.url, field));
    if (!checksum.empty()) {
        source.checksum = TRY(base::Digest::parse(checksum).with_context(field + "_checksum"));
    }
    return std::optional(std::move(source));
}

Result<std::optional<KernelField>> read_kernel(const JsonReader& instance, const JsonReader& driver) {
    const auto kernel = TRY(read_source(instance, "kernel"));
    const auto ramdisk = TRY(read_source(instance, "ramdisk"));
    auto bootloader = TRY(read_source(instance, "bootloader"));
    if (!kernel && !ramdisk && bootloader) {
        return base::invalid_argument(instance.pointer() + "/bootloader is for kernel and ramdisk, and there are none");
    }
    if (!kernel && !ramdisk) return std::optional<KernelField>();
    if (!kernel || !ramdisk) {
        return base::invalid_argument(instance.pointer() + (kernel ? "/ramdisk" : "/kernel") +
                                      " is missing: kernel and ramdisk go together");
    }
    if (!bootloader) bootloader = TRY(read_source(driver, "bootloader"));
    return std::optional(KernelField{*kernel, *ramdisk, std::move(bootloader)});
}

}  // namespace isolde::conductor
