// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/words.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool has_blank(std::string_view word) {
    return word.find(' ') != std::string_view::npos;
}

}  // namespace

std::vector<std::string> split_command_line(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    for (const char c : line) {
        quoted = (c == '"') != quoted;
        if (quoted || !is_blank(c)) {
            word += c;
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    if (!word.empty()) {
        words.push_back(std::move(word));
    }
    return words;
}

std::string join_command_line(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) {
        line += (line.empty() ? "" : " ") + word;
    }
    return line;
}

std::string_view key_of(std::string_view word) {
    if (word.starts_with('"')) {
        word.remove_prefix(1);
    }
    return word.substr(0, word.find('='));
}

bool matches_word(std::string_view word, std::string_view pattern) {
    return word == pattern || (!pattern.empty() && key_of(word) == pattern);
}

std::string canonical_word(std::string_view word) {
    if (!has_blank(word) || word.find('"') != std::string_view::npos) {
        return std::string(word);
    }
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos || has_blank(word.substr(0, equals))) {
        return '"' + std::string(word) + '"';
    }
    return std::string(word.substr(0, equals + 1)) + '"' + std::string(word.substr(equals + 1)) + '"';
}

base::Result<void> check_word(std::string_view word) {
    if (word.find_first_not_of(' ') == std::string_view::npos) {
        return base::invalid_argument("a kernel argument is empty");
    }
    if (std::any_of(word.begin(), word.end(), is_control)) {
        return base::invalid_argument("kernel argument with key \"" + std::string(key_of(word).substr(0, 32)) +
                                      "\" holds a control character or line break");
    }
    if (std::count(word.begin(), word.end(), '"') % 2 != 0) {
        return base::invalid_argument("kernel argument \"" + std::string(key_of(word)) + "\" has an open double quote");
    }
    if (word.size() >= kKernelCommandLineSize) {
        return base::invalid_argument("kernel argument \"" + std::string(key_of(word).substr(0, 32)) + "\" is " +
                                      std::to_string(word.size()) + " bytes long; the whole command line is cut at " +
                                      std::to_string(kKernelCommandLineSize - 1));
    }
    return {};
}

}  // namespace isolde::vmedia
