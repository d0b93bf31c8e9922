// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the operator sets of the engine: [conductor], [deploy], [power] and the BMC defaults of the configuration.
#pragma once

#include "base/clock.h"
#include "conductor/node/decide.h"
#include "conductor/node/deployment_fields.h"
#include "vmedia/build/boot_loaders.h"

#include <string>

namespace isolde::conductor {

enum class ActiveWhen { Read, PoweredOn };
enum class PowerOffPolicy { Soft, Hard, Leave };

struct EngineOptions {
    std::string conductor_name;
    std::string conductor_group;
    unsigned workers = 64;
    DeployDefaults deploy_defaults;
    vmedia::LoaderPaths loaders;  ///< of boot images that are made from a kernel and a ramdisk
    ActiveWhen active_when = ActiveWhen::Read;
    base::Duration boot_timeout = std::chrono::minutes(15);
    PowerOffPolicy power_off = PowerOffPolicy::Hard;
    base::Duration one_shot_deadline = std::chrono::hours(24);
    base::Duration store_poll = std::chrono::seconds(5);  ///< how often the store is asked for what is due
    base::Duration power_sync_interval = std::chrono::seconds(60);
    base::Duration bmc_timeout = std::chrono::seconds(60);  ///< for one BMC interaction of a step
    bool verify_ca_default = true;
    std::string bmc_ca_file;
    RetryPolicy retry;  ///< of steps whose BMC does not answer
    /// "http://192.0.2.1:6180"; driver_info/external_http_url overrides. Empty: this machine's address towards each
    /// BMC.
    std::string media_url;
    int media_port = 6180;
};

}  // namespace isolde::conductor
