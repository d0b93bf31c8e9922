// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/connection.h"

#include "base/files.h"

#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <algorithm>
#include <deque>
#include <unordered_map>

namespace isolde::conductor {
namespace {

using base::Result;

constexpr int kBusyTimeoutSeconds = 10;

/// What a statement is about, for errors: "INSERT INTO nodes". The text holds placeholders only, never values.
std::string subject(const std::string& sql) {
    std::size_t end = 0;
    for (int words = 0; words < 3 && end != std::string::npos; ++words) end = sql.find(' ', end + 1);
    return sql.substr(0, end);
}

base::Error from_sqlite(int code, const std::string& sql) {
    const std::string what = "database: " + subject(sql) + ": ";
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
            return base::conflict(what + "the record exists already, or refers to one that does not");
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return base::unavailable(what + "locked by another program");
        case SQLITE_FULL: return base::exhausted(what + "the disk is full");
        case SQLITE_CORRUPT: return base::corrupt(what + "the file is damaged");
        case SQLITE_NOTADB: return base::corrupt(what + "the file is no SQLite database");
        case SQLITE_CANTOPEN: return base::internal(what + "the file cannot be opened");
        case SQLITE_READONLY: return base::internal(what + "the file or its directory is read-only");
        case SQLITE_IOERR: return base::internal(what + "input or output failed");
        default: return base::internal(what + "failed with SQLite code " + std::to_string(code));
    }
}

/// Runs `work`, which returns a Result and may throw; the texts of SOCI's exceptions stay here.
template <typename Work>
auto guarded(const std::string& sql, Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const soci::sqlite3_soci_error& error) {
        return from_sqlite(error.result(), sql);
    } catch (const soci::soci_error&) {
        return base::internal("database: " + subject(sql) + " failed");
    } catch (const std::bad_alloc&) {
        return base::exhausted("database: " + subject(sql) + ": out of memory");
    }
}

/// The place that a bound value or a column keeps for the life of its statement.
struct Cell {
    std::string text;
    long long number = 0;
    soci::indicator indicator = soci::i_ok;
};

/// A prepared statement with its cells. SOCI keeps references to the cells: they never move.
class Prepared {
  public:
    Prepared(soci::session& session, const std::string& sql, std::size_t columns, const Values& values)
        : inputs_(values.size()), outputs_(columns), statement_(session) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            Cell& cell = inputs_[i];
            if (values[i].type == Value::Type::Text) {
                statement_.exchange(soci::use(cell.text, cell.indicator));
            } else {
                statement_.exchange(soci::use(cell.number, cell.indicator));
            }
        }
        for (auto& cell : outputs_) statement_.exchange(soci::into(cell.text, cell.indicator));
        statement_.alloc();
        statement_.prepare(sql);
        statement_.define_and_bind();
    }

    /// Reads to the last row: only then SQLite ends the statement's view of the database.
    std::vector<Row> run(const Values& values) {
        bind(values);
        std::vector<Row> rows;
        if (outputs_.empty()) {
            statement_.execute(true);
        } else {
            statement_.execute(false);
            while (statement_.fetch()) rows.push_back(current_row());
        }
        forget_values();
        return rows;
    }

    std::int64_t changed() { return statement_.get_affected_rows(); }

  private:
    void bind(const Values& values) {
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            inputs_[i].text = values[i].text;
            inputs_[i].number = values[i].number;
            inputs_[i].indicator = values[i].null ? soci::i_null : soci::i_ok;
        }
    }

    /// A statement lives long; a large value must not live with it.
    void forget_values() {
        constexpr std::size_t kWorthKeeping = 64U << 10U;
        for (auto* cells : {&inputs_, &outputs_}) {
            for (auto& cell : *cells) {
                if (cell.text.capacity() > kWorthKeeping) std::string().swap(cell.text);
            }
        }
    }

    Row current_row() const {
        Row row;
        row.reserve(outputs_.size());
        for (const auto& cell : outputs_) {
            row.push_back(cell.indicator == soci::i_null ? std::nullopt : std::optional(cell.text));
        }
        return row;
    }

    std::deque<Cell> inputs_;
    std::deque<Cell> outputs_;
    soci::statement statement_;
};

std::size_t count_columns(std::string_view columns) {
    return static_cast<std::size_t>(std::count(columns.begin(), columns.end(), ',')) + 1;
}

/// The database holds secrets, though sealed: nobody else reads it. SQLite gives its -wal and -shm the same mode.
Result<void> create_private(const std::string& path) {
    const base::UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return base::from_errno("database " + path, errno);
    return {};
}

}  // namespace

struct Connection::State {
    soci::session session;
    std::unordered_map<std::string, std::unique_ptr<Prepared>> statements;

    Prepared& prepared(const std::string& sql, std::size_t columns, const Values& values) {
        auto& slot = statements[sql];
        if (!slot) slot = std::make_unique<Prepared>(session, sql, columns, values);
        return *slot;
    }

    ~State() {
        statements.clear();
        session.close();
    }
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Access access) {
    if (path.find('"') != std::string::npos) {
        return base::invalid_argument("the path of the database must not contain a double quote: " + path);
    }
    if (access == Access::ReadWrite) TRY(create_private(path));
    const std::string parameters = "db=\"" + path + "\" timeout=" + std::to_string(kBusyTimeoutSeconds);
    auto state = std::make_unique<State>();
    TRY(guarded("opening " + path, [&]() -> Result<void> {
        state->session.open(soci::sqlite3, parameters);
        return {};
    }));
    std::unique_ptr<Connection> connection(new Connection(std::move(state)));
    TRY(connection->rows("PRAGMA journal_mode = WAL", 1, {}, nullptr));
    TRY(connection->execute("PRAGMA synchronous = FULL"));
    TRY(connection->execute("PRAGMA foreign_keys = ON"));
    if (access == Access::ReadOnly) TRY(connection->execute("PRAGMA query_only = ON"));
    return connection;
}

Result<std::vector<Row>> Connection::rows(const std::string& sql, std::size_t columns, const Values& values,
                                          std::int64_t* changed) {
    auto result = guarded(sql, [&]() -> Result<std::vector<Row>> {
        Prepared& statement = state_->prepared(sql, columns, values);
        auto rows = statement.run(values);
        if (changed != nullptr) *changed = statement.changed();
        return rows;
    });
    // A statement that failed may still hold locks and is in no state to be run again.
    if (!result.ok()) state_->statements.erase(sql);
    return result;
}

Result<std::int64_t> Connection::execute(const std::string& sql, const Values& values) {
    std::int64_t changed = 0;
    TRY(rows(sql, 0, values, &changed));
    return changed;
}

Result<std::vector<Row>> Connection::query(std::string_view columns, std::string_view rest, const Values& values) {
    std::string sql = "SELECT ";
    sql.append(columns).append(" ").append(rest);
    return rows(sql, count_columns(columns), values, nullptr);
}

Result<std::vector<Row>> Connection::returning(std::string_view sql, std::string_view columns, const Values& values) {
    std::string whole(sql);
    whole.append(" RETURNING ").append(columns);
    return rows(whole, count_columns(columns), values, nullptr);
}

}  // namespace isolde::conductor
