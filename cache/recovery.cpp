// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/recovery.h"

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <set>

namespace isolde::cache {
namespace {

base::Result<bool> file_has_size(const std::string& path, base::ByteCount size) {
    auto file = base::open_for_reading(path);
    if (!file) {
        return file.error().kind == base::ErrorKind::NotFound ? base::Result<bool>(false) : std::move(file).error();
    }
    return TRY(base::size_of(*file)) == size;
}

base::Result<void> drop_rows_without_file(const CachePaths& paths, Index& index, IndexContent& content,
                                          base::Log& log) {
    std::vector<BlobRecord> kept;
    for (BlobRecord& blob : content.blobs) {
        const std::string& hex = blob.digest.hex();
        if (TRY(file_has_size(paths.blob(hex), blob.size))) {
            kept.push_back(std::move(blob));
            continue;
        }
        log.warning("cache.repair", {{"removed", "row of a missing or damaged blob"}, {"digest", hex}});
        TRY(index.drop_blob(hex));
        std::erase_if(content.leases, [&](const auto& row) { return row.blob == hex; });
        std::erase_if(content.sources, [&](const auto& row) { return row.blob == hex; });
    }
    content.blobs = std::move(kept);
    return {};
}

base::Result<void> remove_files_not_in(const std::string& directory, const std::set<std::string>& known,
                                       base::Log& log) {
    for (const std::string& name : TRY(base::list_directory(directory))) {
        if (!known.contains(name)) {
            log.warning("cache.repair", {{"removed", base::join_path(directory, name)}});
            TRY(base::remove_file(base::join_path(directory, name)));
        }
    }
    return {};
}

/// True when the part can be gone on with.
base::Result<bool> cut_to_durable(const std::string& path, base::ByteCount durable) {
    auto file = base::open_for_reading(path);
    if (!file || durable.bytes() == 0 || TRY(base::size_of(*file)) < durable) {
        return false;
    }
    if (::truncate(path.c_str(), static_cast<off_t>(durable.bytes())) != 0) {
        return base::from_errno("cannot cut " + path, errno);
    }
    return true;
}

base::Result<void> keep_resumable_parts(const CachePaths& paths, Index& index, IndexContent& content) {
    std::vector<PartRecord> kept;
    for (PartRecord& part : content.parts) {
        if (TRY(cut_to_durable(paths.part(part.name), part.durable))) {
            kept.push_back(std::move(part));
        } else {
            TRY(index.drop_part(part.name));
        }
    }
    content.parts = std::move(kept);
    return {};
}

template <typename Rows, typename Name>
std::set<std::string> names_of(const Rows& rows, Name name) {
    std::set<std::string> names;
    std::transform(rows.begin(), rows.end(), std::inserter(names, names.end()), name);
    return names;
}

}  // namespace

base::Result<IndexContent> reconcile(const CachePaths& paths, Index& index, base::Log& log) {
    IndexContent content = TRY(index.load());
    TRY(drop_rows_without_file(paths, index, content, log));
    TRY(keep_resumable_parts(paths, index, content));
    TRY(remove_files_not_in(paths.blobs(),
                            names_of(content.blobs, [](const BlobRecord& blob) { return blob.digest.hex(); }), log));
    TRY(remove_files_not_in(paths.downloads(),
                            names_of(content.parts, [](const PartRecord& part) { return part.name; }), log));
    return content;
}

}  // namespace isolde::cache
