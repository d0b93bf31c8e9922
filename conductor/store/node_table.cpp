// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/node_table.h"
#include "conductor/store/codec.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using base::Result;

constexpr std::string_view kColumns =
    "id, name, driver, driver_info, instance_info, properties, extra, attributes, instance_uuid, conductor_group, "
    "provision_state, power_state, target_power_state, maintenance, maintenance_reason, fault, last_error, "
    "driver_internal_info, created_at, updated_at, provision_updated_at, version";
constexpr std::string_view kDerivedColumns = "bmc_authority, bmc_system, config_drive";

const std::string& written_columns() {
    static const std::string kAllColumns = joined({kColumns, ", ", kDerivedColumns});
    return kAllColumns;
}

std::string sealing_context(const std::string& id, const char* column) {
    return "nodes/" + id + "/" + column;
}

Result<Node> read_node(const Row& row, const Sealer& sealer) {
    RowReader reader(row);
    Node node;
    node.id = base::NodeId(reader.text());
    node.name = reader.text();
    node.driver = reader.text();
    node.driver_info = TRY(open_json(sealer, reader.text(), sealing_context(node.id.str(), "driver_info")));
    node.instance_info = TRY(open_json(sealer, reader.text(), sealing_context(node.id.str(), "instance_info")));
    node.properties = TRY(json_of(reader.text()));
    node.extra = TRY(json_of(reader.text()));
    node.attributes = TRY(json_of(reader.text()));
    node.instance_uuid = reader.text();
    node.conductor_group = reader.text();
    node.provision_state = TRY(parse_provision_state(reader.text()));
    node.power_state = reader.text();
    node.target_power_state = reader.text();
    node.maintenance = reader.flag();
    node.maintenance_reason = reader.text();
    node.fault = reader.text();
    node.last_error = reader.text();
    node.driver_internal_info = TRY(json_of(reader.text()));
    node.created_at = reader.time();
    node.updated_at = reader.optional_time();
    node.provision_updated_at = reader.optional_time();
    node.version = reader.number();
    TRY(reader.finish());
    return node;
}

Result<std::vector<Node>> select_nodes(Connection& connection, const Sealer& sealer, std::string_view rest,
                                       const Values& values) {
    return read_rows(TRY(connection.query(kColumns, rest, values)), [&](const Row& row) {
        return read_node(row, sealer).with_context("node " + row.front().value_or("?"));
    });
}

/// "a" (831f…) or 831f…
std::string describe(const std::string& id, const std::string& name) {
    return name.empty() ? id : "\"" + name + "\" (" + id + ")";
}

Result<void> check_name(Connection& connection, const NodeRow& node) {
    if (node.name.empty()) return {};
    const auto rows = TRY(
        connection.query("id", "FROM nodes WHERE name = :name AND id <> :id", {text(node.name), text(node.id.str())}));
    if (rows.empty()) return {};
    return base::conflict("A node with name " + node.name + " already exists: " + rows.front().front().value_or("") +
                          ".");
}

Result<void> check_instance(Connection& connection, const NodeRow& node) {
    if (node.instance_uuid.empty()) return {};
    const auto rows = TRY(connection.query("id", "FROM nodes WHERE instance_uuid = :instance AND id <> :id",
                                           {text(node.instance_uuid), text(node.id.str())}));
    if (rows.empty()) return {};
    return base::conflict("Instance " + node.instance_uuid + " is already associated with node " +
                          rows.front().front().value_or("") + ".");
}

/// A node that names no system has the BMC's only one: nobody else can have a system of that BMC.
Result<void> check_bmc(Connection& connection, const NodeRow& node) {
    if (!node.bmc) return {};
    const auto rows =
        TRY(connection.query("id, name, bmc_system", "FROM nodes WHERE bmc_authority = :authority AND id <> :id",
                             {text(node.bmc->authority), text(node.id.str())}));
    for (const auto& row : rows) {
        RowReader reader(row);
        const std::string id = reader.text();
        const std::string name = reader.text();
        const std::string system = reader.text();
        if (!system.empty() && !node.bmc->system.empty() && system != node.bmc->system) continue;
        return base::conflict("The BMC at " + node.bmc->authority + ", " +
                              (system.empty() ? "with its only system" : "system " + system) +
                              ", already belongs to node " + describe(id, name) + ".");
    }
    return {};
}

