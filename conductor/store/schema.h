// SPDX-License-Identifier: GPL-3.0-or-later
//
// The numbered migrations of the store, and how they are applied. The SQL is the subset that SQLite and PostgreSQL
// share: TEXT for JSON and sealed values, BIGINT for times (microseconds since the epoch) and counts.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "conductor/store/connection.h"

#include <span>
#include <string_view>

namespace isolde::conductor {

struct Migration {
    std::int64_t number;  ///< from 1, without gaps
    std::string_view name;
    std::string_view sql;  ///< statements, each ending with ";" at the end of a line
};

/// A migration that was ever released is never changed: its checksum stands in every database.
std::span<const Migration> store_migrations();

/// Applies those of `migrations` that the database has not seen, each in a transaction of its own. Safe when several
/// programs do it at once.
/// Errors: Corrupt (a database of another program, of a newer version, or with a migration that differs from ours).
base::Result<void> migrate(Connection& connection, std::span<const Migration> migrations, const base::Clock& clock,
                           base::Log& log);

}  // namespace isolde::conductor
