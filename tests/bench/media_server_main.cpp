// SPDX-License-Identifier: GPL-3.0-or-later
//
// For measuring: the media server with one composed image, a patch of 2 KiB in every STRIDE bytes of a base file, so
// that many ranges cross from file to memory and back. Also writes that image as a plain file, for the server compared
// with.
//
//   media-server BASE STRIDE COPY   →  "ready http://127.0.0.1:PORT/m/…/boot.iso"; serves until standard input ends
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "vmedia/serve/image_server.h"

#include <fcntl.h>
#include <algorithm>
#include <iostream>
#include <limits>
#include <string>

namespace {

using namespace isolde;

constexpr std::uint64_t kPatch = 2048;

/// The base with a patch in the middle of every stride.
base::Result<std::shared_ptr<const vmedia::ComposedImage>> patched(const std::string& path, std::uint64_t stride) {
    auto file = TRY(image::FileSource::open(path));
    std::vector<vmedia::Extent> extents;
    base::Bytes delta;
    std::uint64_t done = 0;
    for (std::uint64_t at = stride / 2; at + kPatch < file->size(); at += stride) {
        extents.push_back({done, at - done, vmedia::ExtentKind::Blob, 0, done});
        extents.push_back({at, kPatch, vmedia::ExtentKind::Delta, 0, delta.size()});
        delta.resize(delta.size() + kPatch, std::byte('#'));
        done = at + kPatch;
    }
    extents.push_back({done, file->size() - done, vmedia::ExtentKind::Blob, 0, done});
    auto map = TRY(vmedia::ExtentMap::from(std::move(extents)));
    return vmedia::ComposedImage::create({std::move(file)}, std::move(delta), std::move(map), "\"bench\"", "bench");
}

base::Result<void> copy_to(const vmedia::ComposedImage& image, const std::string& path) {
    TRY(base::write_durably(path, ""));
    base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    base::Bytes buffer(base::mebibytes(1).bytes());
    for (std::uint64_t at = 0; at < image.size(); at += buffer.size()) {
        const auto part = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), image.size() - at));
        TRY(image.read(at, part));
        TRY(base::write_exactly(file.get(), at, part));
    }
    return {};
}

base::Result<void> serve(const std::string& path, std::uint64_t stride, const std::string& copy) {
    const base::SystemClock clock;
    base::SystemRandom random;
    const auto log = base::make_stderr_log(base::LogLevel::Warning, base::LogFormat::Text);
    const auto image = TRY(patched(path, stride));
    TRY(copy_to(*image, copy));
    const auto server = TRY(vmedia::ImageServer::start(image, "127.0.0.1", 0, random, clock, *log));
    std::cout << "ready " << server->url() << std::endl;
    std::cin.ignore(std::numeric_limits<std::streamsize>::max());
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: media-server BASE STRIDE COPY\n";
        return 2;
    }
    const auto served = serve(argv[1], std::stoull(argv[2]), argv[3]);
    if (!served.ok()) {
        std::cerr << served.error().to_string() << '\n';
        return 1;
    }
    return 0;
}
