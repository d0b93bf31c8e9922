// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/change.h"

#include "conductor/store/operation_table.h"
#include "conductor/store/record_tables.h"

namespace isolde::conductor {
namespace {

using base::Result;

Result<void> write_node(Connection& connection, const PreparedChange& prepared) {
    if (!prepared.node) return {};
    return prepared.change.new_node ? insert_node(connection, *prepared.node) : update_node(connection, *prepared.node);
}

/// Behind the node, which they belong to.
Result<void> write_config_drives(Connection& connection, const PreparedChange& prepared) {
    if (prepared.node && prepared.node->config_drive) {
        TRY(put_config_drive(connection, *prepared.node->config_drive));
    }
    if (prepared.deployment && prepared.deployment->config_drive) {
        TRY(put_config_drive(connection, *prepared.deployment->config_drive));
    }
    return {};
}

Result<void> write_deployment(Connection& connection, const PreparedChange& prepared) {
    if (!prepared.deployment) return {};
    return prepared.change.new_deployment ? insert_deployment(connection, *prepared.deployment)
                                          : update_deployment(connection, *prepared.deployment);
}

/// What a worker held is written back before the next operation begins in the same lane.
Result<void> write_operations(Connection& connection, const Change& change) {
    if (change.note_operation) TRY(write_back_operation(connection, *change.note_operation, LeaseAfter::Kept));
    if (change.update_operation) TRY(write_back_operation(connection, *change.update_operation, LeaseAfter::Freed));
    if (change.end_operation) TRY(end_operation(connection, *change.end_operation));
    if (change.begin_operation) TRY(begin_operation(connection, *change.begin_operation));
    return {};
}

Result<void> write_records(Connection& connection, const Change& change, const Sealer& sealer) {
    for (const auto& id : change.delete_ports) TRY(delete_port(connection, id));
    for (const auto& port : change.put_ports) TRY(put_port(connection, port));
    for (const auto& entry : change.history) TRY(add_history(connection, entry));
    for (const auto& left : change.left_behind) TRY(put_left_behind(connection, sealer, left));
    for (const auto& left : change.forget_left_behind) TRY(delete_left_behind(connection, left));
    return {};
}

}  // namespace

PreparedChange prepare(const Change& change, const Sealer& sealer) {
    PreparedChange prepared{change, std::nullopt, std::nullopt, {}};
    if (change.node) prepared.node = node_row(*change.node, sealer);
    if (change.put_deployment) {
        const bool whole = change.new_deployment || change.completed_fields;
        prepared.deployment =
            deployment_row(*change.put_deployment, sealer, whole ? DeploymentPart::Whole : DeploymentPart::Progress);
    }
    for (const auto& publication : change.put_publications) {
        prepared.publications.push_back(publication_row(publication, sealer));
    }
    return prepared;
}

Result<void> write(Connection& connection, const PreparedChange& prepared, const Sealer& sealer) {
    const Change& change = prepared.change;
    TRY(write_node(connection, prepared));
    TRY(write_config_drives(connection, prepared));
    TRY(write_operations(connection, change));
    TRY(write_deployment(connection, prepared));
    for (const auto& publication : prepared.publications) TRY(put_publication(connection, publication));
    TRY(write_records(connection, change, sealer));
    if (change.delete_node) TRY(delete_node(connection, *change.delete_node));
    return {};
}

}  // namespace isolde::conductor
