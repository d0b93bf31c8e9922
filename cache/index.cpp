// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/index.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <array>
#include <utility>

namespace isolde::cache {
namespace {

constexpr int kSchemaVersion = 1;

constexpr std::array kSchema{
    "CREATE TABLE blobs (digest TEXT PRIMARY KEY, sha512 TEXT NOT NULL, size INTEGER NOT NULL, kind TEXT NOT NULL, "
    "last_used INTEGER NOT NULL)",
    "CREATE TABLE leases (digest TEXT NOT NULL, kind INTEGER NOT NULL, holder TEXT NOT NULL, PRIMARY KEY (kind, "
    "holder, digest))",
    "CREATE TABLE sources (source TEXT PRIMARY KEY, display TEXT NOT NULL, digest TEXT NOT NULL, etag TEXT NOT NULL, "
    "last_modified TEXT NOT NULL)",
    "CREATE INDEX sources_by_digest ON sources (digest)",
    "CREATE INDEX leases_by_digest ON leases (digest)",
    "CREATE TABLE parts (name TEXT PRIMARY KEY, source TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL, "
    "durable INTEGER NOT NULL)",
};

long long number(base::WallTime time) {
    return time.time_since_epoch().count();
}

long long number(base::ByteCount count) {
    return static_cast<long long>(count.bytes());
}

base::ByteCount byte_count(long long value) {
    return base::ByteCount(static_cast<std::uint64_t>(value));
}

/// SQLite's own words for a result code: SOCI's texts repeat bound values.
base::Error translated(const char* what, int code) {
    const std::string text = std::string("cache index: ") + what + ": " + sqlite_api::sqlite3_errstr(code);
    switch (code & 0xff) {
        case SQLITE_FULL: return base::exhausted(text);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return base::corrupt(text + "; move index.sqlite away to start with an empty cache");
        default: return base::internal(text);
    }
}

/// Runs `work`; an exception of SOCI becomes an error.
template <typename Work>
auto guarded(const char* what, Work work) -> base::Result<decltype(work())> {
    try {
        if constexpr (std::is_void_v<decltype(work())>) {
            work();
            return {};
        } else {
            return work();
        }
    } catch (const soci::sqlite3_soci_error& error) {
        return translated(what, error.result());
    } catch (const std::exception&) {
        return base::internal(std::string("cache index: ") + what + " failed");
    }
}

}  // namespace

struct Index::Database {
    soci::session sql;

    void create_or_check_schema() {
        sql << "PRAGMA journal_mode=WAL";
        sql << "PRAGMA synchronous=FULL";
        int version = 0;
        sql << "PRAGMA user_version", soci::into(version);
        if (version == kSchemaVersion) {
            return;
        }
        soci::transaction transaction(sql);
        for (const char* statement : kSchema) {
            sql << statement;
        }
        sql << "PRAGMA user_version=" << kSchemaVersion;
        transaction.commit();
    }

