// SPDX-License-Identifier: GPL-3.0-or-later
//
// JSON and sealed values as columns, and the order in which records were created.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "conductor/store/connection.h"
#include "conductor/store/store.h"

#include <string>

namespace isolde::conductor {

Value json_value(const base::Json& value);
/// Errors: Corrupt.
base::Result<base::Json> json_of(const std::string& column);

Value sealed_json(const Sealer& sealer, const base::Json& value, const std::string& context);
base::Result<base::Json> open_json(const Sealer& sealer, const std::string& column, const std::string& context);

/// The next number of the one sequence that all records share: later records have higher numbers. Writer only.
base::Result<std::int64_t> next_sequence(Connection& connection);

/// Errors: NotFound with Ironic's text, when there is no such node.
base::Result<void> require_node(Connection& connection, const base::NodeId& id);
base::Error no_such_node(const std::string& id_or_name);

/// Reads each row by `read(row)`, which returns a Result. Errors: the first of them.
template <typename Read>
auto read_rows(const std::vector<Row>& rows, Read read)
    -> base::Result<std::vector<std::decay_t<decltype(read(rows.front()).value())>>> {
    std::vector<std::decay_t<decltype(read(rows.front()).value())>> records;
    records.reserve(rows.size());
    for (const auto& row : rows) records.push_back(TRY(read(row)));
    return records;
}

}  // namespace isolde::conductor
