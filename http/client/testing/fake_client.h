// SPDX-License-Identifier: GPL-3.0-or-later
//
// A client without a network: answers by a script and remembers what was asked.
#pragma once

#include "base/mutex.h"
#include "http/client/client.h"

#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace isolde::http::testing {

/// Thread-safe. Answers for one (method, URL) are given in the order they were scripted; the last one stays.
class FakeClient final : public Client {
  public:
    using Handler = std::function<base::Result<ClientResponse>(const ClientRequest&)>;

    void answer(const std::string& method, const std::string& url, base::Result<ClientResponse> response) {
        base::Lock lock(mutex_);
        script_[{method, url}].push_back(std::move(response));
    }
    /// Answers whatever the script does not.
    void otherwise(Handler handler) {
        base::Lock lock(mutex_);
        handler_ = std::move(handler);
    }
    std::vector<ClientRequest> requests() const {
        base::Lock lock(mutex_);
        return requests_;
    }

    base::Result<ClientResponse> perform(const ClientRequest& request, base::Deadline) override {
        Handler handler;
        {
            base::Lock lock(mutex_);
            requests_.push_back(request);
            const auto found = script_.find({request.method, request.url});
            if (found != script_.end()) {
                return next(found->second);
            }
            handler = handler_;
        }
        return handler ? handler(request)
                       : base::unavailable("the script has no answer to " + request.method + " " + request.url);
    }

    base::Result<ClientResponse> download(const ClientRequest& request, BodySink& sink,
                                          base::Deadline deadline) override {
        ClientResponse response = TRY(perform(request, deadline));
        TRY(sink.begin(response.status, response.headers));
        TRY(sink.write(base::as_bytes(response.body)));
        response.body.clear();
        return response;
    }

  private:
    static base::Result<ClientResponse> next(std::deque<base::Result<ClientResponse>>& answers) {
        auto answer = answers.front();
        if (answers.size() > 1) {
            answers.pop_front();
        }
        return answer;
    }

    mutable base::Mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::deque<base::Result<ClientResponse>>> script_
        ISOLDE_GUARDED_BY(mutex_);
    Handler handler_ ISOLDE_GUARDED_BY(mutex_);
    std::vector<ClientRequest> requests_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::http::testing
