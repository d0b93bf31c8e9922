// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/deployment_table.h"

#include "conductor/store/codec.h"

namespace isolde::conductor {
namespace {

using base::Result;

constexpr std::string_view kIdentity = "id, node, created_at";
constexpr std::string_view kRequest = "provenance, fields";
constexpr std::string_view kDerivedColumn = "config_drive";  // of the request
constexpr std::string_view kProgress =
    "state, ended_at, image, image_size, plan_digest, slot, token, url, reset_intended_at, reset_done_at, evidence, "
    "error, journal, second_media, boot_files";
const std::string& all_columns() {
    static const std::string kAllColumns = joined({kIdentity, ", ", kRequest, ", ", kProgress});
    return kAllColumns;
}

std::string sealing_context(const std::string& id, const char* column) {
    return "deployments/" + id + "/" + column;
}

Result<std::optional<base::Digest>> image_of(const std::string& column) {
    if (column.empty()) return std::optional<base::Digest>();
    return std::optional(TRY(base::Digest::parse(column)));
}

/// Most deployments have none: nothing is sealed for them.
std::string seal_media(const Sealer& sealer, const Deployment& deployment) {
    if (deployment.second_media.empty()) return "";
    return sealer.seal(base::dump_json(to_json(deployment.second_media)),
                       sealing_context(deployment.id.str(), "second_media"));
}

Result<std::vector<Medium>> open_media(const Sealer& sealer, const std::string& column, const std::string& id) {
    if (column.empty()) return std::vector<Medium>();
    return media_from_json(TRY(open_json(sealer, column, sealing_context(id, "second_media"))));
}

Result<Deployment> read_deployment(const Row& row, const Sealer& sealer) {
    RowReader reader(row);
    Deployment deployment;
    deployment.id = base::DeploymentId(reader.text());
    deployment.node = base::NodeId(reader.text());
    deployment.created_at = reader.time();
    deployment.provenance = TRY(json_of(reader.text()));
    deployment.fields = TRY(open_json(sealer, reader.text(), sealing_context(deployment.id.str(), "fields")));
    deployment.state = TRY(parse_deployment_state(reader.text()));
    deployment.ended_at = reader.optional_time();
    deployment.image = TRY(image_of(reader.text()));
    deployment.image_size = base::ByteCount(static_cast<std::uint64_t>(reader.number()));
    deployment.plan_digest = reader.text();
    deployment.slot = reader.text();
    deployment.token = reader.text();
    deployment.url = TRY(sealer.open(reader.text(), sealing_context(deployment.id.str(), "url")));
    deployment.reset_intended_at = reader.optional_time();
    deployment.reset_done_at = reader.optional_time();
    deployment.evidence = TRY(evidence_from_json(TRY(json_of(reader.text()))));
    deployment.error = reader.text();
    deployment.journal = TRY(journal_from_json(TRY(json_of(reader.text()))));
    deployment.second_media = TRY(open_media(sealer, reader.text(), deployment.id.str()));
    deployment.boot_files = TRY(boot_files_from_json(TRY(json_of(reader.text()))));
    TRY(reader.finish());
    return deployment;
}

Result<std::vector<Deployment>> select(Connection& connection, const Sealer& sealer, std::string_view rest,
                                       const Values& values) {
    return read_rows(TRY(connection.query(all_columns(), rest, values)), [&](const Row& row) {
        return read_deployment(row, sealer).with_context("deployment " + row.front().value_or("?"));
    });
}

/// Ended deployments beyond the newest few go, with what was published for them.
Result<void> prune(Connection& connection, const base::NodeId& node) {
    TRY(
        connection.execute("DELETE FROM deployments WHERE node = :node AND state IN ('failed', 'ended') AND "
                           "sequence < (SELECT min(sequence) FROM (SELECT sequence FROM deployments "
                           "WHERE node = :same_node ORDER BY sequence DESC LIMIT :kept) AS newest)",
                           {text(node.str()), text(node.str()), number(kDeploymentsKept)}));
    TRY(
        connection.execute("DELETE FROM publications WHERE node = :node AND state = 'revoked' AND deployment NOT IN "
                           "(SELECT id FROM deployments WHERE node = :same_node)",
                           {text(node.str()), text(node.str())}));
    return {};
}

base::Error no_such_deployment(const base::DeploymentId& id) {
    return base::not_found("Deployment " + id.str() + " could not be found.");
}

const std::string& request_and_progress() {
    static const std::string kColumns = joined({kRequest, ", ", kDerivedColumn, ", ", kProgress});
    return kColumns;
}

std::string update_of(std::string_view columns) {
    return joined({"UPDATE deployments SET ", assignments(columns), " WHERE id = :same_id"});
}

Values progress_of(const Deployment& deployment, const Sealer& sealer) {
    return {text(std::string(to_string(deployment.state))),
            time(deployment.ended_at),
            text(deployment.image ? deployment.image->str() : ""),
            number(static_cast<std::int64_t>(deployment.image_size.bytes())),
            text(deployment.plan_digest),
            text(deployment.slot),
            text(deployment.token),
            text(sealer.seal(deployment.url, sealing_context(deployment.id.str(), "url"))),
            time(deployment.reset_intended_at),
            time(deployment.reset_done_at),
            json_value(to_json(deployment.evidence)),
            text(deployment.error),
            json_value(to_json(deployment.journal)),
            text(seal_media(sealer, deployment)),
            json_value(to_json(deployment.boot_files))};
}

}  // namespace

DeploymentRow deployment_row(const Deployment& deployment, const Sealer& sealer, DeploymentPart part) {
    const FieldsWithoutDrive without_drive(deployment.fields, deployment.node, sealer);
    DeploymentRow row;
    row.id = deployment.id;
    row.node = deployment.node;
    row.created_at = deployment.created_at;
    row.names_drive = !without_drive.drive_id().empty();
    row.over = deployment.state == DeploymentState::Failed || deployment.state == DeploymentState::Ended;
    row.progress = progress_of(deployment, sealer);
    if (part == DeploymentPart::Whole) {
        row.config_drive = without_drive.drive();
        row.request = {json_value(deployment.provenance),
                       sealed_json(sealer, without_drive.fields(), sealing_context(deployment.id.str(), "fields")),
                       text(without_drive.drive_id())};
    }
    return row;
}

Result<void> insert_deployment(Connection& connection, const DeploymentRow& row) {
    TRY(require_node(connection, row.node));
    static const std::string kSql =
        insert_into("deployments", joined({kIdentity, ", ", request_and_progress(), ", sequence"}));
    Values values{text(row.id.str()), text(row.node.str()), time(row.created_at)};
    values.insert(values.end(), row.request.begin(), row.request.end());
    values.insert(values.end(), row.progress.begin(), row.progress.end());
    values.push_back(number(TRY(next_sequence(connection))));
    TRY(connection.execute(kSql, values));
    return prune(connection, row.node);
}

Result<void> update_deployment(Connection& connection, const DeploymentRow& row) {
    static const std::string kProgressSql = update_of(kProgress);
    static const std::string kWholeSql = update_of(request_and_progress());
    Values values = row.request;
    values.insert(values.end(), row.progress.begin(), row.progress.end());
    values.push_back(text(row.id.str()));
    const std::string& sql = row.request.empty() ? kProgressSql : kWholeSql;
    if (TRY(connection.execute(sql, values)) == 0) return no_such_deployment(row.id);
    if (!row.over || !row.names_drive) return {};
    return forget_config_drives(connection, row.node);
}

Result<Deployment> select_deployment(Connection& connection, const Sealer& sealer, const base::DeploymentId& id) {
    auto deployments = TRY(select(connection, sealer, "FROM deployments WHERE id = :id", {text(id.str())}));
    if (deployments.empty()) return no_such_deployment(id);
    return std::move(deployments.front());
}

Result<std::optional<Deployment>> newest_deployment(Connection& connection, const Sealer& sealer,
                                                    const base::NodeId& node) {
    auto deployments = TRY(select(
        connection, sealer, "FROM deployments WHERE node = :node ORDER BY sequence DESC LIMIT 1", {text(node.str())}));
    if (deployments.empty()) return std::optional<Deployment>();
    return std::optional(std::move(deployments.front()));
}

Result<std::vector<Deployment>> live_deployments(Connection& connection, const Sealer& sealer) {
    return select(connection, sealer,
                  "FROM deployments WHERE state IN ('running', 'active', 'released') ORDER BY sequence", {});
}

}  // namespace isolde::conductor
