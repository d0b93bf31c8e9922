// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/fetcher.h"
#include "cache/http_exchange.h"
#include "cache/retry.h"

#include <algorithm>

namespace isolde::cache {
namespace {

constexpr int kRedirects = 5;
/// The cap on bytes is the Intake's, which knows the budget.
constexpr base::ByteCount kNoLimit = base::gibibytes(1ULL << 30U);

/// Hands the answer to the Intake, and remembers why it ended the transfer when it did.
class IntakeSink final : public http::BodySink {
  public:
    IntakeSink(const DownloadAsk& ask, Intake& intake, const std::string& place)
        : ask_(ask), intake_(intake), place_(place) {}

    base::Result<void> begin(int status, const http::Headers& headers) override {
        answer_ = TRY(read_answer(ask_, status, headers, place_));
        switch (answer_->kind) {
            case AnswerKind::Unchanged: return {};
            case AnswerKind::StartOver: return base::unavailable(place_ + " has another version than before");
            case AnswerKind::Whole: TRY(intake_.restart()); break;
            case AnswerKind::Rest: break;
        }
        must_wait_ = !TRY(intake_.begin(answer_->version, answer_->total));
        return must_wait_ ? base::Result<void>(base::exhausted("no space now")) : base::Result<void>();
    }

    base::Result<void> write(base::ByteView bytes) override {
        return answer_->kind == AnswerKind::Unchanged ? base::Result<void>() : intake_.append(bytes);
    }

    const std::optional<DownloadAnswer>& answer() const { return answer_; }
    bool must_wait() const { return must_wait_; }

  private:
    const DownloadAsk& ask_;
    Intake& intake_;
    const std::string& place_;
    std::optional<DownloadAnswer> answer_;
    bool must_wait_ = false;
};

class HttpFetcher final : public Fetcher {
  public:
    HttpFetcher(const ImageStoreOptions& options, const FetchTools& tools) : options_(options), tools_(tools) {}

    base::Result<Fetched> fetch(const FetchRequest& request, Intake& intake) override {
        const std::string place = http::without_secrets(request.url);
        RetryBudget retries;
        while (true) {
            const DownloadAsk ask{
                .have = intake.received(), .have_version = intake.validators(), .known = request.known};
            IntakeSink sink(ask, intake, place);
            auto ended = tools_.client.download(client_request(request.url, ask, intake.stop()), sink,
                                                base::Deadline::at(base::SteadyTime::max()));
            if (ended && sink.answer()->kind == AnswerKind::Unchanged) {
                return Fetched{.unchanged = true, .validators = sink.answer()->version};
            }
            if (ended) {
                TRY(intake.check_complete());
                return Fetched{.unchanged = false, .validators = intake.validators()};
            }
            if (sink.must_wait()) {
                TRY(intake.wait_for_space());
                continue;
            }
            TRY(may_try_again(ended.error(), request, sink, intake, retries));
        }
    }

    bool can_resume(const FetchRequest& request, const Validators& version) const override {
        return request.digest_expected || is_resumable(version);
    }

    base::Result<base::Bytes> read(const http::Url& url, base::ByteCount limit, const std::stop_token& stop) override {
        http::ClientRequest request = client_request(url, {}, stop);
        request.response_limit = limit;
        const auto response = TRY(tools_.client.perform(request, base::Deadline::at(base::SteadyTime::max())));
        TRY(read_answer({}, response.status, response.headers, http::without_secrets(url)));
        return base::to_bytes(response.body);
    }

    base::Result<std::optional<base::ByteCount>> announced_size(const http::Url& url,
                                                                base::Deadline deadline) override {
        http::ClientRequest request = client_request(url, {}, {});
        request.method = "HEAD";
        const auto response = TRY(tools_.client.perform(request, deadline));
        if (response.status == 405 || response.status == 501) {
            return std::optional<base::ByteCount>();
        }
        return TRY(read_answer({}, response.status, response.headers, http::without_secrets(url))).total;
    }

  private:
    http::ClientRequest client_request(const http::Url& url, const DownloadAsk& ask,
                                       const std::stop_token& stop) const {
        http::ClientRequest request{
            .url = http::to_string(url), .headers = ask_headers(ask), .credentials = url.user_info};
        request.stall_timeout = options_.stall_timeout;
        request.redirects = kRedirects;
        request.response_limit = kNoLimit;
        request.stop = stop;
        const auto origin = std::find_if(options_.origins.begin(), options_.origins.end(), [&](const auto& row) {
            const auto configured = http::parse_url(row.origin);
            return configured && http::origin(*configured) == http::origin(url);
        });
        if (origin != options_.origins.end()) {
            request.ca_file = origin->ca_file;
            request.credentials = url.user_info ? url.user_info : origin->credentials;
        }
        return request;
    }

    /// Waits before the next attempt; the error itself when there is none.
    base::Result<void> may_try_again(const base::Error& error, const FetchRequest& request, const IntakeSink& sink,
                                     Intake& intake, RetryBudget& retries) {
        const bool start_over = sink.answer() && sink.answer()->kind == AnswerKind::StartOver;
        if (start_over || !can_resume(request, intake.validators())) {
            TRY(intake.restart());
        }
        const auto pause = retries.next(error, intake.high_water(), tools_.random);
        if (!pause) {
            return error;
        }
        intake.tell("trying again: " + error.message);
        if (!tools_.waiter.wait(*pause, intake.stop())) {
            return base::cancelled("download was cancelled");
        }
        return {};
    }

    const ImageStoreOptions& options_;
    const FetchTools tools_;
};

}  // namespace

std::unique_ptr<Fetcher> make_http_fetcher(const ImageStoreOptions& options, const FetchTools& tools) {
    return std::make_unique<HttpFetcher>(options, tools);
}

}  // namespace isolde::cache