/// What of a node's row must be looked at before it is written.
struct StoredIdentity {
    std::string name;
    std::string instance_uuid;
    std::optional<BmcIdentity> bmc;
    std::string config_drive;

    /// Most writes of a node leave alone what must be unique.
    bool same_as(const NodeRow& node) const {
        const bool same_bmc = bmc.has_value() == node.bmc.has_value() &&
                              (!bmc || (bmc->authority == node.bmc->authority && bmc->system == node.bmc->system));
        return name == node.name && instance_uuid == node.instance_uuid && same_bmc;
    }
};

/// Errors: NotFound.
Result<StoredIdentity> stored_identity(Connection& connection, const base::NodeId& id) {
    const auto rows = TRY(connection.query("name, instance_uuid, bmc_authority, bmc_system, config_drive",
                                           "FROM nodes WHERE id = :id", {text(id.str())}));
    if (rows.empty()) return no_such_node(id.str());
    const Row& row = rows.front();
    StoredIdentity identity{row[0].value_or(""), row[1].value_or(""), std::nullopt, row[4].value_or("")};
    if (row[2]) identity.bmc = BmcIdentity{*row[2], row[3].value_or("")};
    return identity;
}

Result<void> check_unique(Connection& connection, const NodeRow& node) {
    TRY(check_name(connection, node));
    TRY(check_instance(connection, node));
    return check_bmc(connection, node);
}

/// Collects "AND …" with the values that belong to it.
class Conditions {
  public:
    void add(const std::string& condition) { sql_ += (sql_.empty() ? " WHERE " : " AND ") + condition; }
    void add(const std::string& condition, Value value) {
        add(condition);
        values_.push_back(std::move(value));
    }
    void add_equal(const std::string& column, const std::optional<std::string>& wanted) {
        if (wanted) add(column + " = :" + column, text(*wanted));
    }
    const std::string& sql() const { return sql_; }
    Values& values() { return values_; }

  private:
    std::string sql_;
    Values values_;
};

/// `fragment` anywhere, in either case.
std::string like_pattern(const std::string& fragment) {
    std::string pattern = "%";
    for (const char c : fragment) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return pattern + "%";
}

Conditions conditions_of(const NodeFilter& filter) {
    Conditions where;
    if (filter.provision_state) {
        where.add("provision_state = :provision_state", text(std::string(to_string(*filter.provision_state))));
    }
    if (filter.maintenance) where.add("maintenance = :maintenance", number(*filter.maintenance ? 1 : 0));
    if (filter.associated) where.add(*filter.associated ? "instance_uuid IS NOT NULL" : "instance_uuid IS NULL");
    where.add_equal("instance_uuid", filter.instance_uuid);
    where.add_equal("driver", filter.driver);
    where.add_equal("conductor_group", filter.conductor_group);
    if (filter.name_contains) {
        where.add("lower(name) LIKE :fragment ESCAPE '\\'", text(like_pattern(*filter.name_contains)));
    }
    return where;
}

}  // namespace

