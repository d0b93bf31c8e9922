// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/codec.h"

namespace isolde::conductor {
namespace {

using base::Json;
using base::Result;

/// What we wrote ourselves: larger and deeper than what we would take from outside, and no key is looked for twice.
const base::JsonLimits kLimits{.size = base::mebibytes(64), .depth = 128, .allow_duplicate_keys = true};

}  // namespace

Value json_value(const Json& value) {
    return text(base::dump_json(value));
}

Result<Json> json_of(const std::string& column) {
    auto value = base::parse_json(column, kLimits);
    if (!value.ok()) return base::corrupt("a JSON column of the database cannot be read");
    return value;
}

Value sealed_json(const Sealer& sealer, const Json& value, const std::string& context) {
    return text(sealer.seal(base::dump_json(value), context));
}

Result<Json> open_json(const Sealer& sealer, const std::string& column, const std::string& context) {
    return json_of(TRY(sealer.open(column, context)));
}

Result<std::int64_t> next_sequence(Connection& connection) {
    const auto rows =
        TRY(connection.returning("UPDATE counters SET value = value + 1 WHERE name = 'sequence'", "value", {}));
    if (rows.empty()) return base::corrupt("the database has lost its counter");
    RowReader reader(rows.front());
    const std::int64_t value = reader.number();
    TRY(reader.finish());
    return value;
}

base::Error no_such_node(const std::string& id_or_name) {
    return base::not_found("Node " + id_or_name + " could not be found.");
}

Result<void> require_node(Connection& connection, const base::NodeId& id) {
    if (TRY(connection.query("id", "FROM nodes WHERE id = :id", {text(id.str())})).empty()) {
        return no_such_node(id.str());
    }
    return {};
}

}  // namespace isolde::conductor
