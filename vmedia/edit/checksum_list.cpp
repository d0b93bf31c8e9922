// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/checksum_list.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace isolde::vmedia {
namespace {

using base::ChecksumAlgorithm;

std::optional<ChecksumAlgorithm> algorithm_by_digits(std::size_t digits) {
    switch (digits) {
        case 32: return ChecksumAlgorithm::Md5;
        case 40: return ChecksumAlgorithm::Sha1;
        case 64: return ChecksumAlgorithm::Sha256;
        case 128: return ChecksumAlgorithm::Sha512;
        default: return std::nullopt;
    }
}

std::optional<ChecksumAlgorithm> algorithm_by_name(std::string_view name) {
    constexpr std::pair<std::string_view, ChecksumAlgorithm> kNames[] = {{"md5", ChecksumAlgorithm::Md5},
                                                                         {"sha1", ChecksumAlgorithm::Sha1},
                                                                         {"sha256", ChecksumAlgorithm::Sha256},
                                                                         {"sha512", ChecksumAlgorithm::Sha512}};
    for (const auto& [known, algorithm] : kNames) {
        if (known == name) {
            return algorithm;
        }
    }
    return std::nullopt;
}

std::size_t count_digits(std::string_view text) {
    const auto end = std::find_if(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) == 0; });
    return static_cast<std::size_t>(end - text.begin());
}

std::string absolute(std::string_view path) {
    while (path.starts_with("./") || path.starts_with("/")) {
        path.remove_prefix(path.front() == '.' ? 2 : 1);
    }
    return "/" + std::string(path);
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

std::optional<ListedChecksum> read_line(std::string_view line, std::size_t begin) {
    const std::size_t digits = count_digits(line);
    const auto algorithm = algorithm_by_digits(digits);
    const std::string_view rest = line.substr(digits);
    if (!algorithm || rest.size() < 3 || rest[0] != ' ' || (rest[1] != ' ' && rest[1] != '*')) {
        return std::nullopt;
    }
    return ListedChecksum{absolute(trimmed(rest.substr(2))), *algorithm, {}, {begin, begin + digits}};
}

std::optional<ListedChecksum> read_treeinfo_line(std::string_view line, std::size_t begin) {
    const std::size_t equals = line.find('=');
    const std::size_t colon = line.find(':', std::min(equals, line.size()));
    if (equals == std::string_view::npos || colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto algorithm = algorithm_by_name(trimmed(line.substr(equals + 1, colon - equals - 1)));
    const std::size_t digits = count_digits(line.substr(colon + 1));
    if (!algorithm || algorithm_by_digits(digits) != algorithm) {
        return std::nullopt;
    }
    const std::size_t at = begin + colon + 1;
    return ListedChecksum{absolute(trimmed(line.substr(0, equals))), *algorithm, {}, {at, at + digits}};
}

/// Calls `read` with each line and where it begins, and keeps what it gives.
template <typename Read>
std::vector<ListedChecksum> read_lines(std::string_view text, Read read) {
    std::vector<ListedChecksum> list;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::size_t next = std::min(end + 1, text.size());
        if (auto listed = read(text.substr(begin, end - begin), begin)) {
            listed->line = {begin, next};
            list.push_back(*std::move(listed));
        }
        begin = next;
    }
    return list;
}

}  // namespace

std::vector<ListedChecksum> read_checksum_list(std::string_view text) {
    return read_lines(text, read_line);
}

std::vector<ListedChecksum> read_treeinfo_checksums(std::string_view text) {
    bool inside = false;
    return read_lines(text, [&](std::string_view line, std::size_t begin) -> std::optional<ListedChecksum> {
        if (trimmed(line).starts_with('[')) {
            inside = trimmed(line) == "[checksums]";
            return std::nullopt;
        }
        return inside ? read_treeinfo_line(line, begin) : std::nullopt;
    });
}

std::string change_checksums(std::string_view text, const std::vector<ChecksumChange>& changes) {
    std::string result;
    std::size_t position = 0;
    for (const ChecksumChange& change : changes) {
        const Span span = change.digits.empty() ? change.line->line : change.line->digits;
        result += text.substr(position, span.begin - position);
        result += change.digits;
        position = span.end;
    }
    return result += text.substr(position);
}

}  // namespace isolde::vmedia
