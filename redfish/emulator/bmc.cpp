// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/bmc.h"

#include "base/digest.h"

#include <utility>

namespace isolde::emulator {
namespace {

using base::Json;

constexpr std::size_t kHangingKept = 1000;

/// The same name gives the same UUID (version 5's form, SHA-256 in place of SHA-1), so that a BMC that is started again
/// on the same port is the same BMC.
std::string uuid_of(const std::string& name) {
    std::string hex = base::sha256("isolde-emulator/" + name).hex();
    hex[12] = '5';
    hex[16] = '8';
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
           hex.substr(20, 12);
}

std::string serial_of(const std::string& uuid) {
    return "EMU" + uuid.substr(uuid.size() - 9);
}

http::Response to_response(Reply reply) {
    http::Response response;
    response.status = reply.status;
    response.headers = std::move(reply.headers);
    if (reply.body) {
        response.headers.set("Content-Type", "application/json");
        response.body = base::dump_json(*reply.body);
    }
    return response;
}

http::Response without_answer(http::Ending ending) {
    http::Response response;
    response.ending = ending;
    return response;
}

/// A JSON object of `size` bytes.
std::string padding(std::uint64_t size) {
    constexpr std::string_view kFrame = R"({"Padding":""})";
    const std::size_t filler = size > kFrame.size() ? static_cast<std::size_t>(size) - kFrame.size() : 0;
    return R"({"Padding":")" + std::string(filler, 'x') + R"("})";
}

http::Response ruled_response(const FaultRule& rule, int status) {
    http::Response response;
    response.status = status;
    if (rule.text) {
        response.body = *rule.text;
    } else if (rule.size > 0) {
        response.body = padding(rule.size);
    } else if (rule.json) {
        response.body = base::dump_json(*rule.json);
    } else if (rule.action == FaultAction::Status && status >= 400) {
        response.body = base::dump_json(error_body(Message::InternalError, {}, {}));
    }
    if (!response.body.empty()) {
        response.headers.set("Content-Type", "application/json");
    }
    for (const auto& [name, value] : rule.headers) {
        response.headers.set(name, value);
    }
    return response;
}

}  // namespace

class EmulatedBmc::SystemEvents final : public HostEvents {
  public:
    SystemEvents(EmulatedBmc& bmc, std::size_t system) : bmc_(bmc), system_(system) {}
    void host_started(std::uint64_t attempt) override {
        bmc_.report(system_, [=](Machine& machine, base::SteadyTime now) { machine.host_started(attempt, now); });
    }
    void host_found_nothing(std::uint64_t attempt) override {
        bmc_.report(system_, [=](Machine& machine, base::SteadyTime now) { machine.host_found_nothing(attempt, now); });
    }
    void host_powered_off(std::uint64_t attempt) override {
        bmc_.report(system_, [=](Machine& machine, base::SteadyTime now) { machine.host_powered_off(attempt, now); });
    }
    void host_restarted(std::uint64_t attempt) override {
        bmc_.report(system_, [=](Machine& machine, base::SteadyTime now) { machine.host_restarted(attempt, now); });
    }

