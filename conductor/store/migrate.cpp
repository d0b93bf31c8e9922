// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/digest.h"
#include "conductor/store/schema.h"

#include <map>

namespace isolde::conductor {
namespace {

using base::Result;

std::string checksum(const Migration& migration) {
    return base::sha256(migration.sql).str();
}

Result<std::map<std::int64_t, std::string>> applied_migrations(Connection& connection) {
    std::map<std::int64_t, std::string> applied;
    for (const auto& row : TRY(connection.query("number, checksum", "FROM schema_migrations"))) {
        RowReader reader(row);
        const std::int64_t number = reader.number();
        applied[number] = reader.text();
        TRY(reader.finish());
    }
    return applied;
}

/// What the database has seen must be a part of what we know.
Result<void> check_applied(const std::map<std::int64_t, std::string>& applied, std::span<const Migration> known) {
    for (const auto& [number, digest] : applied) {
        if (number < 1 || number > static_cast<std::int64_t>(known.size())) {
            return base::corrupt("the database was written by a newer version: it has migration " +
                                 std::to_string(number) + ", this program knows " + std::to_string(known.size()));
        }
        const Migration& ours = known[static_cast<std::size_t>(number) - 1];
        if (digest != checksum(ours)) {
            return base::corrupt("the database has another migration " + std::to_string(number) + " than \"" +
                                 std::string(ours.name) + "\" of this program");
        }
    }
    return {};
}

Result<void> run_statements(Connection& connection, std::string_view sql) {
    constexpr std::string_view kEnd = ";\n";
    while (sql.find(kEnd) != std::string_view::npos) {
        const auto end = sql.find(kEnd);
        const auto begin = sql.find_first_not_of('\n');
        TRY(connection.execute(std::string(sql.substr(begin, end - begin))));
        sql.remove_prefix(end + kEnd.size());
    }
    return {};
}

/// Runs inside a transaction: looks again, for another program may have been faster.
Result<void> apply_if_missing(Connection& connection, const Migration& migration, const base::Clock& clock,
                              base::Log& log) {
    if (TRY(applied_migrations(connection)).count(migration.number) != 0) return {};
    TRY(run_statements(connection, migration.sql));
    TRY(connection.execute(
        "INSERT INTO schema_migrations (number, name, checksum, applied_at) "
        "VALUES (:number, :name, :checksum, :applied_at)",
        {number(migration.number), text(std::string(migration.name)), text(checksum(migration)), time(clock.wall())}));
    log.info("store.migrated", {{"number", migration.number}, {"name", migration.name}});
    return {};
}

template <typename Work>
Result<void> in_transaction(Connection& connection, Work work) {
    TRY(connection.execute("BEGIN IMMEDIATE"));
    auto done = work();
    if (done.ok())
        return connection.execute("COMMIT").ok() ? Result<void>() : base::internal("database: COMMIT failed");
    (void)connection.execute("ROLLBACK");  // the first error is the one to tell
    return done;
}

Result<void> refuse_foreign_database(Connection& connection) {
    const auto tables = TRY(connection.query("name", "FROM sqlite_master WHERE type = 'table'"));
    for (const auto& row : tables) {
        if (row.front() == "schema_migrations") return {};
    }
    if (!tables.empty()) return base::corrupt("the file is a database of another program");
    return {};
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<const Migration> migrations, const base::Clock& clock,
                     base::Log& log) {
    TRY(in_transaction(connection, [&]() -> Result<void> {
        TRY(refuse_foreign_database(connection));
        TRY(
            connection.execute("CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, "
                               "name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)"));
        return {};
    }));
    TRY(check_applied(TRY(applied_migrations(connection)), migrations));
    for (const auto& migration : migrations) {
        TRY(in_transaction(connection, [&] {
                return apply_if_missing(connection, migration, clock, log);
            }).with_context("migration " + std::to_string(migration.number)));
    }
    return {};
}

}  // namespace isolde::conductor
