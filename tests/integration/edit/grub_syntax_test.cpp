// SPDX-License-Identifier: GPL-3.0-or-later
//
// GRUB's own parser (grub-script-check) accepts what the editor writes.
#include "vmedia/edit/grub.h"

#include "base/files.h"
#include "base/process.h"

#include <gtest/gtest.h>

#include <chrono>

namespace isolde::vmedia {
namespace {

using namespace std::chrono_literals;

/// Empty when GRUB accepts `script`.
std::string complaints_about(const std::string& script) {
    const auto directory = base::TemporaryDirectory::create("isolde-grub").value();
    const std::string path = directory.path() + "/grub.cfg";
    EXPECT_TRUE(base::write_durably(path, script).ok());
    const auto checked = base::run_process({{"grub-script-check", path}, {}, "", ""}, 30s).value();
    return checked.exit_code == 0 ? "" : checked.output + "in:\n" + script;
}

TEST(GrubSyntax, IsKeptByEveryEdit) {
    const BootEdit edit{
        {{"ds=nocloud;s=/x/", "a={b}", "k=a b", "c=$d&e|f<g>#h", "u=http://[::1]/?x=*"}, {"quiet"}}, true, true, {}};
    const char* scripts[] = {
        "menuentry 'a' {\n linux /v quiet\n initrd /i\n}\n",
        "menuentry 'a' { linux /v quiet; initrd /i; }\n",
        "submenu 'x' { menuentry 'a' { linux /v --- quiet # c\n initrd /i\n } }\n",
        "function linuxefi {\n linux \"$@\"\n}\nmenuentry \"b\" {\n ${linux}efi /v \\\n  ro \\\n  quiet\n}\n",
        "set timeout=-1\nset default=0\nmenuentry 'Disk' { exit; }\nmenuentry 'Go' { linux /v; linux /w; }\n",
        "if true; then menuentry x { linux /v; }\nelse menuentry y { linux /w; }\nfi\n",
    };
    for (const char* script : scripts) {
        ASSERT_EQ(complaints_about(script), "");
        const ConfigEdit result = edit_grub("/grub.cfg", script, edit).value();
        EXPECT_TRUE(result.changed());
        EXPECT_EQ(complaints_about(result.text), "");
    }
    EXPECT_NE(complaints_about("menuentry x {\n linux /v ds=nocloud;;{s\n"), "");
}

}  // namespace
}  // namespace isolde::vmedia
