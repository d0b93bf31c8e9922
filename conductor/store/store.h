// SPDX-License-Identifier: GPL-3.0-or-later
//
// The conductor's durable records. All writes of a process go through one writer that groups what is pending into one
// durable transaction: a caller returns when its Change is on the disk, and a Change is on the disk whole or not at
// all.
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "conductor/node/deployment.h"
#include "conductor/node/node.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isolde::conductor {

/// Seals values at rest: AES-256-GCM, key id in each value, base64 text. `context` (table/row/field) is authenticated,
/// so that a sealed value cannot be moved to another place. Thread-safe.
class Sealer {
  public:
    virtual ~Sealer() = default;
    virtual std::string seal(const std::string& plain, const std::string& context) const = 0;
    /// Errors: Corrupt (altered, moved, or sealed by a key that is not at hand; names the key id, never the value).
    virtual base::Result<std::string> open(const std::string& sealed, const std::string& context) const = 0;
    /// Bytes for HMACs of digests (plan digest, ETag): derived from the key, not the key itself.
    virtual base::Bytes digest_key() const = 0;
};
/// `key`: 32 bytes. Errors: InvalidArgument.
base::Result<std::unique_ptr<Sealer>> make_sealer(base::Bytes key, base::Random& random);
/// The key in `path` (32 bytes, or their base64/hex), created with mode 0600 when the file does not exist.
base::Result<base::Bytes> load_or_create_key(const std::string& path, base::Random& random);

struct NodeFilter {
    std::optional<ProvisionState> provision_state;
    std::optional<bool> maintenance;
    std::optional<bool> associated;
    std::optional<std::string> instance_uuid;
    std::optional<std::string> driver;
    std::optional<std::string> conductor_group;
    std::optional<std::string> name_contains;
    base::NodeId after;  ///< marker: nodes created after this one
    std::size_t limit = 1000;
};

/// One atomic change. Everything set is written together; a failed guard writes nothing.
///
/// A config drive in the fields that are written is kept apart, and is read as a reference from then on. It goes when
/// neither its node nor a deployment under way names it.
struct Change {
    /// Inserted when new_node is set, else updated. Guard: the row's version equals node.version, else Conflict. The
    /// stored version is one higher; a writer that changes a node again must read it again (or use node.version + 1).
    std::optional<Node> node;
    bool new_node = false;
    std::optional<base::NodeId> delete_node;  ///< with ports, operations, publications, history, deployments

    /// Replaces whatever operation the lane holds; its fence becomes one higher than the old one's.
    std::optional<Operation> begin_operation;
    /// Writes back a claimed operation and frees its lease. Guard: the fence is still operation.fence, else Conflict.
    std::optional<Operation> update_operation;
    /// As update_operation, but the operation is over: the row goes.
    std::optional<Operation> end_operation;
    /// Writes back a claimed operation and keeps the lease (journal before acting). Same guard.
    std::optional<Operation> note_operation;

    /// Inserted when new_deployment is set, else updated: what was asked for (node, created_at, fields, provenance)
    /// stays as it was then. Errors: NotFound.
    std::optional<Deployment> put_deployment;
    bool new_deployment = false;
    bool completed_fields = false;  ///< fields and provenance are updated too: what they named was fetched
    std::vector<PublicationRecord> put_publications;
    std::vector<Port> put_ports;
    std::vector<std::string> delete_ports;
    std::vector<HistoryEntry> history;
    std::vector<LeftBehind> left_behind;
    std::vector<LeftBehind> forget_left_behind;
};

/// How the writer worked so far: changes / transactions is the mean size of a group.
struct WriteStatistics {
    std::uint64_t changes = 0;       ///< that are durable
    std::uint64_t transactions = 0;  ///< that made them so
};

/// Thread-safe. Every call: Internal when the database fails (its own text, which may hold values, is not passed on).
class Store {
  public:
    virtual ~Store() = default;

