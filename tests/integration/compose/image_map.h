// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is in an image, by path: as we read it, and as programs read it that know nothing of us.
#pragma once

#include "workbench.h"

#include "image/iso9660.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace isolde::vmedia::tests {

/// "f" and the content, "d", or "l" and the target.
using ImageMap = std::map<std::string, std::string>;

/// One tree by our own reader.
inline ImageMap map_of(const image::ByteSource& image, const image::IsoTree& tree) {
    ImageMap map;
    const auto walked = image::walk(
        image, tree,
        [&](const std::string& path, const image::IsoEntry& entry, image::DirectoryLocation) -> base::Result<void> {
            switch (entry.type) {
                case image::IsoEntryType::Directory: map[path] = "d"; break;
                case image::IsoEntryType::Symlink: map[path] = "l" + entry.system_use.symlink.value_or(""); break;
                default: {
                    const auto content = TRY(image::read_content(image, tree, entry, 1U << 20U));
                    map[path] = "f" + std::string(base::as_text(content));
                }
            }
            return {};
        });
    EXPECT_TRUE(walked.ok()) << (walked.ok() ? "" : walked.error().to_string());
    return map;
}

/// A directory of this machine.
inline ImageMap map_of_directory(const std::string& directory) {
    namespace fs = std::filesystem;
    ImageMap map;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
        const std::string path = "/" + entry.path().lexically_relative(directory).generic_string();
        if (entry.is_symlink()) {
            map[path] = "l" + fs::read_symlink(entry.path()).string();
        } else if (entry.is_directory()) {
            map[path] = "d";
        } else {
            std::ifstream file(entry.path(), std::ios::binary);
            map[path] = "f" + std::string(std::istreambuf_iterator<char>(file), {});
        }
    }
    return map;
}

/// Paths that differ, for a message.
inline std::string difference(const ImageMap& expected, const ImageMap& actual) {
    std::string text;
    for (const auto& [path, value] : expected) {
        const auto other = actual.find(path);
        if (other == actual.end()) {
            text += "missing " + path + "\n";
        } else if (other->second != value) {
            text += "other content " + path + " (" + std::to_string(value.size()) + " and " +
                    std::to_string(other->second.size()) + " bytes)\n";
        }
    }
    for (const auto& [path, value] : actual) {
        if (expected.count(path) == 0) {
            text += "unexpected " + path + "\n";
        }
    }
    return text;
}

/// What a tree without links holds of `map`.
inline ImageMap without_links(ImageMap map) {
    std::erase_if(map, [](const auto& item) { return item.second.front() == 'l'; });
    return map;
}

/// By libisofs: paths with the sizes of files, "d" and "l…" as above. Errors fail the test.
std::map<std::string, std::string> map_by_libisofs(const std::string& iso);

}  // namespace isolde::vmedia::tests
