// SPDX-License-Identifier: GPL-3.0-or-later
//
// One deployment of one node: what was asked for, how far it came (journal), what was seen (evidence). It begins with
// the 202 of `active` or `rebuild` and ends with undeploy, node deletion or the next rebuild.
#pragma once

#include "base/byte_count.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/ids.h"
#include "base/json.h"
#include "conductor/node/provision_state.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolde::conductor {

/// The steps of all operations, in the order in which a deployment walks them. Each is short, idempotent and recorded
/// before it acts.
enum class Step {
    // Deploy
    Admit,    ///< read the fields, check what can be checked without bytes
    Acquire,  ///< the base image in the cache, leased
    Compose,
    Publish,
    PowerOff,
    EjectOld,  ///< empty the slot that is needed
    Insert,
    Verify,  ///< the slot shows our URL
    BootOnce,
    PowerOn,
    SeeBoot,  ///< wait for evidence
    Watch,    ///< node is active; evidence and release are followed
    ReleaseEject,
    ReleaseRevoke,
    // taking down: Undeploy, FailDeploy
    TakeDownPowerOff,
    TakeDownEject,
    TakeDownOverride,
    TakeDownRevoke,
    TakeDownDrop,
    // the short operations
    Reach,  ///< Verify, Inspect, Adopt: talk to the BMC
    Finish,
    PowerChange,
};
/// "admit", "eject-old", "take-down-power-off", …
std::string_view to_string(Step step);
base::Result<Step> parse_step(std::string_view text);

struct JournalEntry {
    Step step = Step::Admit;
    base::WallTime begun;
    std::optional<base::WallTime> ended;
    std::string outcome;  ///< "done", "failed: …", "waiting: …"
};
/// [{"step", "begun", "ended" (null while it runs), "outcome"}], in order; times as ISO 8601.
base::Json to_json(const std::vector<JournalEntry>& journal);
/// Errors: InvalidArgument naming the member.
base::Result<std::vector<JournalEntry>> journal_from_json(const base::Json& value);

struct Evidence {
    std::optional<base::WallTime> inserted;
    std::optional<base::WallTime> read;    ///< boot loader read after our reset
    std::optional<base::WallTime> booted;  ///< boot loader, kernel and initrd read whole after our reset
    std::optional<base::WallTime> released;
    std::string released_by;  ///< "boot", "host off", "host restarted", "operator", "deadline", …
    bool loader = false;
    int kernel_percent = 0;
    int initrd_percent = 0;
    bool opaque = false;  ///< the reader took the image in line: its reads tell nothing of the boot
    std::uint64_t bytes_read = 0;
    std::optional<base::WallTime> last_read;
    std::optional<base::WallTime> loader_last_read;  ///< any part of a boot loader
};
/// Every member by its name; times as ISO 8601 or null.
base::Json to_json(const Evidence& evidence);
/// Members that are missing keep their defaults. Errors: InvalidArgument naming the member.
base::Result<Evidence> evidence_from_json(const base::Json& value);

/// One virtual medium of a deployment.
struct Medium {
    std::string role;                   ///< "boot", "config", "drivers", "data"
    std::string file_name;              ///< "boot.iso", "config.img": some BMCs look at the end of it
    std::string slot;                   ///< SlotId once chosen
    std::string token;                  ///< publication, once published
    std::string url;                    ///< what the BMC was given
    std::optional<base::Digest> image;  ///< the blob that it shows as it is, once acquired; others are made
    std::uint64_t bytes_read = 0;       ///< of a second medium; the boot image's are in the evidence
    std::optional<base::WallTime> last_read;
};
/// Members that are missing are empty. Errors: InvalidArgument naming the member.
base::Json to_json(const std::vector<Medium>& media);
base::Result<std::vector<Medium>> media_from_json(const base::Json& value);

/// Blobs by what they are: "kernel", "ramdisk", "bootloader"; each once acquired. Empty where the base is a boot ISO.
using BootFiles = std::map<std::string, base::Digest>;
base::Json to_json(const BootFiles& files);
/// Errors: InvalidArgument.
base::Result<BootFiles> boot_files_from_json(const base::Json& value);

enum class DeploymentState { Running, Active, Released, Failed, Ended };
std::string_view to_string(DeploymentState state);
base::Result<DeploymentState> parse_deployment_state(std::string_view text);

struct Deployment {
    base::DeploymentId id;
    base::NodeId node;
    DeploymentState state = DeploymentState::Running;
    base::WallTime created_at;
    std::optional<base::WallTime> ended_at;
    base::Json fields = base::Json::object();      ///< merged deployment fields (instance_info); sealed at rest
    base::Json provenance = base::Json::object();  ///< field → "instance_info", "driver_info", "[deploy]", "request"
    std::optional<base::Digest> image;             ///< the base, once acquired
    BootFiles boot_files;                          ///< what is put into a base that is made for it
    base::ByteCount image_size;
    std::string plan_digest;
    std::string slot;                                 ///< SlotId once chosen
    std::string token;                                ///< publication of the boot image, once published
    std::string url;                                  ///< what the BMC was given
    std::optional<base::WallTime> reset_intended_at;  ///< recorded before power-on is sent
    std::optional<base::WallTime> reset_done_at;
    Evidence evidence;
    std::string error;  ///< why it failed
    std::vector<JournalEntry> journal;
    std::vector<Medium> second_media;  ///< beside the boot image; chosen at admission
};
/// The boot image, then the others: what is or may be published and inserted.
std::vector<Medium> media_of(const Deployment& deployment);
/// What a token is published for; nothing when it is none of this deployment's.
std::optional<Medium> medium_of(const Deployment& deployment, const base::PublicationToken& token);

/// A publication's record; the live one is vmedia's.
enum class PublicationState { Active, RevokePending, Revoked };
struct PublicationRecord {
    base::PublicationToken token;
    base::NodeId node;
    base::DeploymentId deployment;
    std::string slot;
    std::string url;
    std::int64_t generation = 1;
    PublicationState state = PublicationState::Active;
    base::WallTime created_at;
};
std::string_view to_string(PublicationState state);
base::Result<PublicationState> parse_publication_state(std::string_view text);

/// Work that is due: one per node and lane. Claimed by compare-and-set with a lease and a fencing number.
enum class Lane { Provision, Power };
std::string_view to_string(Lane lane);
base::Result<Lane> parse_lane(std::string_view text);

struct Operation {
    base::NodeId node;
    Lane lane = Lane::Provision;
    OperationKind kind = OperationKind::Verify;
    Step step = Step::Reach;
    base::DeploymentId deployment;  ///< empty for operations without one
    base::WallTime begun_at;
    base::WallTime step_begun_at;
    base::WallTime wake_at;
    int attempts = 0;                          ///< of the current step
    base::Json detail = base::Json::object();  ///< the operation's own notes: original error, power target, …
    std::string owner;                         ///< conductor that holds the lease; empty: free
    std::optional<base::WallTime> lease_until;
    std::int64_t fence = 0;  ///< grows with every claim and every replacement
};

/// A BMC that may still hold our medium after its node was forgotten.
struct LeftBehind {
    std::string bmc_address;
    std::string system_id;
    std::string slot;
    std::string url;
    base::WallTime created_at;
};

struct ConductorRecord {
    std::string name;
    std::string group;
    base::WallTime created_at;
    base::WallTime updated_at;  ///< heartbeat
};

}  // namespace isolde::conductor
