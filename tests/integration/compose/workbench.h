// SPDX-License-Identifier: GPL-3.0-or-later
//
// Real images, composed and then read by programs that know nothing of us: libarchive, xorriso, isoinfo, mtools,
// sgdisk.
#pragma once

#include "base/files.h"
#include "base/process.h"
#include "vmedia/compose/composer.h"
#include "vmedia/compose/fingerprint.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace isolde::vmedia::tests {

using namespace std::chrono_literals;

inline std::string source_directory() {
    const char* const given = std::getenv("ISOLDE_SOURCE_DIR");
    return given != nullptr ? given : ".";
}

/// Removed at the end of the program.
inline const std::string& scratch() {
    static const auto directory = base::TemporaryDirectory::create("isolde-compose-test");
    return directory.value().path();
}

/// Where the files of one test lie; emptied after each test.
inline const std::string& test_directory() {
    static const std::string directory = scratch() + "/test";
    std::filesystem::create_directories(directory);
    return directory;
}

/// Removes the images in test_directory(). Trees are small, and stay: where thousands of files have just been removed,
/// some file systems take their time to make new ones.
inline void sweep_test_directory() {
    for (const auto& entry : std::filesystem::directory_iterator(test_directory())) {
        if (entry.is_regular_file()) {
            std::filesystem::remove(entry.path());
        }
    }
}

inline std::string numbered(const std::string& directory, const std::string& suffix) {
    static int count = 0;
    return directory + "/" + std::to_string(count++) + suffix;
}

/// For this test alone.
inline std::string fresh_path(const std::string& suffix) {
    return numbered(test_directory(), suffix);
}

/// For what several tests share.
inline std::string lasting_path(const std::string& suffix) {
    return numbered(scratch(), suffix);
}

struct Outcome {
    int exit_code = 0;
    std::string output;
};

inline Outcome try_shell(const std::string& script) {
    base::ProcessOptions options;
    options.arguments = {"bash", "-c", script};
    const auto output = base::run_process(options, 200s, base::mebibytes(64));
    EXPECT_TRUE(output.ok()) << script;
    return output.ok() ? Outcome{output->exit_code, output->output} : Outcome{255, {}};
}

/// The script's output; a failure of it fails the test.
inline std::string shell(const std::string& script) {
    const Outcome outcome = try_shell("set -euo pipefail; " + script);
    EXPECT_EQ(outcome.exit_code, 0) << script << ": " << outcome.output;
    return outcome.output;
}

inline std::set<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::set<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        lines.insert(line);
    }
    return lines;
}

/// An image in one of the layouts of make_iso.sh, made once.
inline const std::string& iso_of_layout(const std::string& layout) {
    static std::map<std::string, std::string> made;
    auto [place, is_new] = made.try_emplace(layout, scratch() + "/" + layout + ".iso");
    if (is_new) {
        shell(source_directory() + "/tests/support/make_iso.sh --layout " + layout + " --fake-kernel " + place->second);
    }
    return place->second;
}

inline InjectedFile text_file(const std::string& path, const std::string& text, FileTarget target = FileTarget::Iso) {
    InjectedFile file;
    file.path = path;
    file.target = target;
    file.content = base::to_bytes(text);
    return file;
}

inline base::Result<Composition> try_compose(const std::string& iso, const InjectionPlan& plan,
                                             const std::string& key = {}) {
    const auto source = TRY(image::FileSource::open(iso));
    return compose(source, TRY(content_digest(*source)), plan, base::as_bytes(key));
}

inline Composition composed(const std::string& iso, const InjectionPlan& plan) {
    auto composition = try_compose(iso, plan);
    EXPECT_TRUE(composition.ok()) << (composition.ok() ? "" : composition.error().to_string());
    return composition.ok() ? *composition : Composition{};
}

/// Composes and writes the whole image; gives its path.
inline std::string composed_file(const std::string& iso, const InjectionPlan& plan,
                                 const std::string& path = fresh_path(".iso")) {
    const Composition composition = composed(iso, plan);
    if (composition.image) {
        EXPECT_TRUE(materialize(*composition.image, path).ok());
    }
    return path;
}

/// The directory to which `command` extracts an image; `iso` does not change afterwards, and is extracted once. It
/// lasts as long as the image.
inline const std::string& extracted(const std::string& iso, const std::string& command) {
    static std::map<std::string, std::string> made;
    auto [place, is_new] = made.try_emplace(command + iso);
    if (is_new) {
        const bool lasting = iso.rfind(test_directory(), 0) != 0;
        place->second = lasting ? lasting_path("") : fresh_path("");
        shell("mkdir " + place->second + " && image=" + iso + " && cd " + place->second + " && " + command +
              " && chmod -R u+rwX .");
    }
    return place->second;
}
inline const std::string& extracted_by_rock_ridge(const std::string& iso) {
    return extracted(iso, "bsdtar -xf $image");
}
inline const std::string& extracted_by_joliet(const std::string& iso) {
    return extracted(iso, "bsdtar -xf $image --options '!rockridge'");
}
inline const std::string& extracted_by_xorriso(const std::string& iso) {
    return extracted(iso, "xorriso -osirrox on -indev $image -extract / . >/dev/null 2>&1");
}

/// What differs between two trees, as diff says it, without the directories' own names.
inline std::set<std::string> differences(const std::string& left, const std::string& right) {
    const Outcome outcome = try_shell("diff -rq --no-dereference " + left + " " + right + " | sed 's|" + left +
                                      "|A|g; s|" + right + "|B|g'");
    return lines_of(outcome.output);
}

inline std::string changed(const std::string& path) {
    return "Files A" + path + " and B" + path + " differ";
}

inline std::string content_of(const std::string& path) {
    auto content = base::read_file(path);
    EXPECT_TRUE(content.ok()) << path;
    return content.ok() ? *content : "";
}

}  // namespace isolde::vmedia::tests
