// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a deployment's fields name by URL and hold themselves once it was fetched: a config drive, small files. They may
// be secret, so they go through memory into the sealed fields, and not into the cache. From then on the deployment has
// this content, whatever becomes of the source.
#pragma once

#include "base/encoding.h"
#include "cache/image_store.h"
#include "conductor/engine/steps/step.h"

#include <optional>
#include <string>
#include <vector>

namespace isolde::conductor {

/// The most that is fetched for a config drive: packed, Ironic's 64 MiB are a fraction of it.
inline constexpr base::ByteCount kLargestFetchedDrive = base::mebibytes(32);

struct FieldToFetch {
    Acquisitions::File file;           ///< named "the config drive", "the file /preseed.cfg"
    std::optional<std::size_t> place;  ///< in inject_files; nothing: the config drive
};
std::vector<FieldToFetch> fields_to_fetch(const DeploymentFields& fields);

/// Puts what was fetched into `deployment.fields`, and into its provenance where a drive came from and its SHA-256. A
/// drive may be the image, gzip or not, or the base64 of it, as Ironic has it. Errors: as check_config_drive.
base::Result<void> put_fetched(Deployment& deployment, const FieldToFetch& field, base::ByteView content,
                               const Node& node);

/// Fetches all of it: nothing when the fields hold everything, else what to wait for. Errors: as
/// ImageStore::read and put_fetched, each naming what was fetched.
base::Result<std::optional<std::string>> fetch_into_fields(StepContext& context, const Services& services);

}  // namespace isolde::conductor
