// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/request_log.h"

#include "base/secret.h"

#include <utility>

namespace isolde::emulator {
namespace {

constexpr std::size_t kRequestsKept = 20'000;
constexpr std::size_t kBodyKept = std::size_t{64} << 10U;

}  // namespace

std::uint64_t RequestLog::begin(LoggedRequest request) {
    request.number = ++last_;
    requests_.push_back(std::move(request));
    if (requests_.size() > kRequestsKept) {
        requests_.pop_front();
    }
    return last_;
}

void RequestLog::answered(std::uint64_t number, int status) {
    const std::uint64_t first = last_ - requests_.size() + 1;
    if (number >= first) {
        requests_[static_cast<std::size_t>(number - first)].status = status;
    }
}

base::Json RequestLog::since(std::uint64_t number) const {
    base::Json list = base::Json::array();
    for (const LoggedRequest& request : requests_) {
        if (request.number <= number) {
            continue;
        }
        base::Json entry = {{"number", request.number}, {"time", base::to_iso8601(request.time)},
                            {"peer", request.peer},     {"method", request.method},
                            {"path", request.path},     {"body", request.body},
                            {"status", request.status}};
        if (!request.fault.empty()) {
            entry["fault"] = request.fault;
        }
        list.push_back(std::move(entry));
    }
    return {{"requests", std::move(list)}, {"last", last_}};
}

std::string loggable(const std::string& body) {
    auto parsed = base::parse_json(body);
    if (!parsed.ok() || !parsed->is_object() || !parsed->contains("Password")) {
        return body.substr(0, kBodyKept);
    }
    (*parsed)["Password"] = base::kMask;
    return base::dump_json(*parsed).substr(0, kBodyKept);
}

}  // namespace isolde::emulator