    void put_source(const SourceRecord& source) {
        sql << "INSERT OR REPLACE INTO sources VALUES (:source, :display, :digest, :etag, :modified)",
            soci::use(source.key), soci::use(source.display), soci::use(source.blob), soci::use(source.validators.etag),
            soci::use(source.validators.last_modified);
    }
};

Index::Index(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Index::~Index() = default;

base::Result<std::unique_ptr<Index>> Index::open(const std::string& path) {
    auto database = std::make_unique<Database>();
    TRY(guarded("open", [&] {
        database->sql.open(soci::sqlite3, "dbname=\"" + path + "\" timeout=5");
        database->create_or_check_schema();
    }));
    return std::unique_ptr<Index>(new Index(std::move(database)));
}

base::Result<IndexContent> Index::load() {
    auto& sql = database_->sql;
    return guarded("read", [&] {
        IndexContent content;
        for (const soci::row& row : soci::rowset<soci::row>(
                 sql.prepare
                 << "SELECT digest, sha512, CAST(size AS TEXT), kind, CAST(last_used AS TEXT) FROM blobs")) {
            content.blobs.push_back({base::Digest(base::DigestAlgorithm::Sha256, row.get<std::string>(0)),
                                     row.get<std::string>(1), byte_count(std::stoll(row.get<std::string>(2))),
                                     row.get<std::string>(3),
                                     base::WallTime(std::chrono::microseconds(std::stoll(row.get<std::string>(4))))});
        }
        for (const soci::row& row :
             soci::rowset<soci::row>(sql.prepare << "SELECT digest, CAST(kind AS TEXT), holder FROM leases")) {
            const auto kind = static_cast<LeaseKind>(std::stoi(row.get<std::string>(1)));
            content.leases.push_back({row.get<std::string>(0), Lease{kind, row.get<std::string>(2)}});
        }
        for (const soci::row& row : soci::rowset<soci::row>(
                 sql.prepare << "SELECT source, display, digest, etag, last_modified FROM sources")) {
            content.sources.push_back({row.get<std::string>(0),
                                       row.get<std::string>(1),
                                       row.get<std::string>(2),
                                       {row.get<std::string>(3), row.get<std::string>(4)}});
        }
        for (const soci::row& row : soci::rowset<soci::row>(
                 sql.prepare << "SELECT name, source, etag, last_modified, CAST(durable AS TEXT) FROM parts")) {
            content.parts.push_back({row.get<std::string>(0),
                                     row.get<std::string>(1),
                                     {row.get<std::string>(2), row.get<std::string>(3)},
                                     byte_count(std::stoll(row.get<std::string>(4)))});
        }
        return content;
    });
}

base::Result<void> Index::commit_blob(const BlobRecord& blob, const SourceRecord& source,
                                      const std::string& part_name) {
    auto& sql = database_->sql;
    return guarded("commit of a blob", [&] {
        soci::transaction transaction(sql);
        const long long size = number(blob.size);
        const long long used = number(blob.last_used);
        sql << "INSERT OR REPLACE INTO blobs VALUES (:digest, :sha512, :size, :kind, :used)",
            soci::use(blob.digest.hex()), soci::use(blob.sha512), soci::use(size), soci::use(blob.kind),
            soci::use(used);
        database_->put_source(source);
        sql << "DELETE FROM parts WHERE name = :name", soci::use(part_name);
        transaction.commit();
    });
}

base::Result<void> Index::drop_blob(const std::string& blob) {
    auto& sql = database_->sql;
    return guarded("removal of a blob", [&] {
        soci::transaction transaction(sql);
        sql << "DELETE FROM leases WHERE digest = :digest", soci::use(blob);
        sql << "DELETE FROM sources WHERE digest = :digest", soci::use(blob);
        sql << "DELETE FROM blobs WHERE digest = :digest", soci::use(blob);
        transaction.commit();
    });
}

base::Result<void> Index::put_lease(const std::string& blob, const Lease& lease, base::WallTime last_used) {
    auto& sql = database_->sql;
    return guarded("grant of a lease", [&] {
        soci::transaction transaction(sql);
        const int kind = static_cast<int>(lease.kind);
        const long long used = number(last_used);
        sql << "INSERT OR REPLACE INTO leases VALUES (:digest, :kind, :holder)", soci::use(blob), soci::use(kind),
            soci::use(lease.holder);
        sql << "UPDATE blobs SET last_used = :used WHERE digest = :digest", soci::use(used), soci::use(blob);
        transaction.commit();
    });
}

base::Result<void> Index::drop_leases(const std::vector<Lease>& leases) {
    auto& sql = database_->sql;
    return guarded("release of leases", [&] {
        soci::transaction transaction(sql);
        for (const Lease& lease : leases) {
            const int kind = static_cast<int>(lease.kind);
            sql << "DELETE FROM leases WHERE kind = :kind AND holder = :holder", soci::use(kind),
                soci::use(lease.holder);
        }
        transaction.commit();
    });
}

base::Result<void> Index::put_part(const PartRecord& part) {
    auto& sql = database_->sql;
    return guarded("note of a download", [&] {
        const long long durable = number(part.durable);
        sql << "INSERT OR REPLACE INTO parts VALUES (:name, :source, :etag, :modified, :durable)", soci::use(part.name),
            soci::use(part.key), soci::use(part.validators.etag), soci::use(part.validators.last_modified),
            soci::use(durable);
    });
}

base::Result<void> Index::drop_part(const std::string& name) {
    return guarded("end of a download",
                   [&] { database_->sql << "DELETE FROM parts WHERE name = :name", soci::use(name); });
}

}  // namespace isolde::cache
