// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/deployment.h"

#include "conductor/node/names.h"

namespace isolde::conductor {
namespace {

using base::Json;
using base::JsonReader;
using base::Result;
using base::WallTime;

constexpr std::array kStepNames{
    Name{Step::Admit, "admit"},
    Name{Step::Acquire, "acquire"},
    Name{Step::Compose, "compose"},
    Name{Step::Publish, "publish"},
    Name{Step::PowerOff, "power-off"},
    Name{Step::EjectOld, "eject-old"},
    Name{Step::Insert, "insert"},
    Name{Step::Verify, "verify"},
    Name{Step::BootOnce, "boot-once"},
    Name{Step::PowerOn, "power-on"},
    Name{Step::SeeBoot, "see-boot"},
    Name{Step::Watch, "watch"},
    Name{Step::ReleaseEject, "release-eject"},
    Name{Step::ReleaseRevoke, "release-revoke"},
    Name{Step::TakeDownPowerOff, "take-down-power-off"},
    Name{Step::TakeDownEject, "take-down-eject"},
    Name{Step::TakeDownOverride, "take-down-override"},
    Name{Step::TakeDownRevoke, "take-down-revoke"},
    Name{Step::TakeDownDrop, "take-down-drop"},
    Name{Step::Reach, "reach"},
    Name{Step::Finish, "finish"},
    Name{Step::PowerChange, "power-change"},
};
constexpr std::array kDeploymentStateNames{
    Name{DeploymentState::Running, "running"},   Name{DeploymentState::Active, "active"},
    Name{DeploymentState::Released, "released"}, Name{DeploymentState::Failed, "failed"},
    Name{DeploymentState::Ended, "ended"},
};
constexpr std::array kPublicationStateNames{
    Name{PublicationState::Active, "active"},
    Name{PublicationState::RevokePending, "revoke pending"},
    Name{PublicationState::Revoked, "revoked"},
};
constexpr std::array kLaneNames{Name{Lane::Provision, "provision"}, Name{Lane::Power, "power"}};

Json time_or_null(const std::optional<WallTime>& time) {
    return time ? Json(base::to_iso8601(*time)) : Json(nullptr);
}

Result<std::optional<WallTime>> optional_time(const JsonReader& reader, std::string_view name) {
    const auto text = TRY(reader.optional_string(name));
    if (!text) return std::optional<WallTime>();
    return std::optional(TRY(base::parse_iso8601(*text).with_context(std::string(name))));
}

Result<int> percent(const JsonReader& reader, std::string_view name) {
    const std::int64_t value = TRY(reader.optional_integer(name)).value_or(0);
    if (value < 0 || value > 100) {
        return base::invalid_argument(std::string(name) + " must be between 0 and 100, not " + std::to_string(value));
    }
    return static_cast<int>(value);
}

Result<std::uint64_t> byte_count(const JsonReader& reader, std::string_view name) {
    const std::int64_t count = TRY(reader.optional_integer(name)).value_or(0);
    if (count < 0) return base::invalid_argument(std::string(name) + " is negative");
    return static_cast<std::uint64_t>(count);
}

Result<JournalEntry> journal_entry(const JsonReader& reader) {
    JournalEntry entry;
    entry.step = TRY(parse_step(TRY(reader.string("step"))));
    entry.begun = TRY(base::parse_iso8601(TRY(reader.string("begun"))));
    entry.ended = TRY(optional_time(reader, "ended"));
    entry.outcome = TRY(reader.optional_string("outcome")).value_or("");
    return entry;
}

}  // namespace

std::string_view to_string(Step step) {
    return name_of(kStepNames, step);
}
Result<Step> parse_step(std::string_view text) {
    return value_of(kStepNames, text, "a step");
}

std::string_view to_string(DeploymentState state) {
    return name_of(kDeploymentStateNames, state);
}
Result<DeploymentState> parse_deployment_state(std::string_view text) {
    return value_of(kDeploymentStateNames, text, "a state of a deployment");
}

std::string_view to_string(PublicationState state) {
    return name_of(kPublicationStateNames, state);
}
Result<PublicationState> parse_publication_state(std::string_view text) {
    return value_of(kPublicationStateNames, text, "a state of a publication");
}

std::string_view to_string(Lane lane) {
    return name_of(kLaneNames, lane);
}
Result<Lane> parse_lane(std::string_view text) {
    return value_of(kLaneNames, text, "a lane");
}

Json to_json(const Evidence& evidence) {
    return {{"inserted", time_or_null(evidence.inserted)},
            {"read", time_or_null(evidence.read)},
            {"booted", time_or_null(evidence.booted)},
            {"released", time_or_null(evidence.released)},
            {"released_by", evidence.released_by},
            {"loader", evidence.loader},
            {"kernel_percent", evidence.kernel_percent},
            {"initrd_percent", evidence.initrd_percent},
            {"opaque", evidence.opaque},
            {"bytes_read", evidence.bytes_read},
            {"last_read", time_or_null(evidence.last_read)},
            {"loader_last_read", time_or_null(evidence.loader_last_read)}};
}

Result<Evidence> evidence_from_json(const Json& value) {
    const JsonReader reader(value);
    Evidence evidence;
    evidence.inserted = TRY(optional_time(reader, "inserted"));
    evidence.read = TRY(optional_time(reader, "read"));
    evidence.booted = TRY(optional_time(reader, "booted"));
    evidence.released = TRY(optional_time(reader, "released"));
    evidence.released_by = TRY(reader.optional_string("released_by")).value_or("");
    evidence.loader = TRY(reader.optional_boolean("loader")).value_or(false);
    evidence.kernel_percent = TRY(percent(reader, "kernel_percent"));
    evidence.initrd_percent = TRY(percent(reader, "initrd_percent"));
    evidence.opaque = TRY(reader.optional_boolean("opaque")).value_or(false);
    evidence.bytes_read = TRY(byte_count(reader, "bytes_read"));
    evidence.last_read = TRY(optional_time(reader, "last_read"));
    evidence.loader_last_read = TRY(optional_time(reader, "loader_last_read"));
    return evidence;
}

Json to_json(const std::vector<Medium>& media) {
    Json list = Json::array();
    for (const auto& medium : media) {
        list.push_back({{"role", medium.role},
                        {"file_name", medium.file_name},
                        {"slot", medium.slot},
                        {"token", medium.token},
                        {"url", medium.url},
                        {"image", medium.image ? Json(medium.image->str()) : Json(nullptr)},
                        {"bytes_read", medium.bytes_read},
                        {"last_read", time_or_null(medium.last_read)}});
    }
    return list;
}

Result<std::vector<Medium>> media_from_json(const Json& value) {
    if (!value.is_array()) {
        return base::invalid_argument("media must be an array");
    }
    std::vector<Medium> media;
    for (const auto& entry : value) {
        const JsonReader reader(entry, "/" + std::to_string(media.size()));
        Medium medium;
        medium.role = TRY(reader.string("role"));
        medium.file_name = TRY(reader.string("file_name"));
        medium.slot = TRY(reader.optional_string("slot")).value_or("");
        medium.token = TRY(reader.optional_string("token")).value_or("");
        medium.url = TRY(reader.optional_string("url")).value_or("");
        if (const auto image = TRY(reader.optional_string("image"))) {
            medium.image = TRY(base::Digest::parse(*image));
        }
        medium.bytes_read = TRY(byte_count(reader, "bytes_read"));
        medium.last_read = TRY(optional_time(reader, "last_read"));
        media.push_back(std::move(medium));
    }
    return media;
}

Json to_json(const BootFiles& files) {
    Json object = Json::object();
    for (const auto& [part, digest] : files) object[part] = digest.str();
    return object;
}

Result<BootFiles> boot_files_from_json(const Json& value) {
    if (!value.is_object()) {
        return base::invalid_argument("boot files must be an object");
    }
    const JsonReader reader(value);
    BootFiles files;
    for (const auto& member : value.items()) {
        files.emplace(member.key(), TRY(base::Digest::parse(TRY(reader.string(member.key())))));
    }
    return files;
}

std::vector<Medium> media_of(const Deployment& deployment) {
    std::vector<Medium> media{
        {"boot", "boot.iso", deployment.slot, deployment.token, deployment.url, deployment.image}};
    media.insert(media.end(), deployment.second_media.begin(), deployment.second_media.end());
    return media;
}

std::optional<Medium> medium_of(const Deployment& deployment, const base::PublicationToken& token) {
    for (auto& medium : media_of(deployment)) {
        if (medium.token == token.str()) return std::move(medium);
    }
    return std::nullopt;
}

Json to_json(const std::vector<JournalEntry>& journal) {
    Json entries = Json::array();
    for (const auto& entry : journal) {
        entries.push_back({{"step", to_string(entry.step)},
                           {"begun", base::to_iso8601(entry.begun)},
                           {"ended", time_or_null(entry.ended)},
                           {"outcome", entry.outcome}});
    }
    return entries;
}

Result<std::vector<JournalEntry>> journal_from_json(const Json& value) {
    if (!value.is_array()) {
        return base::invalid_argument("a journal must be an array");
    }
    std::vector<JournalEntry> journal;
    for (const auto& entry : value) {
        journal.push_back(TRY(journal_entry(JsonReader(entry, "/" + std::to_string(journal.size())))));
    }
    return journal;
}

}  // namespace isolde::conductor
