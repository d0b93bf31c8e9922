// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/isolinux_script.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace isolde::vmedia {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

Span trim(std::string_view text, Span span) {
    while (span.begin < span.end && is_blank(text[span.begin])) {
        ++span.begin;
    }
    while (span.end > span.begin && is_blank(text[span.end - 1])) {
        --span.end;
    }
    return span;
}

/// The first word within `span`.
Span first_word(std::string_view text, Span span) {
    std::size_t end = span.begin;
    while (end < span.end && !is_blank(text[end])) {
        ++end;
    }
    return {span.begin, end};
}

std::string_view slice(std::string_view text, Span span) {
    return text.substr(span.begin, span.end - span.begin);
}

SyslinuxDirective parse_line(std::string_view text, Span line) {
    const Span content = trim(text, line);
    SyslinuxDirective directive{"", first_word(text, content), {}, line};
    directive.keyword = lower(slice(text, directive.keyword_span));
    directive.value = trim(text, {directive.keyword_span.end, content.end});
    if (directive.keyword == "menu") {
        const Span second = first_word(text, directive.value);
        directive.keyword += " " + lower(slice(text, second));
        directive.keyword_span.end = second.end;
        directive.value = trim(text, {second.end, content.end});
    }
    return directive;
}

bool names_kernel(const std::string& keyword) {
    static constexpr std::array<std::string_view, 10> kKeywords = {
        "kernel", "linux", "boot", "bss", "pxe", "fdimage", "comboot", "com32", "config", "localboot"};
    return std::find(kKeywords.begin(), kKeywords.end(), keyword) != kKeywords.end();
}

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    SyslinuxScript run() {
        bool help_text = false;
        for (const TextLine& line : split_lines(text_)) {
            SyslinuxDirective directive = parse_line(text_, line.content);
            if (help_text || directive.keyword == "text") {
                help_text = directive.keyword != "endtext";
            } else if (!directive.keyword.empty() && directive.keyword[0] != '#') {
                accept(std::move(directive));
            }
        }
        return std::move(script_);
    }

  private:
    void accept(SyslinuxDirective directive) {
        const std::string& keyword = directive.keyword;
        if (keyword == "label") {
            add_label(std::move(directive));
        } else if (keyword == "menu begin" || keyword == "menu end") {
            in_label_ = false;
        } else if (!in_label_ || !belongs_to_label(directive)) {
            script_.globals.push_back(std::move(directive));
        }
    }

    /// What stands behind the first word only shows in the menu.
    void add_label(SyslinuxDirective directive) {
        std::string whole(slice(text_, directive.value));
        std::string name(slice(text_, first_word(text_, directive.value)));
        whole = whole == name ? "" : whole;
        script_.labels.push_back({std::move(name), std::move(whole), std::move(directive), {}, {}, false});
        in_label_ = true;
    }

    bool belongs_to_label(const SyslinuxDirective& directive) {
        SyslinuxLabel& label = script_.labels.back();
        if (names_kernel(directive.keyword)) {
            label.kernel = directive;
        } else if (directive.keyword == "append") {
            label.append = directive;
        } else if (directive.keyword == "menu label") {
            label.title = slice(text_, directive.value);
            label.title.erase(std::remove(label.title.begin(), label.title.end(), '^'), label.title.end());
        } else if (directive.keyword == "menu default") {
            label.marked_default = true;
        } else {
            return false;
        }
        return true;
    }

    std::string_view text_;
    SyslinuxScript script_;
    bool in_label_ = false;
};

}  // namespace

SyslinuxScript parse_syslinux(std::string_view text) {
    return Parser(text).run();
}

std::string extension_of(std::string_view path) {
    path = path.substr(0, path.find_first_of(" \t"));
    const std::string_view name = path.substr(path.find_last_of('/') + 1);
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? "" : lower(name.substr(dot + 1));
}

}  // namespace isolde::vmedia
