// SPDX-License-Identifier: GPL-3.0-or-later
//
// Archives of files with any names: refused, or a whole archive that begins and ends as Linux wants it. Lines of the
// input are paths; the first character of each tells the kind.
#include "base/check.h"
#include "image/compression.h"
#include "vmedia/edit/cpio.h"

#include <algorithm>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace isolde;
    std::string_view input(reinterpret_cast<const char*>(data), size);
    std::vector<vmedia::CpioFile> files;
    while (!input.empty()) {
        const std::string_view line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        if (line.empty()) {
            continue;
        }
        vmedia::CpioFile file;
        file.path = line.substr(1);
        file.kind = static_cast<vmedia::CpioKind>(static_cast<unsigned char>(line[0]) % 3);
        file.content = file.kind == vmedia::CpioKind::Directory ? base::ByteView() : base::as_bytes(line);
        files.push_back(std::move(file));
    }
    const auto archive = vmedia::make_cpio(files);
    if (archive.ok()) {
        ISOLDE_CHECK(archive->size() % 4 == 0);
        ISOLDE_CHECK(image::stream_format(*archive) == image::StreamFormat::CpioNewc);
        const std::string_view text = base::as_text(base::ByteView(*archive));
        ISOLDE_CHECK(text.find("TRAILER!!!") != std::string_view::npos);
    }
    return 0;
}
