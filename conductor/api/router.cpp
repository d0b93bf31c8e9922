// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/api/router.h"

#include <charconv>
#include <optional>

namespace isolde::conductor::api {
namespace {

std::vector<std::string> segments_of(const std::string& path) {
    std::vector<std::string> segments;
    std::size_t begin = 0;
    while (begin < path.size()) {
        const auto end = std::min(path.find('/', begin), path.size());
        if (end > begin) {
            segments.push_back(path.substr(begin, end - begin));
        }
        begin = end + 1;
    }
    return segments;
}

std::optional<std::map<std::string, std::string, std::less<>>> match_segments(const std::vector<std::string>& pattern,
                                                                              const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) {
        return std::nullopt;
    }
    std::map<std::string, std::string, std::less<>> found;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i].front() == '{') {
            found[pattern[i].substr(1, pattern[i].size() - 2)] = path[i];
        } else if (pattern[i] != path[i]) {
            return std::nullopt;
        }
    }
    return found;
}

std::string decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
            decoded += static_cast<char>(value);
            i += 2;
        } else {
            decoded += text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

}  // namespace

base::Result<base::Json> Call::json() const {
    if (request.body.empty()) {
        return base::Json::object();
    }
    auto body = TRY(base::parse_json(request.body));
    if (!body.is_structured()) {
        return base::invalid_argument("the request's body must be a JSON object or array");
    }
    return body;
}

Action direct(Direct answer) {
    return [answer = std::move(answer)](const std::shared_ptr<const Call>& call, const Answer& done) {
        done(answer(*call));
    };
}

Match match(const std::vector<Route>& routes, const std::string& method, const std::string& path, int minor) {
    const auto segments = segments_of(path);
    Match result;
    for (const Route& route : routes) {
        auto found = match_segments(segments_of(route.pattern), segments);
        if (!found || minor < route.minimum_minor) {
            continue;
        }
        result.path_known = true;
        if (route.method == method) {
            result.route = &route;
            result.path = std::move(*found);
            return result;
        }
    }
    return result;
}

std::map<std::string, std::string, std::less<>> parse_query(const std::string& query) {
    std::map<std::string, std::string, std::less<>> values;
    std::size_t begin = 0;
    while (begin < query.size()) {
        const auto end = std::min(query.find('&', begin), query.size());
        const std::string_view pair(query.data() + begin, end - begin);
        const auto equals = pair.find('=');
        const auto name = decode(pair.substr(0, equals));
        values[name] = equals == std::string_view::npos ? "" : decode(pair.substr(equals + 1));
        begin = end + 1;
    }
    return values;
}

}  // namespace isolde::conductor::api