  private:
    EmulatedBmc& bmc_;
    std::size_t system_;
};

EmulatedBmc::EmulatedBmc(BmcOptions options, const Surroundings& surroundings)
    : options_(std::move(options)), surroundings_(surroundings), faults_(surroundings.random) {}

EmulatedBmc::~EmulatedBmc() {
    stop();
}

base::Result<std::unique_ptr<EmulatedBmc>> EmulatedBmc::start(BmcOptions options, const Surroundings& surroundings) {
    std::unique_ptr<EmulatedBmc> bmc(new EmulatedBmc(std::move(options), surroundings));
    // Requests may come as soon as the port is open, and the identity needs the port: they wait for the mutex.
    const base::Lock lock(bmc->mutex_);
    TRY(bmc->listen(bmc->options_.port));
    bmc->make_systems();
    std::vector<FaultRule> own;
    for (FaultRule& rule : bmc->options_.faults) {
        if (!rule.bmc || *rule.bmc == bmc->options_.number) {
            own.push_back(rule);
        }
    }
    bmc->faults_.add(std::move(own));
    return bmc;
}

base::Result<void> EmulatedBmc::listen(std::uint16_t port) {
    http::ServerOptions server;
    server.address = options_.address;
    server.port = port;
    server.threads = 1;
    server.limits.body = base::mebibytes(4);
    server.limits.handler = std::chrono::hours(24);  // a fault decides how long a client waits
    server.limits.drain = std::chrono::milliseconds(200);
    server.tls_certificate = options_.tls_certificate;
    server.tls_key = options_.tls_key;
    const base::Lock lock(server_mutex_);
    if (stopped_) {
        return {};
    }
    server_ = TRY(http::Server::start(
        server, [this](const http::Request& request, http::Responder respond) { handle(request, std::move(respond)); },
        surroundings_.log));
    port_ = server_->port();
    return {};
}

void EmulatedBmc::make_systems() {
    const std::string name = options_.address + ":" + std::to_string(port_);
    std::vector<System> systems;
    for (std::size_t index = 0; index < options_.systems; ++index) {
        const std::string id = std::to_string(index + 1);
        const std::string uuid = uuid_of(name + "/" + id);
        MachineSettings settings{options_.profile->slots, options_.profile->boot_order, options_.timing, options_.mode,
                                 options_.guest_obeys};
        systems.push_back({id, uuid, serial_of(uuid), Machine(std::move(settings)), ""});
        events_.push_back(std::make_unique<SystemEvents>(*this, index));
        hosts_.push_back(surroundings_.make_host(options_.number, id, *events_.back()));
    }
    ServiceIdentity identity{uuid_of(name), surroundings_.clock.wall(), surroundings_.clock.steady()};
    Sessions sessions(options_.account, options_.profile->session_limit, options_.timing.session_timeout,
                      surroundings_.random);
    service_ = std::make_unique<RedfishService>(*options_.profile, options_.timing, std::move(identity),
                                                std::move(sessions), std::move(systems));
}

std::string EmulatedBmc::url() const {
    const bool v6 = options_.address.find(':') != std::string::npos;
    return std::string(options_.tls_certificate.empty() ? "http://" : "https://") +
           (v6 ? "[" + options_.address + "]" : options_.address) + ":" + std::to_string(port_);
}

void EmulatedBmc::stop() {
    std::unique_ptr<http::Server> server;
    {
        const base::Lock lock(server_mutex_);
        stopped_ = true;
        server = std::move(server_);
    }
    std::vector<std::shared_ptr<http::Responder>> hanging;
    {
        const base::Lock lock(mutex_);
        hanging.swap(hanging_);
    }
    hanging.clear();
    if (server) {
        server->stop();
    }
    for (const std::unique_ptr<Host>& host : hosts_) {
        host->cut();
    }
}

void EmulatedBmc::handle(const http::Request& request, http::Responder respond) {
    if (request.path == "/emulator" || request.path.starts_with("/emulator/")) {
        respond(control(request));
        return;
    }
    handle_redfish(request, std::move(respond));
}

void EmulatedBmc::handle_redfish(const http::Request& request, http::Responder respond) {
    Job job;
    job.call = {request.method, request.path, request.body, request.headers};
    job.respond = std::make_shared<http::Responder>(std::move(respond));
    bool refused = false;
    {
        const base::Lock lock(mutex_);
        refused = refusing_;
        if (!refused) {
            job.fault = faults_.decide(request.method, request.path, request.body);
            job.number = log_.begin({0, surroundings_.clock.wall(), request.peer_address, request.method,
                                     request.target, loggable(request.body), 0, job.fault.ids});
        }
    }
    if (refused) {
        // The port is about to close: nobody gets an answer in between.
        (*job.respond)(without_answer(http::Ending::Reset));
        return;
    }
    const base::Duration delay = options_.latency + job.fault.delay;
    if (delay == base::Duration{}) {
        carry_out(job);
        return;
    }
    surroundings_.executor.at(surroundings_.clock.steady() + delay, [this, job] { carry_out(job); });
}

void EmulatedBmc::carry_out(const Job& job) {
    if (job.fault.terminal && job.fault.terminal->action == FaultAction::Hang) {
        const base::Lock lock(mutex_);
        if (hanging_.size() < kHangingKept) {
            hanging_.push_back(job.respond);
        }
        return;
    }
    respond(job, job.fault.terminal ? answer_with_fault(job, *job.fault.terminal) : answer(job));
    pump();
}

http::Response EmulatedBmc::answer_with_fault(const Job& job, const FaultRule& rule) {
    switch (rule.action) {
        case FaultAction::Status:
        case FaultAction::Ignore: return ruled_response(rule, rule.status);
        case FaultAction::Body: return ruled_response(rule, answer(job).status);
        case FaultAction::Drop: (void)answer(job); return without_answer(http::Ending::Silent);
        case FaultAction::Close: return without_answer(http::Ending::Silent);
        case FaultAction::Refuse: refuse_connections(rule.delay); return without_answer(http::Ending::Reset);
        default: return without_answer(http::Ending::Reset);
    }
}

http::Response EmulatedBmc::answer(const Job& job) {
    Reply reply;
    {
        const base::Lock lock(mutex_);
        reply = service_->serve(job.call, surroundings_.clock.steady());
    }
    for (const Json& change : job.fault.overrides) {
        if (reply.body) {
            reply.body->merge_patch(change);
        }
    }
    return to_response(std::move(reply));
}

void EmulatedBmc::respond(const Job& job, http::Response response) {
    {
        const base::Lock lock(mutex_);
        const bool answered = response.ending == http::Ending::Normal || response.ending == http::Ending::Close;
        log_.answered(job.number, answered ? response.status : 0);
    }
    (*job.respond)(std::move(response));
}

void EmulatedBmc::refuse_connections(base::Duration duration) {
    {
        const base::Lock lock(mutex_);
        refusing_ = true;
    }
    // Not here: this may be a thread of the server that is to be stopped.
    surroundings_.executor.post([this, duration] {
        std::unique_ptr<http::Server> server;
        {
            const base::Lock lock(server_mutex_);
            server = std::move(server_);
        }
        if (!server) {
            return;
        }
        server->stop();
        surroundings_.executor.at(surroundings_.clock.steady() + duration, [this] {
            {
                const base::Lock lock(mutex_);
                refusing_ = false;
            }
            const auto opened = listen(port_);
            if (!opened.ok()) {
                surroundings_.log.error("emulator.listen", {{"bmc", options_.number}, {"error", opened.error()}});
            }
        });
    });
}

void EmulatedBmc::tick() {
    {
        const base::Lock lock(mutex_);
        armed_.reset();
        service_->advance(surroundings_.clock.steady());
    }
    pump();
}

/// Passes on what the machines want of their hosts and sees to it that the next thing on their agenda happens.
void EmulatedBmc::pump() {
    const base::Lock lock(mutex_);
    for (SystemCommand& command : service_->take_commands()) {
        commands_.push_back(std::move(command));
    }
    if (!commands_.empty() && !std::exchange(draining_, true)) {
        surroundings_.executor.post([this] { drain(); });
    }
    const auto due = service_->next_due();
    if (due && (!armed_ || *due < *armed_)) {
        armed_ = due;
        surroundings_.executor.at(*due, [this] { tick(); });
    }
}

void EmulatedBmc::drain() {
    while (true) {
        SystemCommand next;
        {
            const base::Lock lock(mutex_);
            if (commands_.empty()) {
                draining_ = false;
                return;
            }
            next = std::move(commands_.front());
            commands_.pop_front();
        }
        command(next);
    }
}

void EmulatedBmc::command(const SystemCommand& command) {
    Host& host = *hosts_[command.system];
    switch (command.command.kind) {
        case HostCommand::Kind::Boot: {
            bool reads_media = true;
            {
                const base::Lock lock(mutex_);
                const std::string path = system_path(service_->systems()[command.system].id);
                const FaultDecision fault = faults_.decide("HOST", path, "");
                reads_media = !(fault.terminal && fault.terminal->action == FaultAction::Ignore);
            }
            host.boot(command.command.plan, reads_media);
            break;
        }
        case HostCommand::Kind::Cut: host.cut(); break;
        case HostCommand::Kind::PressButton: host.press_button(); break;
        case HostCommand::Kind::MediumChanged: host.medium_changed(command.command.slot, command.command.url); break;
    }
}

void EmulatedBmc::report(std::size_t system, const std::function<void(Machine&, base::SteadyTime)>& change) {
    {
        const base::Lock lock(mutex_);
        const base::SteadyTime now = surroundings_.clock.steady();
        service_->advance(now);
        change(service_->systems()[system].machine, now);
    }
    pump();
}

}  // namespace isolde::emulator
