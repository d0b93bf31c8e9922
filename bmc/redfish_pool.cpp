// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/redfish_pool.h"

#include "base/mutex.h"
#include "bmc/redfish_bmc.h"
#include "bmc/unusable_bmc.h"
#include "redfish/service.h"

#include <map>
#include <tuple>

namespace isolde::bmc {
namespace {

constexpr auto kLogoutBudget = std::chrono::seconds(5);

class RedfishPool final : public BmcPool {
  public:
    RedfishPool(http::Client& client, const base::Clock& clock, base::Waiter& waiter, RedfishPoolOptions options)
        : options_(std::move(options)), with_{client, clock, waiter, lanes_, options_.stop} {}

    ~RedfishPool() override {
        const auto deadline = base::Deadline::after(with_.clock, kLogoutBudget);
        base::Lock lock(mutex_);
        for (auto& [key, entry] : services_) {
            entry.service->logout(deadline);
        }
    }

    std::shared_ptr<Bmc> get(const Target& target) override {
        // A service whose password has changed logs out when it goes: after the lock is given back.
        std::shared_ptr<redfish::Service> retired;
        base::Lock lock(mutex_);
        auto service = service_of(target, retired);
        if (!service.ok()) return std::make_shared<UnusableBmc>(service.error());
        auto& bmc = bmcs_[{service->get(), target.system_id}];
        if (!bmc) bmc = std::make_shared<RedfishBmc>(Context{*service, with_}, target.system_id);
        return bmc;
    }

  private:
    /// Everything of a target that a service is made of, but the password.
    using Key = std::tuple<std::string, std::string, std::string, bool, std::string>;
    struct Entry {
        std::shared_ptr<redfish::Service> service;
        base::Secret password;
    };

    base::Result<std::shared_ptr<redfish::Service>> service_of(const Target& target,
                                                               std::shared_ptr<redfish::Service>& retired)
        ISOLDE_REQUIRES(mutex_) {
        const Key key{target.address, target.user, target.auth_type, target.verify_tls, target.ca_file};
        const auto found = services_.find(key);
        if (found != services_.end() && found->second.password.reveal() == target.password.reveal()) {
            return found->second.service;
        }
        auto service = TRY(make_service(target));
        if (found != services_.end()) {
            retired = found->second.service;
            forget(retired.get());
        }
        services_[key] = {service, target.password};
        return service;
    }

    base::Result<std::shared_ptr<redfish::Service>> make_service(const Target& target) {
        redfish::ServiceOptions options;
        options.address = target.address;
        options.user = target.user;
        options.password = target.password;
        options.auth_type = TRY(redfish::parse_auth_type(target.auth_type));
        options.transport.request_timeout = options_.request_timeout;
        options.transport.verify_tls = target.verify_tls;
        options.transport.ca_file = target.ca_file;
        return redfish::Service::create(std::move(options), with_);
    }

    /// The BMCs of a service whose password has changed.
    void forget(const redfish::Service* service) ISOLDE_REQUIRES(mutex_) {
        std::erase_if(bmcs_, [service](const auto& each) { return each.first.first == service; });
    }

    const RedfishPoolOptions options_;
    redfish::LaneDirectory lanes_;
    const redfish::ServiceCollaborators with_;
    base::Mutex mutex_;
    std::map<Key, Entry> services_ ISOLDE_GUARDED_BY(mutex_);
    std::map<std::pair<const redfish::Service*, std::string>, std::shared_ptr<Bmc>> bmcs_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<BmcPool> make_redfish_pool(http::Client& client, const base::Clock& clock, base::Waiter& waiter,
                                           RedfishPoolOptions options) {
    return std::make_unique<RedfishPool>(client, clock, waiter, std::move(options));
}

}  // namespace isolde::bmc
