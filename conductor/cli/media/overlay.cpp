// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/media/overlay.h"

#include "base/files.h"
#include "base/pending_file.h"

#include <filesystem>

namespace isolde::cli {
namespace {

using vmedia::Extent;
using vmedia::ExtentKind;

const char* source_name(const Extent& extent) {
    switch (extent.kind) {
        case ExtentKind::Blob: return extent.blob == 0 ? "base" : "file";
        case ExtentKind::Delta: return "delta";
        case ExtentKind::Zero: break;
    }
    return "zero";
}

/// Where an open file is on this machine.
std::string path_of(const image::FileSource& file) {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file.fd()), error).string();
}

base::Json describe_extents(const vmedia::ComposedImage& image, const OverlayBase& base) {
    base::Json extents = base::Json::array();
    for (const Extent& extent : image.extents().extents()) {
        base::Json item{{"offset", extent.offset}, {"length", extent.length}, {"source", source_name(extent)}};
        if (extent.kind != ExtentKind::Zero) {
            item["source_offset"] = extent.source_offset;
        }
        if (extent.kind == ExtentKind::Blob && extent.blob > 0) {
            item["path"] = path_of(image.blob(extent.blob));
        }
        extents.push_back(std::move(item));
    }
    return {{"format", "isolde-extents-1"},
            {"base", {{"path", base.path}, {"size", image.blob(0).size()}, {"digest", base.identity.str()}}},
            {"size", image.size()},
            {"etag", image.etag()},
            {"plan_digest", image.plan_digest()},
            {"extents", std::move(extents)}};
}

base::Result<base::PendingFile> write_file(const std::string& path, base::ByteView bytes) {
    auto file = TRY(base::PendingFile::create(path));
    TRY(base::write_exactly(file.fd(), 0, bytes).with_context("writing " + path));
    return file;
}

base::Result<void> write_files(const vmedia::Composition& composition, const OverlayBase& base,
                               const std::string& directory) {
    const vmedia::ComposedImage& image = *composition.image;
    auto delta = TRY(write_file(base::join_path(directory, "delta"), image.delta()));
    auto extents = TRY(write_file(base::join_path(directory, "extents.json"),
                                  base::as_bytes(base::dump_json(describe_extents(image, base), 1) + "\n")));
    auto manifest = TRY(write_file(base::join_path(directory, "manifest.json"),
                                   base::as_bytes(base::dump_json(composition.manifest, 1) + "\n")));
    TRY(delta.commit());
    TRY(extents.commit());
    return manifest.commit();
}

}  // namespace

base::Result<void> write_overlay(const vmedia::Composition& composition, const OverlayBase& base,
                                 const std::string& directory) {
    const bool made = !base::exists(directory);
    TRY(base::make_directories(directory));
    auto written = write_files(composition, base, directory);
    if (!written.ok() && made) {
        (void)base::remove_tree(directory);  // What failed matters more.
    }
    return written;
}

base::Result<base::Json> read_overlay_manifest(const std::string& directory) {
    const std::string path = base::join_path(directory, "manifest.json");
    return base::parse_json(TRY(base::read_file(path))).with_context("reading " + path);
}

}  // namespace isolde::cli