NodeRow node_row(const Node& node, const Sealer& sealer) {
    const std::string& id = node.id.str();
    const FieldsWithoutDrive instance_info(node.instance_info, node.id, sealer);
    NodeRow row{node.id,
                node.name,
                node.instance_uuid,
                bmc_identity(node.driver_info),
                node.version,
                instance_info.drive_id(),
                instance_info.drive(),
                {}};
    row.values = {text(id),
                  text_or_null(node.name),
                  text(node.driver),
                  sealed_json(sealer, node.driver_info, sealing_context(id, "driver_info")),
                  sealed_json(sealer, instance_info.fields(), sealing_context(id, "instance_info")),
                  json_value(node.properties),
                  json_value(node.extra),
                  json_value(node.attributes),
                  text_or_null(node.instance_uuid),
                  text(node.conductor_group),
                  text(std::string(to_string(node.provision_state))),
                  text(node.power_state),
                  text(node.target_power_state),
                  number(node.maintenance ? 1 : 0),
                  text(node.maintenance_reason),
                  text(node.fault),
                  text(node.last_error),
                  json_value(node.driver_internal_info),
                  time(node.created_at),
                  time(node.updated_at),
                  time(node.provision_updated_at),
                  number(node.version + 1),
                  row.bmc ? text(row.bmc->authority) : text_or_null(""),
                  row.bmc ? text(row.bmc->system) : text_or_null(""),
                  text(row.config_drive_id)};
    return row;
}

Result<void> insert_node(Connection& connection, const NodeRow& row) {
    if (require_node(connection, row.id).ok()) {
        return base::conflict("A node with UUID " + row.id.str() + " already exists.");
    }
    TRY(check_unique(connection, row));
    static const std::string kSql = insert_into("nodes", joined({written_columns(), ", sequence"}));
    Values values = row.values;
    values.push_back(number(TRY(next_sequence(connection))));
    TRY(connection.execute(kSql, values));
    return {};
}

Result<void> update_node(Connection& connection, const NodeRow& row) {
    const StoredIdentity stored = TRY(stored_identity(connection, row.id));
    if (!stored.same_as(row)) TRY(check_unique(connection, row));
    static const std::string kSql = joined(
        {"UPDATE nodes SET ", assignments(written_columns()), " WHERE id = :same_id AND version = :seen_version"});
    Values values = row.values;
    values.push_back(text(row.id.str()));
    values.push_back(number(row.version));
    if (TRY(connection.execute(kSql, values)) == 0) {
        return base::conflict("Node " + describe(row.id.str(), row.name) +
                              " was changed meanwhile: read it again and repeat the request.");
    }
    if (stored.config_drive.empty() || stored.config_drive == row.config_drive_id) return {};
    return forget_config_drives(connection, row.id);
}

Result<void> delete_node(Connection& connection, const base::NodeId& id) {
    if (TRY(connection.execute("DELETE FROM nodes WHERE id = :id", {text(id.str())})) == 0) {
        return no_such_node(id.str());
    }
    return {};
}

Result<Node> select_node(Connection& connection, const Sealer& sealer, const base::NodeId& id) {
    auto nodes = TRY(select_nodes(connection, sealer, "FROM nodes WHERE id = :id", {text(id.str())}));
    if (nodes.empty()) return no_such_node(id.str());
    return std::move(nodes.front());
}

Result<Node> find_node(Connection& connection, const Sealer& sealer, const std::string& id_or_name) {
    auto nodes =
        TRY(select_nodes(connection, sealer, "FROM nodes WHERE id = :id OR name = :name ORDER BY id <> :same_id",
                         {text(id_or_name), text(id_or_name), text(id_or_name)}));
    if (nodes.empty()) return no_such_node(id_or_name);
    return std::move(nodes.front());
}

Result<std::vector<Node>> list_nodes(Connection& connection, const Sealer& sealer, const NodeFilter& filter) {
    Conditions where = conditions_of(filter);
    if (!filter.after.empty()) {
        TRY(require_node(connection, filter.after));
        where.add("sequence > (SELECT sequence FROM nodes WHERE id = :after)", text(filter.after.str()));
    }
    where.values().push_back(number(static_cast<std::int64_t>(std::min<std::size_t>(filter.limit, INT32_MAX))));
    return select_nodes(connection, sealer, "FROM nodes" + where.sql() + " ORDER BY sequence LIMIT :most",
                        where.values());
}

}  // namespace isolde::conductor
