// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/config_drive_table.h"

#include "base/digest.h"
#include "conductor/node/kept_config_drive.h"
#include "conductor/store/codec.h"

namespace isolde::conductor {
namespace {

using base::Json;
using base::Result;

std::string sealing_context(const base::NodeId& node, const std::string& id) {
    return "config_drives/" + node.str() + "/" + id;
}

}  // namespace

FieldsWithoutDrive::FieldsWithoutDrive(const Json& fields, const base::NodeId& node, const Sealer& sealer)
    : given_(fields) {
    const Json* drive = config_drive_to_keep(fields);
    if (drive == nullptr) return;
    const std::string content = base::dump_json(*drive);
    const std::string id = base::hmac_sha256_hex(sealer.digest_key(), base::as_bytes(node.str() + "\n" + content));
    changed_ = fields;
    (*changed_)["configdrive"] = config_drive_reference(id);
    drive_ = {text(node.str()), text(id), text(sealer.seal(content, sealing_context(node, id)))};
}

std::string FieldsWithoutDrive::drive_id() const {
    const auto drive = fields().find("configdrive");
    return drive == fields().end() ? "" : referenced_config_drive(*drive).value_or("");
}

Result<void> put_config_drive(Connection& connection, const ConfigDriveRow& row) {
    static const std::string kSql =
        joined({insert_into("config_drives", "node, id, content"), " ON CONFLICT (node, id) DO NOTHING"});
    TRY(connection.execute(kSql, {row.node, row.id, row.content}));
    return {};
}

Result<void> forget_config_drives(Connection& connection, const base::NodeId& node) {
    const Value id = text(node.str());
    TRY(
        connection.execute("DELETE FROM config_drives WHERE node = :node AND id NOT IN "
                           "(SELECT config_drive FROM nodes WHERE id = :same_node) AND id NOT IN "
                           "(SELECT config_drive FROM deployments WHERE node = :node_again AND "
                           "state IN ('running', 'active', 'released'))",
                           {id, id, id}));
    return {};
}

Result<Json> select_config_drive(Connection& connection, const Sealer& sealer, const base::NodeId& node,
                                 const std::string& id) {
    const auto rows = TRY(connection.query("content", "FROM config_drives WHERE node = :node AND id = :id",
                                           {text(node.str()), text(id)}));
    if (rows.empty()) return base::not_found("the config drive of node " + node.str() + " is gone: give it again");
    return open_json(sealer, rows.front().front().value_or(""), sealing_context(node, id));
}

}  // namespace isolde::conductor
