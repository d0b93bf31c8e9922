// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/digest.h"
#include "conductor/node/kept_config_drive.h"
#include "conductor/store/change.h"
#include "conductor/store/operation_table.h"
#include "conductor/store/reader_pool.h"
#include "conductor/store/record_tables.h"
#include "conductor/store/schema.h"
#include "conductor/store/store.h"
#include "conductor/store/writer.h"

namespace isolde::conductor {
namespace {

using base::NodeId;
using base::Result;
using base::WallTime;

constexpr std::size_t kReaders = 4;

/// Reads go to the pool of readers, writes to the one writer; each call is a function of a table.
class SqliteStore final : public Store {
  public:
    SqliteStore(std::unique_ptr<Connection> writer, std::unique_ptr<ReaderPool> readers, const Sealer& sealer,
                const base::Clock& clock)
        : sealer_(sealer), clock_(clock), readers_(std::move(readers)), writer_(std::move(writer)) {}

    Result<void> apply(const Change& change) override {
        const PreparedChange prepared = prepare(change, sealer_);
        return writer_.submit([&](Connection& c) { return write(c, prepared, sealer_); });
    }

    Result<Node> node(const NodeId& id) const override {
        return readers_->read([&](Connection& c) { return select_node(c, sealer_, id); });
    }
    Result<Node> find_node(const std::string& id_or_name) const override {
        return readers_->read([&](Connection& c) { return conductor::find_node(c, sealer_, id_or_name); });
    }
    Result<std::vector<Node>> list_nodes(const NodeFilter& filter) const override {
        return readers_->read([&](Connection& c) { return conductor::list_nodes(c, sealer_, filter); });
    }
    Result<std::vector<Port>> ports(const NodeId& node) const override {
        return readers_->read([&](Connection& c) { return ports_of(c, node); });
    }
    Result<std::vector<Port>> list_ports(const std::string& address) const override {
        return readers_->read([&](Connection& c) { return ports_at(c, address); });
    }
    Result<Port> port(const std::string& id) const override {
        return readers_->read([&](Connection& c) { return select_port(c, id); });
    }

    Result<std::vector<Operation>> due_operations(WallTime now, std::size_t limit) const override {
        return readers_->read([&](Connection& c) { return select_due(c, now, limit); });
    }
    Result<std::vector<Operation>> all_operations() const override {
        return readers_->read([&](Connection& c) { return select_operations(c); });
    }
    Result<std::optional<Operation>> operation(const NodeId& node, Lane lane) const override {
        return readers_->read([&](Connection& c) { return select_operation(c, node, lane); });
    }
    Result<Operation> claim(const Operation& seen, const std::string& owner, WallTime now,
                            WallTime lease_until) override {
        return written<Operation>([&](Connection& c) { return claim_operation(c, seen, owner, now, lease_until); });
    }
    Result<void> free_leases_of(const std::string& owner) override {
        return writer_.submit([&](Connection& c) { return free_leases(c, owner); });
    }

    Result<base::Json> with_config_drive(const NodeId& node, base::Json fields) const override {
        const auto drive = fields.find("configdrive");
        const auto id = drive == fields.end() ? std::nullopt : referenced_config_drive(*drive);
        if (id) {
            *drive = TRY(readers_->read([&](Connection& c) { return select_config_drive(c, sealer_, node, *id); }));
        }
        return fields;
    }

    Result<Deployment> deployment(const base::DeploymentId& id) const override {
        return readers_->read([&](Connection& c) { return select_deployment(c, sealer_, id); });
    }
    Result<std::optional<Deployment>> current_deployment(const NodeId& node) const override {
        return readers_->read([&](Connection& c) { return newest_deployment(c, sealer_, node); });
    }
    Result<std::vector<Deployment>> live_deployments() const override {
        return readers_->read([&](Connection& c) { return conductor::live_deployments(c, sealer_); });
    }
    Result<PublicationRecord> publication(const base::PublicationToken& token) const override {
        return readers_->read([&](Connection& c) { return select_publication(c, sealer_, token); });
    }
    Result<std::vector<PublicationRecord>> live_publications() const override {
        return readers_->read([&](Connection& c) { return conductor::live_publications(c, sealer_); });
    }
    Result<std::vector<HistoryEntry>> history(const NodeId& node) const override {
        return readers_->read([&](Connection& c) { return history_of(c, node); });
    }
    Result<HistoryEntry> history_entry(const NodeId& node, const std::string& id) const override {
        return readers_->read([&](Connection& c) { return select_history(c, node, id); });
    }
    Result<std::vector<LeftBehind>> left_behind(const std::string& bmc_address) const override {
        return readers_->read([&](Connection& c) { return left_behind_at(c, sealer_, bmc_address); });
    }

    Result<void> heartbeat(const ConductorRecord& conductor) override {
        return writer_.submit([&](Connection& c) { return put_conductor(c, conductor); });
    }
    Result<std::vector<ConductorRecord>> conductors() const override {
        return readers_->read([&](Connection& c) { return select_conductors(c); });
    }

    Result<std::optional<base::DeploymentId>> idempotent(const std::string& key,
                                                         const std::string& request_digest) override {
        return written<std::optional<base::DeploymentId>>(
            [&](Connection& c) { return take_key(c, key, keyed(request_digest), clock_.wall()); });
    }
    Result<void> remember(const std::string& key, const base::DeploymentId& deployment) override {
        return writer_.submit([&](Connection& c) { return answer_key(c, key, deployment); });
    }

    WriteStatistics write_statistics() const override { return writer_.statistics(); }

  private:
    /// A plain digest would let whoever reads the file try out what a request may have held.
    std::string keyed(const std::string& digest) const {
        return base::hmac_sha256_hex(sealer_.digest_key(), base::as_bytes(digest));
    }

    /// Submits work that also gives a value; the value counts only once it is durable.
    template <typename T, typename Work>
    Result<T> written(Work work) {
        std::optional<T> value;
        TRY(writer_.submit([&](Connection& c) -> Result<void> {
            value = TRY(work(c));
            return {};
        }));
        return std::move(*value);
    }

    const Sealer& sealer_;
    const base::Clock& clock_;
    std::unique_ptr<ReaderPool> readers_;
    Writer writer_;
};

/// A value sealed when the database was made: a wrong key is found at the start, not at the first node.
Result<void> check_key(Connection& connection, const Sealer& sealer) {
    constexpr const char* kContext = "settings/key_check";
    const auto rows = TRY(connection.query("value", "FROM settings WHERE name = 'key_check'"));
    if (!rows.empty()) {
        TRY(sealer.open(rows.front().front().value_or(""), kContext));
        return {};
    }
    TRY(connection.execute(
        "INSERT INTO settings (name, value) VALUES ('key_check', :value) ON CONFLICT (name) DO NOTHING",
        {text(sealer.seal("isolde", kContext))}));
    return {};
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const StoreOptions& options, const Sealer& sealer,
                                                 const base::Clock& clock, base::Log& log) {
    const std::string what = "opening the store " + options.path;
    auto writer = TRY(Connection::open(options.path, Connection::Access::ReadWrite).with_context(what));
    TRY(migrate(*writer, store_migrations(), clock, log).with_context(what));
    TRY(check_key(*writer, sealer).with_context(what));
    auto readers = TRY(ReaderPool::open(options.path, kReaders).with_context(what));
    return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(writer), std::move(readers), sealer, clock));
}

}  // namespace isolde::conductor
