// SPDX-License-Identifier: GPL-3.0-or-later
//
// Insert and eject by Redfish virtual media, each proven by reading the slot back.
#pragma once

#include "base/mutex.h"
#include "bmc/context.h"
#include "bmc/insert_ladder.h"
#include "bmc/media_rules.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace isolde::bmc {

/// The parameters of a BMC's actions, by the path of their ActionInfo: they do not change while its firmware runs.
/// Thread-safe.
class ActionInfos {
  public:
    std::optional<std::vector<redfish::ActionParameter>> find(const std::string& path) const;
    void remember(const std::string& path, std::vector<redfish::ActionParameter> parameters);
    /// After a refusal: other firmware may run by now.
    void forget(const std::string& path);

  private:
    mutable base::Mutex mutex_;
    std::map<std::string, std::vector<redfish::ActionParameter>> known_ ISOLDE_GUARDED_BY(mutex_);
};

class MediaOperations {
  public:
    /// `infos` outlives it.
    MediaOperations(Context context, const Quirks& quirks, ActionInfos& infos)
        : context_(std::move(context)), quirks_(quirks), infos_(infos) {}

    base::Result<redfish::FoundSlot> read(const std::string& slot, base::Deadline deadline) const;
    /// Errors as Bmc::insert.
    base::Result<void> insert(const std::string& slot, const std::string& url, base::Deadline deadline) const;
    /// Errors as Bmc::eject.
    base::Result<void> eject(const std::string& slot, base::Deadline deadline) const;

  private:
    /// What to do after one refusal.
    struct Progress {
        std::vector<InsertVariant> tried;
        int repeats = 0;
    };

    base::Result<InsertVariant> first_variant(const redfish::FoundSlot& slot, const std::string& url,
                                              base::Deadline deadline) const;
    base::Result<std::vector<redfish::ActionParameter>> parameters_of(const redfish::Action& action,
                                                                      base::Deadline deadline) const;
    base::Result<void> walk_insert_ladder(const redfish::FoundSlot& slot, const std::string& url,
                                          base::Deadline deadline) const;
    base::Result<redfish::Answer> send_insert(const redfish::FoundSlot& slot, InsertVariant variant,
                                              const std::string& url, base::Deadline deadline) const;
    /// True: it is inserted all the same. False: try again with the last of `progress.tried`.
    base::Result<bool> after_refusal(const redfish::FoundSlot& slot, const redfish::Answer& answer,
                                     const std::string& url, Progress& progress, base::Deadline deadline) const;
    base::Result<void> await_inserted(const std::string& slot, const std::string& url, base::Deadline deadline) const;

    base::Result<redfish::Answer> send_eject(const redfish::FoundSlot& slot, std::size_t rung,
                                             base::Deadline deadline) const;
    base::Result<bool> await_empty(const std::string& slot, base::Duration within, base::Deadline deadline) const;
    base::Error holds_another(const redfish::VirtualMedia& media) const;
    base::Error cannot_insert(const std::string& slot) const;

    Context context_;
    const Quirks& quirks_;
    ActionInfos& infos_;
};

}  // namespace isolde::bmc
