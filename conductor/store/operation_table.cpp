// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/operation_table.h"

#include "conductor/store/codec.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using base::Result;

constexpr std::string_view kColumns =
    "node, lane, kind, step, deployment, begun_at, step_begun_at, wake_at, attempts, detail, owner, lease_until, fence";
/// What an operation's own writer may change.
constexpr std::string_view kProgress = "kind, step, deployment, begun_at, step_begun_at, wake_at, attempts, detail";

Values lane_of(const Operation& operation) {
    return {text(operation.node.str()), text(std::string(to_string(operation.lane)))};
}

Values progress_of(const Operation& operation) {
    return {text(std::string(to_string(operation.kind))),
            text(std::string(to_string(operation.step))),
            text(operation.deployment.str()),
            time(operation.begun_at),
            time(operation.step_begun_at),
            time(operation.wake_at),
            number(operation.attempts),
            json_value(operation.detail)};
}

Values operator+(Values left, Values right) {
    left.insert(left.end(), std::make_move_iterator(right.begin()), std::make_move_iterator(right.end()));
    return left;
}

Result<Operation> read_operation(const Row& row) {
    RowReader reader(row);
    Operation operation;
    operation.node = base::NodeId(reader.text());
    operation.lane = TRY(parse_lane(reader.text()));
    operation.kind = TRY(parse_operation_kind(reader.text()));
    operation.step = TRY(parse_step(reader.text()));
    operation.deployment = base::DeploymentId(reader.text());
    operation.begun_at = reader.time();
    operation.step_begun_at = reader.time();
    operation.wake_at = reader.time();
    operation.attempts = static_cast<int>(reader.number());
    operation.detail = TRY(json_of(reader.text()));
    operation.owner = reader.text();
    operation.lease_until = reader.optional_time();
    operation.fence = reader.number();
    TRY(reader.finish());
    return operation;
}

Result<std::vector<Operation>> select(Connection& connection, std::string_view rest, const Values& values) {
    return read_rows(TRY(connection.query(kColumns, rest, values)), read_operation);
}

/// The guard of every write by fence; at rest there is nothing to write.
constexpr std::string_view kStillOurs = " WHERE node = :node AND lane = :lane AND fence = :fence AND kind <> ''";

Values guard_of(const Operation& operation) {
    return lane_of(operation) + Values{number(operation.fence)};
}

Result<void> require_one(std::int64_t changed, const Operation& operation) {
    if (changed == 1) return {};
    return base::conflict("The " + std::string(to_string(operation.lane)) + " operation of node " +
                          operation.node.str() + " was replaced or taken over: fence " +
                          std::to_string(operation.fence) + " is past.");
}

}  // namespace

Result<void> begin_operation(Connection& connection, const Operation& operation) {
    TRY(require_node(connection, operation.node));
    static const std::string kSql =
        joined({"INSERT INTO operations (", kColumns, ") VALUES (:node, :lane, ", placeholders(kProgress),
                ", '', NULL, 1) ON CONFLICT (node, lane) DO UPDATE SET ", assignments_of_excluded(kProgress),
                ", owner = '', lease_until = NULL, fence = operations.fence + 1"});
    TRY(connection.execute(kSql, lane_of(operation) + progress_of(operation)));
    return {};
}

Result<void> write_back_operation(Connection& connection, const Operation& operation, LeaseAfter lease) {
    static const std::string kSet = joined({"UPDATE operations SET ", assignments(kProgress)});
    static const std::string kFreeing = joined({kSet, ", owner = '', lease_until = NULL", kStillOurs});
    static const std::string kKeeping =
        joined({kSet, ", lease_until = coalesce(:lease_until, lease_until)", kStillOurs});
    Values values = progress_of(operation);
    if (lease == LeaseAfter::Kept) values.push_back(time(operation.lease_until));
    const auto& sql = lease == LeaseAfter::Kept ? kKeeping : kFreeing;
    return require_one(TRY(connection.execute(sql, std::move(values) + guard_of(operation))), operation);
}

Result<void> end_operation(Connection& connection, const Operation& operation) {
    static const std::string kSql =
        joined({"UPDATE operations SET kind = '', wake_at = NULL, deployment = '', detail = '{}', owner = '', "
                "lease_until = NULL, fence = fence + 1",
                kStillOurs});
    return require_one(TRY(connection.execute(kSql, guard_of(operation))), operation);
}

Result<Operation> claim_operation(Connection& connection, const Operation& seen, const std::string& owner,
                                  base::WallTime now, base::WallTime lease_until) {
    static const std::string kSql =
        joined({"UPDATE operations SET owner = :owner, lease_until = :lease_until, fence = fence + 1", kStillOurs,
                " AND (owner = '' OR owner = :same_owner OR lease_until <= :now)"});
    const auto rows = TRY(connection.returning(
        kSql, kColumns, Values{text(owner), time(lease_until)} + guard_of(seen) + Values{text(owner), time(now)}));
    TRY(require_one(static_cast<std::int64_t>(rows.size()), seen));
    return read_operation(rows.front());
}

Result<void> free_leases(Connection& connection, const std::string& owner) {
    TRY(
        connection.execute("UPDATE operations SET owner = '', lease_until = NULL, fence = fence + 1 "
                           "WHERE owner = :owner AND owner <> ''",
                           {text(owner)}));
    return {};
}

Result<std::vector<Operation>> select_due(Connection& connection, base::WallTime now, std::size_t limit) {
    return select(connection,
                  "FROM operations WHERE wake_at <= :now AND (owner = '' OR lease_until <= :now_too) "
                  "ORDER BY wake_at LIMIT :most",
                  {time(now), time(now), number(static_cast<std::int64_t>(std::min<std::size_t>(limit, INT32_MAX)))});
}

Result<std::vector<Operation>> select_operations(Connection& connection) {
    return select(connection, "FROM operations WHERE kind <> '' ORDER BY wake_at", {});
}

Result<std::optional<Operation>> select_operation(Connection& connection, const base::NodeId& node, Lane lane) {
    auto operations = TRY(select(connection, "FROM operations WHERE node = :node AND lane = :lane AND kind <> ''",
                                 {text(node.str()), text(std::string(to_string(lane)))}));
    if (operations.empty()) return std::optional<Operation>();
    return std::optional(std::move(operations.front()));
}

}  // namespace isolde::conductor
