// SPDX-License-Identifier: GPL-3.0-or-later
//
// One running BMC: a port, the Redfish service behind it, its faults, its request log and the hosts on its machines.
// Everything that may change lies behind one mutex; hosts and answers are dealt with outside of it.
#pragma once

#include "base/log.h"
#include "base/mutex.h"
#include "http/server/server.h"
#include "redfish/emulator/executor.h"
#include "redfish/emulator/faults.h"
#include "redfish/emulator/host.h"
#include "redfish/emulator/request_log.h"
#include "redfish/emulator/service.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isolde::emulator {

struct BmcOptions {
    std::size_t number = 1;  ///< from 1; seeds the UUIDs together with address and port
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    const Profile* profile = nullptr;
    Timing timing;
    Account account;
    std::size_t systems = 1;
    BootMode mode = BootMode::Uefi;
    bool guest_obeys = true;
    base::Duration latency{};
    std::vector<FaultRule> faults;
    std::string tls_certificate;  ///< PEM files; both empty: plain HTTP
    std::string tls_key;
};

/// Makes the host of one system.
using HostFactory =
    std::function<std::unique_ptr<Host>(std::size_t bmc, const std::string& system, HostEvents& events)>;

/// What all BMCs of a process share. Everything outlives them.
struct Surroundings {
    const base::Clock& clock;
    base::Random& random;
    base::Log& log;
    Executor& executor;  ///< for what is short
    HostFactory make_host;
};

class EmulatedBmc {
  public:
    /// Listens when it returns. Errors: those of http::Server::start.
    static base::Result<std::unique_ptr<EmulatedBmc>> start(BmcOptions options, const Surroundings& surroundings);
    ~EmulatedBmc();

    std::string url() const;
    /// Closes the port and cuts the hosts. Idempotent.
    void stop();

  private:
    class SystemEvents;
    struct Job {  ///< a Redfish request on its way to an answer
        Call call;
        FaultDecision fault;
        std::uint64_t number = 0;
        std::shared_ptr<http::Responder> respond;
    };

    EmulatedBmc(BmcOptions options, const Surroundings& surroundings);
    base::Result<void> listen(std::uint16_t port) ISOLDE_EXCLUDES(server_mutex_);
    void make_systems() ISOLDE_REQUIRES(mutex_);

    void handle(const http::Request& request, http::Responder respond);
    void handle_redfish(const http::Request& request, http::Responder respond);
    void carry_out(const Job& job);
    http::Response answer_with_fault(const Job& job, const FaultRule& rule);
    http::Response answer(const Job& job);
    void respond(const Job& job, http::Response response);
    void refuse_connections(base::Duration duration);

    http::Response control(const http::Request& request);
    http::Response control_faults(const http::Request& request);
    http::Response control_system(const http::Request& request, std::string_view rest);
    http::Response control_power(std::size_t system, const std::string& body);

    void tick();
    void pump();
    void drain();
    void command(const SystemCommand& command);
    /// A change of a machine that comes from its host.
    void report(std::size_t system, const std::function<void(Machine&, base::SteadyTime)>& change);

    BmcOptions options_;
    const Surroundings& surroundings_;
    std::vector<std::unique_ptr<SystemEvents>> events_;
    std::vector<std::unique_ptr<Host>> hosts_;

    base::Mutex mutex_;
    std::unique_ptr<RedfishService> service_ ISOLDE_GUARDED_BY(mutex_);
    FaultTable faults_ ISOLDE_GUARDED_BY(mutex_);
    RequestLog log_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<std::shared_ptr<http::Responder>> hanging_ ISOLDE_GUARDED_BY(mutex_);
    std::deque<SystemCommand> commands_ ISOLDE_GUARDED_BY(mutex_);
    bool draining_ ISOLDE_GUARDED_BY(mutex_) = false;
    bool refusing_ ISOLDE_GUARDED_BY(mutex_) = false;  ///< from the fault until the port is open again
    std::optional<base::SteadyTime> armed_ ISOLDE_GUARDED_BY(mutex_);

    mutable base::Mutex server_mutex_;
    std::unique_ptr<http::Server> server_ ISOLDE_GUARDED_BY(server_mutex_);
    bool stopped_ ISOLDE_GUARDED_BY(server_mutex_) = false;
    std::uint16_t port_ = 0;
};

}  // namespace isolde::emulator