    /// Durable when it returns. Errors: Conflict (a guard, a duplicate name, MAC or BMC system; says which), NotFound.
    virtual base::Result<void> apply(const Change& change) = 0;

    virtual base::Result<Node> node(const base::NodeId& id) const = 0;
    /// By UUID, else by name.
    virtual base::Result<Node> find_node(const std::string& id_or_name) const = 0;
    virtual base::Result<std::vector<Node>> list_nodes(const NodeFilter& filter) const = 0;
    virtual base::Result<std::vector<Port>> ports(const base::NodeId& node) const = 0;
    virtual base::Result<std::vector<Port>> list_ports(const std::string& address) const = 0;  ///< empty: all
    virtual base::Result<Port> port(const std::string& id) const = 0;

    /// Free or expired operations due at `now`, soonest first.
    virtual base::Result<std::vector<Operation>> due_operations(base::WallTime now, std::size_t limit) const = 0;
    virtual base::Result<std::vector<Operation>> all_operations() const = 0;
    virtual base::Result<std::optional<Operation>> operation(const base::NodeId& node, Lane lane) const = 0;
    /// Takes the lease until `lease_until` by compare-and-set; the fence grows. `owner` may claim what it holds itself:
    /// the outcome of its earlier run could not be written. Errors: Conflict (held by another or gone).
    virtual base::Result<Operation> claim(const Operation& seen, const std::string& owner, base::WallTime now,
                                          base::WallTime lease_until) = 0;
    /// Frees every lease that `owner` held: at its start, nothing of it can be running.
    virtual base::Result<void> free_leases_of(const std::string& owner) = 0;

    /// `fields`, of the node or of one of its deployments, with the config drive in place of the reference by which
    /// instance_info and fields are read. Errors: NotFound (it was needed no more).
    virtual base::Result<base::Json> with_config_drive(const base::NodeId& node, base::Json fields) const = 0;

    virtual base::Result<Deployment> deployment(const base::DeploymentId& id) const = 0;
    /// The newest of the node.
    virtual base::Result<std::optional<Deployment>> current_deployment(const base::NodeId& node) const = 0;
    /// Those neither Failed nor Ended.
    virtual base::Result<std::vector<Deployment>> live_deployments() const = 0;
    virtual base::Result<PublicationRecord> publication(const base::PublicationToken& token) const = 0;
    /// All that are not Revoked.
    virtual base::Result<std::vector<PublicationRecord>> live_publications() const = 0;
    virtual base::Result<std::vector<HistoryEntry>> history(const base::NodeId& node) const = 0;
    virtual base::Result<HistoryEntry> history_entry(const base::NodeId& node, const std::string& id) const = 0;

    virtual base::Result<std::vector<LeftBehind>> left_behind(const std::string& bmc_address) const = 0;

    virtual base::Result<void> heartbeat(const ConductorRecord& conductor) = 0;
    virtual base::Result<std::vector<ConductorRecord>> conductors() const = 0;

    /// Idempotency keys of POST …/deployments: the stored answer, or nothing and the key is now taken by `digest` of
    /// the request. Errors: Conflict when the key was used for another request.
    virtual base::Result<std::optional<base::DeploymentId>> idempotent(const std::string& key,
                                                                       const std::string& request_digest) = 0;
    virtual base::Result<void> remember(const std::string& key, const base::DeploymentId& deployment) = 0;

    virtual WriteStatistics write_statistics() const { return {}; }
};

struct StoreOptions {
    std::string path;  ///< of the SQLite file; its directory exists
};

/// Opens or creates the SQLite store (WAL, synchronous=FULL) and applies missing migrations, each in one transaction.
/// Collaborators must outlive it. Errors: Internal, Corrupt (not our database, newer than this program).
base::Result<std::unique_ptr<Store>> open_sqlite_store(const StoreOptions& options, const Sealer& sealer,
                                                       const base::Clock& clock, base::Log& log);

}  // namespace isolde::conductor
