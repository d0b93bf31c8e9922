// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/daemon/daemon.h"

#include "base/files.h"
#include "base/mutex.h"
#include "bmc/redfish_pool.h"
#include "conductor/api/api.h"
#include "conductor/daemon/metrics.h"
#include "conductor/daemon/service_manager.h"
#include "conductor/daemon/wiring.h"
#include "conductor/engine/engine.h"
#include "conductor/engine/media/live_media.h"
#include "vmedia/serve/media_server.h"

#include <malloc.h>
#include <csignal>
#include <iostream>

namespace isolde::conductor {
namespace {

/// Blocks SIGTERM and SIGINT for this thread and those that it starts; wait() takes one of them.
class StopSignals {
  public:
    StopSignals() {
        sigemptyset(&set_);
        sigaddset(&set_, SIGTERM);
        sigaddset(&set_, SIGINT);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
    }
    void wait() const {
        int number = 0;
        sigwait(&set_, &number);
    }

  private:
    sigset_t set_{};
};

/// The engine as the media side knows it, which serves before the engine exists and after it has gone. Thread-safe.
class EngineSlot {
  public:
    void set(std::weak_ptr<Engine> engine) {
        base::Lock lock(mutex_);
        engine_ = std::move(engine);
    }
    void media_was_read(const base::NodeId& node) {
        if (const auto engine = held()) {
            engine->media_was_read(node);
        }
    }

  private:
    std::shared_ptr<Engine> held() {
        base::Lock lock(mutex_);
        return engine_.lock();
    }

    base::Mutex mutex_;
    std::weak_ptr<Engine> engine_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace

base::Result<void> run_conductor(const config::Settings& settings, JournalObserver observer) {
    // Dozens of workers that mostly wait would each keep an arena of their own; with two they wait for each other.
    mallopt(M_ARENA_MAX, 8);
    // The first large buffer that is freed would raise the threshold, and from then on such buffers would stay.
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    const StopSignals signals;
    const base::SystemClock clock;
    base::SystemRandom random;
    base::SystemWaiter waiter;
    const auto log = base::make_stderr_log(settings.log_level, settings.log_format);
    const std::string& state = settings.conductor.state_dir;
    TRY(base::make_directories(state).with_context("conductor.state_dir"));

    const std::string key_file =
        settings.secrets_key_file.empty() ? base::join_path(state, "secret.key") : settings.secrets_key_file;
    const auto sealer =
        TRY(make_sealer(TRY(load_or_create_key(key_file, random).with_context("secrets.key_file")), random));
    const auto store = TRY(open_sqlite_store({base::join_path(state, "isolde.db")}, *sealer, clock, *log));

    const auto fetch_client = TRY(http::make_client(TRY(fetch_client_options(settings)), clock));
    const auto bmc_client = TRY(http::make_client(bmc_client_options(), clock));
    const auto images =
        TRY(cache::ImageStore::open(TRY(image_store_options(settings)), *fetch_client, clock, random, *log));
    std::stop_source stop_waiting;
    const auto bmcs = bmc::make_redfish_pool(*bmc_client, clock, waiter,
                                             {settings.redfish.request_timeout, stop_waiting.get_token()});

    EngineOptions engine_options = make_engine_options(settings);
    EngineSlot slot;
    vmedia::PublicationsOptions publications;
    publications.memory = settings.media.memory;
    LiveMedia media(engine_options, publications, {*store, *images, *sealer, clock, *log},
                    [&slot](const base::NodeId& node) { slot.media_was_read(node); });
    const auto media_server =
        TRY(http::Server::start(TRY(media_server_options(settings)), vmedia::media_handler(media.publications()), *log)
                .with_context("media.listen"));
    TRY(set_media_address(engine_options, settings, media_server->port()));
    const std::shared_ptr<Engine> engine =
        TRY(Engine::start(engine_options, {*store, *images, media, *bmcs, clock, random, *log}, std::move(observer)));
    slot.set(engine);

    MetricsSources sources{*store, *images, media_server->counters()};
    const auto api = TRY(api::Api::create(api_options(settings), {*store, *engine, *images, clock, random, *log,
                                                                  [&sources] { return render_metrics(sources); }}));
    const auto api_server =
        TRY(http::Server::start(TRY(api_server_options(settings)), api->handler(), *log).with_context("api.listen"));
    sources.api.store(&api_server->counters());
    std::cout << "ready api=" << api_server->port() << " media=" << media_server->port() << std::endl;
    log->info(
        "conductor.ready",
        {{"name", settings.conductor.name}, {"api_port", api_server->port()}, {"media_port", media_server->port()}});
    tell_service_manager("READY=1");

    signals.wait();
    tell_service_manager("STOPPING=1");
    log->info("conductor.stopping");
    stop_waiting.request_stop();
    api_server->stop();
    api->stop();
    engine->stop();
    media_server->stop();
    return {};
}

}  // namespace isolde::conductor
