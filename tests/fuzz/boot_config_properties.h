// SPDX-License-Identifier: GPL-3.0-or-later
//
// What holds for every editor of boot configurations, whatever the file.
#pragma once

#include "base/check.h"
#include "vmedia/edit/boot_config.h"

#include <string_view>

namespace isolde::vmedia {

using ConfigEditor = base::Result<ConfigEdit> (*)(std::string_view, std::string_view, const BootEdit&);

/// An editor that is asked for nothing changes nothing; one that appends a new word and then removes it does so too.
inline void check_config_editor(ConfigEditor editor, const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = editor("/x", text, {});
    if (!read.ok()) {
        return;
    }
    ISOLDE_CHECK(read->text == text && read->changes.empty());
    const BootEdit append{{{"isolde.fuzz=1;2"}, {}}, false, true, {}};
    const BootEdit remove{{{}, {"isolde.fuzz"}}, false, true, {}};
    const bool fresh = text.find("isolde") == std::string_view::npos;
    const auto appended = editor("/x", text, append);
    ISOLDE_CHECK(appended.ok() && appended->entries == read->entries);
    ISOLDE_CHECK(appended->text.size() >= text.size() || appended->changed());
    const auto removed = editor("/x", appended->text, remove);
    ISOLDE_CHECK(!removed.ok() || !fresh || removed->text.find("isolde") == std::string::npos);
    const BootEdit everything{{{"a"}, {"quiet", "ro"}, {"vga=1", "b=x y"}}, true, true,
                              {{"other"}, {"disk"}, "disk", false},         true, "*"};
    const auto edited = editor("/x", text, everything);
    ISOLDE_CHECK(edited.ok() && (edited->changed() || edited->text == text));
    const BootEdit nobody{{{"a"}, {"quiet"}, {"vga=1"}, {"no entry is called so"}}, false, true, {}, {}};
    const auto passed_over = editor("/x", text, nobody);
    ISOLDE_CHECK(!passed_over.ok() || text.find("no entry") != std::string_view::npos || passed_over->text == text);
}

}  // namespace isolde::vmedia
