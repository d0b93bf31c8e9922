// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/codec.h"
#include "conductor/store/node_table.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using base::Result;

constexpr std::string_view kColumns = "id, node, address, attributes, created_at, updated_at";
constexpr std::string_view kChangeable = "node, address, attributes, updated_at";

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

Result<Port> read_port(const Row& row) {
    RowReader reader(row);
    Port port;
    port.id = reader.text();
    port.node = base::NodeId(reader.text());
    port.address = reader.text();
    port.attributes = TRY(json_of(reader.text()));
    port.created_at = reader.time();
    port.updated_at = reader.optional_time();
    TRY(reader.finish());
    return port;
}

Result<std::vector<Port>> select_ports(Connection& connection, std::string_view rest, const Values& values) {
    return read_rows(TRY(connection.query(kColumns, rest, values)), read_port);
}

Result<void> check_address(Connection& connection, const Port& port, const std::string& address) {
    const auto rows = TRY(connection.query("id, node", "FROM ports WHERE address = :address AND id <> :id",
                                           {text(address), text(port.id)}));
    if (rows.empty()) return {};
    RowReader reader(rows.front());
    const std::string id = reader.text();
    return base::conflict("A port with MAC address " + address + " already exists: port " + id + " of node " +
                          reader.text() + ".");
}

}  // namespace

Result<void> put_port(Connection& connection, const Port& port) {
    const std::string address = lower_case(port.address);
    TRY(require_node(connection, port.node));
    TRY(check_address(connection, port, address));
    static const std::string kSql = joined({insert_into("ports", joined({kColumns, ", sequence"})),
                                            " ON CONFLICT (id) DO UPDATE SET ", assignments_of_excluded(kChangeable)});
    const auto sequence = TRY(next_sequence(connection));
    TRY(connection.execute(kSql, {text(port.id), text(port.node.str()), text(address), json_value(port.attributes),
                                  time(port.created_at), time(port.updated_at), number(sequence)}));
    return {};
}

Result<void> delete_port(Connection& connection, const std::string& id) {
    if (TRY(connection.execute("DELETE FROM ports WHERE id = :id", {text(id)})) == 0) {
        return base::not_found("Port " + id + " could not be found.");
    }
    return {};
}

Result<std::vector<Port>> ports_of(Connection& connection, const base::NodeId& node) {
    return select_ports(connection, "FROM ports WHERE node = :node ORDER BY sequence", {text(node.str())});
}

Result<std::vector<Port>> ports_at(Connection& connection, const std::string& address) {
    if (address.empty()) return select_ports(connection, "FROM ports ORDER BY sequence", {});
    return select_ports(connection, "FROM ports WHERE address = :address", {text(lower_case(address))});
}

Result<Port> select_port(Connection& connection, const std::string& id) {
    auto ports = TRY(select_ports(connection, "FROM ports WHERE id = :id", {text(id)}));
    if (ports.empty()) return base::not_found("Port " + id + " could not be found.");
    return std::move(ports.front());
}

}  // namespace isolde::conductor
