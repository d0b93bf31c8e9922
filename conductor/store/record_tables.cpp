// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/record_tables.h"

#include "conductor/node/deployment_fields.h"
#include "conductor/store/codec.h"

namespace isolde::conductor {
namespace {

using base::Result;

constexpr std::string_view kHistoryColumns = "id, node, created_at, severity, event, event_type, conductor";
constexpr std::string_view kLeftBehindColumns = "bmc_authority, system_id, slot, bmc_address, url, created_at";
constexpr std::string_view kConductorColumns = "name, conductor_group, created_at, updated_at";
constexpr std::size_t kLongestEvent = 255;
constexpr std::chrono::hours kKeysKept{7 * 24};

/// Cuts UTF-8 text between characters.
std::string cut(const std::string& text, std::size_t limit) {
    if (text.size() <= limit) return text;
    std::size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    return text.substr(0, end);
}

Result<HistoryEntry> read_history(const Row& row) {
    RowReader reader(row);
    HistoryEntry entry;
    entry.id = reader.text();
    entry.node = base::NodeId(reader.text());
    entry.created_at = reader.time();
    entry.severity = reader.text();
    entry.event = reader.text();
    entry.event_type = reader.text();
    entry.conductor = reader.text();
    TRY(reader.finish());
    return entry;
}

std::string sealing_context(const std::string& authority, const std::string& system, const std::string& slot) {
    return "left_behind/" + authority + "/" + system + "/" + slot + "/url";
}

Result<LeftBehind> read_left_behind(const Row& row, const Sealer& sealer) {
    RowReader reader(row);
    const std::string authority = reader.text();
    LeftBehind record;
    record.system_id = reader.text();
    record.slot = reader.text();
    record.bmc_address = reader.text();
    record.url = TRY(sealer.open(reader.text(), sealing_context(authority, record.system_id, record.slot)));
    record.created_at = reader.time();
    TRY(reader.finish());
    return record;
}

Result<ConductorRecord> read_conductor(const Row& row) {
    RowReader reader(row);
    ConductorRecord conductor;
    conductor.name = reader.text();
    conductor.group = reader.text();
    conductor.created_at = reader.time();
    conductor.updated_at = reader.time();
    TRY(reader.finish());
    return conductor;
}

}  // namespace

Result<void> add_history(Connection& connection, const HistoryEntry& entry) {
    TRY(require_node(connection, entry.node));
    static const std::string kSql = insert_into("history", joined({kHistoryColumns, ", sequence"}));
    const auto sequence = TRY(next_sequence(connection));
    TRY(connection.execute(kSql, {text(entry.id), text(entry.node.str()), time(entry.created_at), text(entry.severity),
                                  text(cut(entry.event, kLongestEvent)), text(entry.event_type), text(entry.conductor),
                                  number(sequence)}));
    TRY(
        connection.execute("DELETE FROM history WHERE node = :node AND sequence < (SELECT min(sequence) FROM "
                           "(SELECT sequence FROM history WHERE node = :same_node ORDER BY sequence DESC "
                           "LIMIT :kept) AS newest)",
                           {text(entry.node.str()), text(entry.node.str()), number(kHistoryKept)}));
    return {};
}

Result<std::vector<HistoryEntry>> history_of(Connection& connection, const base::NodeId& node) {
    return read_rows(
        TRY(connection.query(kHistoryColumns, "FROM history WHERE node = :node ORDER BY sequence", {text(node.str())})),
        read_history);
}

Result<HistoryEntry> select_history(Connection& connection, const base::NodeId& node, const std::string& id) {
    const auto rows = TRY(connection.query(kHistoryColumns, "FROM history WHERE node = :node AND id = :id",
                                           {text(node.str()), text(id)}));
    if (rows.empty()) return base::not_found("Node history record " + id + " could not be found.");
    return read_history(rows.front());
}

Result<void> put_left_behind(Connection& connection, const Sealer& sealer, const LeftBehind& record) {
    static const std::string kSql = joined({insert_into("left_behind", kLeftBehindColumns),
                                            " ON CONFLICT (bmc_authority, system_id, slot) DO UPDATE SET ",
                                            assignments_of_excluded(kLeftBehindColumns)});
    const std::string authority = bmc_authority(record.bmc_address);
    const std::string url = sealer.seal(record.url, sealing_context(authority, record.system_id, record.slot));
    TRY(connection.execute(kSql, {text(authority), text(record.system_id), text(record.slot), text(record.bmc_address),
                                  text(url), time(record.created_at)}));
    return {};
}

Result<void> delete_left_behind(Connection& connection, const LeftBehind& record) {
    TRY(
        connection.execute("DELETE FROM left_behind WHERE bmc_authority = :authority AND system_id = :system AND "
                           "slot = :slot",
                           {text(bmc_authority(record.bmc_address)), text(record.system_id), text(record.slot)}));
    return {};
}

Result<std::vector<LeftBehind>> left_behind_at(Connection& connection, const Sealer& sealer,
                                               const std::string& bmc_address) {
    return read_rows(TRY(connection.query(kLeftBehindColumns,
                                          "FROM left_behind WHERE bmc_authority = :authority ORDER BY created_at, slot",
                                          {text(bmc_authority(bmc_address))})),
                     [&](const Row& row) { return read_left_behind(row, sealer); });
}

Result<void> put_conductor(Connection& connection, const ConductorRecord& conductor) {
    static const std::string kSql =
        joined({insert_into("conductors", kConductorColumns), " ON CONFLICT (name) DO UPDATE SET ",
                assignments_of_excluded("conductor_group, updated_at")});
    TRY(connection.execute(
        kSql, {text(conductor.name), text(conductor.group), time(conductor.created_at), time(conductor.updated_at)}));
    return {};
}

Result<std::vector<ConductorRecord>> select_conductors(Connection& connection) {
    return read_rows(TRY(connection.query(kConductorColumns, "FROM conductors ORDER BY name")), read_conductor);
}

Result<std::optional<base::DeploymentId>> take_key(Connection& connection, const std::string& key,
                                                   const std::string& request_digest, base::WallTime now) {
    TRY(connection.execute("DELETE FROM idempotency_keys WHERE created_at < :oldest", {time(now - kKeysKept)}));
    TRY(
        connection.execute("INSERT INTO idempotency_keys (idempotency_key, request_digest, deployment, created_at) "
                           "VALUES (:key, :digest, '', :now) ON CONFLICT (idempotency_key) DO NOTHING",
                           {text(key), text(request_digest), time(now)}));
    const auto rows = TRY(connection.query("request_digest, deployment",
                                           "FROM idempotency_keys WHERE idempotency_key = :key", {text(key)}));
    RowReader reader(rows.front());
    if (reader.text() != request_digest) {
        return base::conflict("The Idempotency-Key was used for another request: use a new one.");
    }
    const std::string deployment = reader.text();
    if (deployment.empty()) return std::optional<base::DeploymentId>();
    return std::optional(base::DeploymentId(deployment));
}

Result<void> answer_key(Connection& connection, const std::string& key, const base::DeploymentId& deployment) {
    const auto changed =
        TRY(connection.execute("UPDATE idempotency_keys SET deployment = :deployment "
                               "WHERE idempotency_key = :key",
                               {text(deployment.str()), text(key)}));
    if (changed == 0) return base::not_found("The Idempotency-Key is not known.");
    return {};
}

}  // namespace isolde::conductor
