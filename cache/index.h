// SPDX-License-Identifier: GPL-3.0-or-later
//
// The index on the disk: one SQLite file (WAL, synchronous=FULL) that says which blobs, leases, sources and unfinished
// parts there are. It is read once, at open; afterwards every change is written through, durable before it returns.
// It never holds a password or a query: sources are keyed by the SHA-256 of their URL.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "cache/image_store.h"

#include <memory>
#include <string>
#include <vector>

namespace isolde::cache {

/// What a server said about the version that it sent. Texts as sent; empty when it said nothing.
struct Validators {
    std::string etag;
    std::string last_modified;
};

/// A URL and the content that it had when it was last asked.
struct SourceRecord {
    std::string key;      ///< hex SHA-256 of the URL with its query
    std::string display;  ///< the URL without user-info and query
    std::string blob;     ///< hex SHA-256 of the content
    Validators validators;
};

struct BlobRecord {
    base::Digest digest;
    std::string sha512;  ///< hex, when it was ever computed
    base::ByteCount size;
    std::string kind;
    base::WallTime last_used;
};

/// An unfinished download whose first `durable` bytes are known to be on the disk.
struct PartRecord {
    std::string name;  ///< file in downloads/
    std::string key;   ///< of its source and expected digest
    Validators validators;
    base::ByteCount durable;
};

struct IndexContent {
    struct LeaseRow {
        std::string blob;
        Lease lease;
    };
    std::vector<BlobRecord> blobs;
    std::vector<LeaseRow> leases;
    std::vector<SourceRecord> sources;
    std::vector<PartRecord> parts;
};

/// Not thread-safe. Errors of all calls: Exhausted (disk full), Corrupt (damaged file), Internal.
class Index {
  public:
    static base::Result<std::unique_ptr<Index>> open(const std::string& path);
    ~Index();

    base::Result<IndexContent> load();
    /// A blob, the source that it came from, and the end of its part, in one transaction.
    base::Result<void> commit_blob(const BlobRecord& blob, const SourceRecord& source, const std::string& part_name);
    /// With its leases and sources.
    base::Result<void> drop_blob(const std::string& blob);
    base::Result<void> put_lease(const std::string& blob, const Lease& lease, base::WallTime used);
    /// On every blob.
    base::Result<void> drop_leases(const std::vector<Lease>& leases);
    base::Result<void> put_part(const PartRecord& part);
    base::Result<void> drop_part(const std::string& name);

  private:
    struct Database;
    explicit Index(std::unique_ptr<Database> database);
    std::unique_ptr<Database> database_;
};

}  // namespace isolde::cache
