// SPDX-License-Identifier: GPL-3.0-or-later
//
// Real ISO images, made once for each test program, and what other programs say about them.
#pragma once

#include "base/files.h"
#include "base/process.h"
#include "image/byte_source.h"
#include "image/iso9660.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace isolde::image::tests {

using namespace std::chrono_literals;

inline std::string source_directory() {
    const char* const given = std::getenv("ISOLDE_SOURCE_DIR");
    return given != nullptr ? given : ".";
}

/// Removed at the end of the program.
inline const std::string& scratch() {
    static const auto directory = base::TemporaryDirectory::create("isolde-image-test");
    return directory.value().path();
}

/// The command's output; a failure of it fails the test.
inline std::string output_of(std::vector<std::string> command) {
    base::ProcessOptions options;
    options.arguments = std::move(command);
    const auto output = base::run_process(options, 100s, base::mebibytes(64));
    EXPECT_TRUE(output.ok()) << options.arguments.front();
    EXPECT_EQ(output->exit_code, 0) << options.arguments.front() << ": " << output->output;
    return output->output;
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// Path of an image in one of the layouts of make_iso.sh.
inline const std::string& iso_of_layout(const std::string& layout) {
    static std::map<std::string, std::string> made;
    auto [place, is_new] = made.try_emplace(layout, scratch() + "/" + layout + ".iso");
    if (is_new) {
        output_of(
            {source_directory() + "/tests/support/make_iso.sh", "--layout", layout, "--fake-kernel", place->second});
    }
    return place->second;
}

inline std::shared_ptr<const FileSource> open_image(const std::string& path) {
    auto source = FileSource::open(path);
    EXPECT_TRUE(source.ok()) << (source.ok() ? "" : source.error().to_string());
    return *source;
}

/// All paths of a tree as we read them.
inline std::set<std::string> paths_of(const ByteSource& image, const IsoTree& tree) {
    std::set<std::string> paths;
    const auto walked = walk(image, tree, [&](const std::string& path, const IsoEntry&, DirectoryLocation) {
        EXPECT_TRUE(paths.insert(path).second) << path;
        return base::Result<void>();
    });
    EXPECT_TRUE(walked.ok()) << (walked.ok() ? "" : walked.error().to_string());
    return paths;
}

/// As libarchive lists them (by Rock Ridge).
inline std::set<std::string> paths_by_bsdtar(const std::string& iso) {
    std::set<std::string> paths;
    for (std::string line : lines_of(output_of({"bsdtar", "-tf", iso}))) {
        line.resize(line.find_last_not_of('/') + 1);
        if (line != ".") {
            paths.insert("/" + line);
        }
    }
    return paths;
}

/// As isoinfo lists them; `option` is "-R" or "-J".
inline std::set<std::string> paths_by_isoinfo(const std::string& iso, const std::string& option) {
    const auto lines = lines_of(output_of({"isoinfo", option, "-f", "-i", iso}));
    return {lines.begin(), lines.end()};
}

}  // namespace isolde::image::tests
