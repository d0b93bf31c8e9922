// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/schema.h"

#include <array>

namespace isolde::conductor {
namespace {

constexpr std::string_view kNodes = R"sql(
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('sequence', 0);
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    name TEXT UNIQUE,
    driver TEXT NOT NULL,
    driver_info TEXT NOT NULL,
    instance_info TEXT NOT NULL,
    properties TEXT NOT NULL,
    extra TEXT NOT NULL,
    attributes TEXT NOT NULL,
    instance_uuid TEXT UNIQUE,
    conductor_group TEXT NOT NULL,
    provision_state TEXT NOT NULL,
    power_state TEXT NOT NULL,
    target_power_state TEXT NOT NULL,
    maintenance INTEGER NOT NULL,
    maintenance_reason TEXT NOT NULL,
    fault TEXT NOT NULL,
    last_error TEXT NOT NULL,
    driver_internal_info TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    provision_updated_at BIGINT,
    version BIGINT NOT NULL,
    bmc_authority TEXT,
    bmc_system TEXT,
    UNIQUE (bmc_authority, bmc_system)
);
CREATE TABLE ports (
    id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    node TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    address TEXT NOT NULL UNIQUE,
    attributes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE INDEX ports_of_node ON ports (node);
)sql";

// A lane that rests keeps its row, with an empty kind and no wake_at: its fence must never start again.
constexpr std::string_view kOperations = R"sql(
CREATE TABLE operations (
    node TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    step TEXT NOT NULL,
    deployment TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    step_begun_at BIGINT NOT NULL,
    wake_at BIGINT,
    attempts INTEGER NOT NULL,
    detail TEXT NOT NULL,
    owner TEXT NOT NULL,
    lease_until BIGINT,
    fence BIGINT NOT NULL,
    PRIMARY KEY (node, lane)
);
CREATE INDEX operations_due ON operations (wake_at);
CREATE TABLE deployments (
    id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    node TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    provenance TEXT NOT NULL,
    image TEXT NOT NULL,
    image_size BIGINT NOT NULL,
    plan_digest TEXT NOT NULL,
    slot TEXT NOT NULL,
    token TEXT NOT NULL,
    url TEXT NOT NULL,
    reset_intended_at BIGINT,
    reset_done_at BIGINT,
    evidence TEXT NOT NULL,
    error TEXT NOT NULL,
    journal TEXT NOT NULL,
    fields TEXT NOT NULL,
    fields_mark TEXT NOT NULL
);
CREATE INDEX deployments_of_node ON deployments (node, sequence);
CREATE INDEX deployments_by_state ON deployments (state);
CREATE TABLE publications (
    token TEXT PRIMARY KEY,
    node TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    deployment TEXT NOT NULL,
    slot TEXT NOT NULL,
    url TEXT NOT NULL,
    generation BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX publications_of_node ON publications (node);
CREATE INDEX publications_by_state ON publications (state);
)sql";

constexpr std::string_view kHistory = R"sql(
CREATE TABLE history (
    id TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL UNIQUE,
    node TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    severity TEXT NOT NULL,
    event TEXT NOT NULL,
    event_type TEXT NOT NULL,
    conductor TEXT NOT NULL
);
CREATE INDEX history_of_node ON history (node, sequence);
CREATE TABLE left_behind (
    bmc_authority TEXT NOT NULL,
    system_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    bmc_address TEXT NOT NULL,
    url TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (bmc_authority, system_id, slot)
);
CREATE TABLE conductors (
    name TEXT PRIMARY KEY,
    conductor_group TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE idempotency_keys (
    idempotency_key TEXT PRIMARY KEY,
    request_digest TEXT NOT NULL,
    deployment TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
)sql";

constexpr std::string_view kSecondMedia = R"sql(
ALTER TABLE deployments ADD COLUMN second_media TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::string_view kBootFiles = R"sql(
ALTER TABLE deployments ADD COLUMN boot_files TEXT NOT NULL DEFAULT '{}';
)sql";

constexpr std::string_view kConfigDrives = R"sql(
CREATE TABLE config_drives (
    node TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (node, id)
);
ALTER TABLE nodes ADD COLUMN config_drive TEXT NOT NULL DEFAULT '';
ALTER TABLE deployments ADD COLUMN config_drive TEXT NOT NULL DEFAULT '';
)sql";

// What was asked for is written once: no mark of it is needed to tell whether it changed.
constexpr std::string_view kNoFieldsMark = R"sql(
ALTER TABLE deployments DROP COLUMN fields_mark;
)sql";

constexpr std::array kMigrations{
    Migration{1, "nodes and ports", kNodes},
    Migration{2, "operations, deployments and publications", kOperations},
    Migration{3, "history, conductors and idempotency keys", kHistory},
    Migration{4, "second media of deployments", kSecondMedia},
    Migration{5, "files that boot images are made of", kBootFiles},
    Migration{6, "config drives apart from the fields that name them", kConfigDrives},
    Migration{7, "what was asked for is written once", kNoFieldsMark},
};

}  // namespace

std::span<const Migration> store_migrations() {
    return kMigrations;
}

}  // namespace isolde::conductor
