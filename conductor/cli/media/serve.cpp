// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/media/serve.h"

#include "vmedia/serve/image_server.h"

#include <charconv>
#include <csignal>
#include <ostream>

namespace isolde::cli {
namespace {

/// SIGINT and SIGTERM, blocked for this thread and those that it starts, so that they can be waited for.
sigset_t block_stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

}  // namespace

base::Result<ListenAddress> parse_listen(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    ListenAddress listen;
    const char* end = text.data() + text.size();
    const auto parsed = colon == std::string::npos ? std::from_chars_result{nullptr, std::errc::invalid_argument}
                                                   : std::from_chars(text.data() + colon + 1, end, listen.port);
    if (parsed.ec != std::errc{} || parsed.ptr != end || colon == 0) {
        return base::invalid_argument("\"" + text + "\" is not of the form ADDRESS:PORT");
    }
    listen.address = text.substr(0, colon);
    if (listen.address.front() == '[' && listen.address.back() == ']') {
        listen.address = listen.address.substr(1, listen.address.size() - 2);
    }
    return listen;
}

base::Result<void> serve_until_signal(std::shared_ptr<const vmedia::ComposedImage> image, const ListenAddress& listen,
                                      std::ostream& out) {
    const sigset_t signals = block_stop_signals();
    const base::SystemClock clock;
    base::SystemRandom random;
    const auto log = base::make_stderr_log(base::LogLevel::Warning, base::LogFormat::Text);
    const auto server =
        TRY(vmedia::ImageServer::start(std::move(image), listen.address, listen.port, random, clock, *log));
    out << server->url() << std::endl;
    int received = 0;
    sigwait(&signals, &received);
    return {};
}

}  // namespace isolde::cli
