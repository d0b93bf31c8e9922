// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client/client.h"

#include "http/client/hop.h"
#include "http/client/transfer_loop.h"

#include <utility>

namespace isolde::http {
namespace {

/// Keeps a body in memory.
class StringSink final : public BodySink {
  public:
    base::Result<void> begin(int, const Headers&) override { return {}; }
    base::Result<void> write(base::ByteView bytes) override {
        text_.append(base::as_text(bytes));
        return {};
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

/// Swallows the body of a redirect.
class NullSink final : public BodySink {
  public:
    base::Result<void> begin(int, const Headers&) override { return {}; }
    base::Result<void> write(base::ByteView) override { return {}; }
};

/// What a whole call shares among its hops.
struct Call {
    const ClientRequest& request;
    BodySink& sink;
    base::Deadline deadline;
    bool streamed;
};

/// How one hop ended.
struct HopAnswer {
    ResponseHead head;
    bool repeated = false;
};

TransferOptions transfer_options(const Call& call, const std::string& user_agent) {
    return {.connect_timeout = call.request.connect_timeout,
            .stall_timeout = call.request.stall_timeout,
            .response_limit = call.request.response_limit,
            .close_connection = call.request.close_connection,
            .streamed = call.streamed,
            .ca_file = call.request.ca_file,
            .verify_tls = call.request.verify_tls,
            .user_agent = user_agent};
}

/// The place to go on to; nothing when the response is the final one.
std::optional<std::string> location_of(const ResponseHead& head, const ClientRequest& request) {
    return request.redirects > 0 && is_redirect(head.status) ? head.headers.find("Location") : std::nullopt;
}

class CurlClient final : public Client {
  public:
    CurlClient(ClientOptions options, const base::Clock& clock, std::unique_ptr<TransferLoop> loop)
        : options_(std::move(options)), clock_(clock), loop_(std::move(loop)) {}

    base::Result<ClientResponse> perform(const ClientRequest& request, base::Deadline deadline) override {
        StringSink sink;
        ClientResponse response = TRY(follow({request, sink, deadline, false}));
        response.body = sink.take();
        return response;
    }

    base::Result<ClientResponse> download(const ClientRequest& request, BodySink& sink,
                                          base::Deadline deadline) override {
        return follow({request, sink, deadline, true});
    }

  private:
    /// The chain of hops to its final response.
    base::Result<ClientResponse> follow(const Call& call) {
        Hop hop = TRY(first_hop(call.request));
        bool repeated = false;
        for (int redirects = 0;; ++redirects) {
            HopAnswer answer = TRY(answered(call, hop));
            repeated = repeated || answer.repeated;
            const auto location = location_of(answer.head, call.request);
            if (!location) {
                return ClientResponse{.status = answer.head.status,
                                      .headers = std::move(answer.head.headers),
                                      .body = {},
                                      .final_url = to_string(hop.url),
                                      .repeated = repeated};
            }
            if (redirects == call.request.redirects) {
                return base::unavailable(host_and_port(hop.url) + " redirects more than " + std::to_string(redirects) +
                                         " times");
            }
            hop = TRY(next_hop(hop, answer.head.status, *location));
        }
    }

    /// One hop, repeated once when a reused connection turned out to be dead.
    base::Result<HopAnswer> answered(const Call& call, const Hop& hop) {
        TransferOptions options = transfer_options(call, options_.user_agent);
        bool may_repeat = false;
        auto answer = attempt(call, hop, options, may_repeat);
        if (answer || !may_repeat) {
            return answer;
        }
        options.fresh_connection = true;
        answer = attempt(call, hop, options, may_repeat);
        if (answer) {
            answer->repeated = true;
        }
        return answer;
    }

    base::Result<HopAnswer> attempt(const Call& call, const Hop& hop, const TransferOptions& options,
                                    bool& may_repeat) {
        const auto transfer = std::make_shared<Transfer>(hop, options, options_.addresses);
        loop_->submit(transfer);
        auto answer = followed(call, hop, *transfer, transfer, may_repeat);
        if (!answer) {
            loop_->cancel(transfer);
        }
        return answer;
    }

    base::Result<HopAnswer> followed(const Call& call, const Hop& hop, Transfer& running,
                                     const std::shared_ptr<Transfer>& transfer, bool& may_repeat) {
        ResponseHead head;
        NullSink nowhere;
        BodySink* sink = &call.sink;
        while (true) {
            TransferNews news = running.wait(call.deadline.remaining(clock_), call.request.stop);
            if (news.head) {
                head = std::move(*news.head);
                sink = location_of(head, call.request) ? static_cast<BodySink*>(&nowhere) : &call.sink;
                TRY(sink->begin(head.status, head.headers));
            }
            if (!news.bytes.empty()) {
                TRY(sink->write(news.bytes));
            }
            if (news.was_paused) {
                loop_->resume(transfer);
            }
            if (news.ended) {
                may_repeat = news.may_repeat;
                if (news.error) {
                    return std::move(*news.error);
                }
                return HopAnswer{std::move(head), news.repeated};
            }
            TRY(may_go_on(call, hop));
        }
    }

    base::Result<void> may_go_on(const Call& call, const Hop& hop) const {
        if (call.request.stop.stop_requested()) {
            return base::cancelled("request to " + host_and_port(hop.url) + " was cancelled");
        }
        if (call.deadline.passed(clock_)) {
            return base::timed_out(host_and_port(hop.url) + " did not answer before the deadline");
        }
        return {};
    }

    const ClientOptions options_;
    const base::Clock& clock_;
    std::unique_ptr<TransferLoop> loop_;
};

}  // namespace

base::Result<std::unique_ptr<Client>> make_client(ClientOptions options, const base::Clock& clock) {
    auto loop = TRY(TransferLoop::start(options.connections_per_host));
    return std::unique_ptr<Client>(std::make_unique<CurlClient>(std::move(options), clock, std::move(loop)));
}

}  // namespace isolde::http
