// SPDX-License-Identifier: GPL-3.0-or-later
//
// One connection to the database, over SOCI: statements with bound values in, rows of text out. SOCI throws, and its
// texts contain the bound values: here its exceptions become Errors that say what failed and nothing of the values.
// Statements are prepared once for each SQL text and kept.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::conductor {

/// A value to bind: text or a number, or NULL of either type.
struct Value {
    enum class Type { Text, Number };
    Type type = Type::Text;
    bool null = false;
    std::string text;
    long long number = 0;
};
Value text(std::string value);
/// NULL when empty.
Value text_or_null(std::string value);
Value number(std::int64_t value);
/// Microseconds since the epoch.
Value time(base::WallTime value);
Value time(const std::optional<base::WallTime>& value);

using Values = std::vector<Value>;
/// One row of an answer; NULL is nothing.
using Row = std::vector<std::optional<std::string>>;

/// Reads the columns of a row in order. A NULL reads as "" or 0 where nothing else is said.
class RowReader {
  public:
    explicit RowReader(const Row& row) : row_(row) {}
    std::string text();
    std::int64_t number();
    bool flag() { return number() != 0; }
    base::WallTime time() { return base::WallTime(std::chrono::microseconds(number())); }
    std::optional<base::WallTime> optional_time();
    /// Errors: Corrupt, when a column was not what it should be.
    base::Result<void> finish() const;

  private:
    const std::optional<std::string>& next();

    const Row& row_;
    std::size_t position_ = 0;
    bool good_ = true;
};

/// Not thread-safe: one thread at a time.
///
/// Errors of all calls: Conflict (a constraint), Unavailable (locked by another program for too long), Exhausted (the
/// disk is full), Corrupt (the file is damaged or no database), Internal.
class Connection {
  public:
    enum class Access { ReadWrite, ReadOnly };

    /// Opens the SQLite file, creating it (mode 0600) for ReadWrite: WAL, synchronous=FULL, foreign keys.
    static base::Result<std::unique_ptr<Connection>> open(const std::string& path, Access access);
    ~Connection();

    /// Runs a statement without rows. Returns how many rows it changed.
    base::Result<std::int64_t> execute(const std::string& sql, const Values& values = {});
    /// SELECT `columns` `rest`, such as query("id, name", "FROM nodes WHERE id = :id", …).
    base::Result<std::vector<Row>> query(std::string_view columns, std::string_view rest, const Values& values = {});
    /// `sql` RETURNING `columns`.
    base::Result<std::vector<Row>> returning(std::string_view sql, std::string_view columns, const Values& values);

  private:
    struct State;
    explicit Connection(std::unique_ptr<State> state);
    base::Result<std::vector<Row>> rows(const std::string& sql, std::size_t columns, const Values& values,
                                        std::int64_t* changed);

    std::unique_ptr<State> state_;
};

// SQL text, and what is made of a list of columns "a, b".
std::string joined(std::initializer_list<std::string_view> parts);
std::string insert_into(std::string_view table, std::string_view columns);  ///< "INSERT INTO t (a, b) VALUES (:a, :b)"
std::string placeholders(std::string_view columns);                         ///< ":a, :b"
std::string assignments(std::string_view columns);                          ///< "a = :a, b = :b"
std::string assignments_of_excluded(std::string_view columns);              ///< "a = excluded.a, b = excluded.b"

}  // namespace isolde::conductor
