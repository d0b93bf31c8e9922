// SPDX-License-Identifier: GPL-3.0-or-later
//
// kargs.json or igninfo.json up to the first NUL, behind it a configuration: what has an area keeps it, in its size,
// and reads back what was put in.
#include "vmedia/edit/coreos_areas.h"
#include "vmedia/edit/grub.h"

#include "base/check.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

void check_area(std::string_view text, ArgumentArea area, const std::vector<Splice>& splices) {
    const auto before = read_area(text, area);
    const auto filled = fill_area(text, splices, area);
    if (!filled.ok()) {
        return;
    }
    ISOLDE_CHECK(before.ok() && filled->arguments.size() < area.size);
    ISOLDE_CHECK(!filled->alone || filled->text.size() == text.size());
    area.offset = filled->offset;
    // Where padding and end are characters of arguments, an area does not tell where these end.
    const auto after = read_area(filled->text, area);
    const bool ordinary = area.pad == '#' && area.end == '\n' && !filled->arguments.ends_with('#');
    ISOLDE_CHECK(!ordinary || (after.ok() && *after == filled->arguments));
}

}  // namespace
}  // namespace isolde::vmedia

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace isolde::vmedia;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view info = input.substr(0, input.find('\0'));
    const std::string_view text = input.substr(std::min(info.size() + 1, input.size()));
    static_cast<void>(parse_igninfo_json(info));
    const auto areas = parse_kargs_json(info);
    if (!areas.ok()) {
        return 0;
    }
    const BootEdit edit{{{"a=b;c", "d"}, {"quiet"}, {"vga=1"}, {}, {}}, true, true, {}, {}};
    const auto edited = edit_grub("/grub.cfg", text, edit);
    for (const ArgumentArea& area : areas->areas) {
        check_area(text, area, edited.ok() ? edited->splices : std::vector<Splice>());
        const auto moved = move_areas(info, {{area.path, 4711}});
        ISOLDE_CHECK(moved.ok() && parse_kargs_json(*moved).ok());
    }
    return 0;
}
