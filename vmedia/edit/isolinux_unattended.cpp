// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/isolinux_unattended.h"

#include "vmedia/edit/words.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

/// Tenths of a second.
constexpr std::string_view kTimeout = "50";

constexpr std::string_view kSpeech = "speakup.synth";

bool contains(const std::vector<std::string>& labels, std::string_view label) {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
}

/// syslinux reads digits and takes everything else for 0, which is "for ever".
bool is_endless(std::string_view value) {
    const std::string_view digits = value.substr(0, value.find_first_not_of("0123456789"));
    return digits.find_first_not_of('0') == std::string_view::npos;
}

class Unattended {
  public:
    Unattended(std::string_view text, const SyslinuxScript& script, const BootEdit& edit, TextEdit& text_edit,
               ConfigEdit& result)
        : text_(text), script_(script), edit_(edit), text_edit_(text_edit), result_(result), menu_(edit.menu) {
        menu_.merge(result.menu);
    }

    std::vector<Span> run() {
        end_endless_timeouts();
        const std::string head = edit_.default_entry.empty() ? choose_default() : set_wanted_default();
        if (edit_.top_level && (menu_.prompts || last("default") || last("ui") || last("prompt"))) {
            const bool lacks_timeout = edit_.unattended && last("timeout") == nullptr;
            put_first((lacks_timeout ? "timeout " + std::string(kTimeout) + "\n" : "") + head);
        }
        return std::move(replaced_);
    }

  private:
    void end_endless_timeouts() {
        for (const SyslinuxDirective& directive : script_.globals) {
            if (edit_.unattended && directive.keyword == "timeout" && is_endless(value_of(directive))) {
                replace(directive, directive.value, std::string(kTimeout));
            }
        }
    }

    void put_first(const std::string& lines) {
        if (!lines.empty()) {
            text_edit_.prepend_lines(result_, lines);
        }
    }

    std::string_view value_of(const SyslinuxDirective& directive) const {
        return text_.substr(directive.value.begin, directive.value.end - directive.value.begin);
    }

    std::string_view first_word_of(const SyslinuxDirective& directive) const {
        const std::string_view value = value_of(directive);
        return value.substr(0, value.find_first_of(" \t"));
    }

    /// The one that counts, or null.
    const SyslinuxDirective* last(std::string_view keyword) const {
        const auto found =
            std::find_if(script_.globals.rbegin(), script_.globals.rend(),
                         [&](const SyslinuxDirective& directive) { return directive.keyword == keyword; });
        return found == script_.globals.rend() ? nullptr : &*found;
    }

    /// Replaces what would boot without Linux arguments; returns the line to put first when nothing is there to
    /// replace.
    std::string choose_default() {
        const std::string label = bootable_label();
        if (label.empty()) {
            return {};
        }
        if (const SyslinuxDirective* on_timeout = last("ontimeout")) {
            redirect(*on_timeout, label);
            return {};
        }
        const SyslinuxDirective* by_name = last("default");
        if (by_name != nullptr && extension_of(first_word_of(*by_name)) != "c32") {
            redirect(*by_name, label);
            return {};
        }
        const bool elsewhere = by_name == nullptr && menu_.names_default;
        return elsewhere || contains(menu_.bootable, menu_.marked_default) ? "" : "ontimeout " + label + "\n";
    }

    std::string set_wanted_default() {
        const std::string& label = edit_.default_entry;
        const SyslinuxDirective* by_name = last("default");
        if (by_name != nullptr && extension_of(first_word_of(*by_name)) != "c32") {
            replace(*by_name, by_name->value, label);
        }
        if (const SyslinuxDirective* on_timeout = last("ontimeout")) {
            replace(*on_timeout, on_timeout->value, label);
            return {};
        }
        return "ontimeout " + label + "\n";
    }

    void redirect(const SyslinuxDirective& directive, const std::string& label) {
        if (contains(menu_.others, first_word_of(directive)) || starts_speech(directive)) {
            replace(directive, directive.value, label);
        }
    }

    /// Debian's installer talks to whoever pressed no key for half a minute, and without a sound card waits for one.
    bool starts_speech(const SyslinuxDirective& directive) const {
        const auto words = split_command_line(value_of(directive));
        return std::any_of(words.begin(), words.end(), [](const auto& word) { return key_of(word) == kSpeech; });
    }

    /// The marked one if it takes arguments, else the first. A label with blanks cannot be named.
    std::string bootable_label() const {
        if (contains(menu_.bootable, menu_.marked_default)) {
            return menu_.marked_default;
        }
        const auto usable = std::find_if(menu_.bootable.begin(), menu_.bootable.end(), [](const std::string& label) {
            return !label.empty() && label.find_first_of(" \t") == std::string::npos;
        });
        return usable == menu_.bootable.end() ? "" : *usable;
    }

    void replace(const SyslinuxDirective& directive, Span span, std::string value) {
        if (span.begin == span.end) {
            span = {directive.keyword_span.end, directive.keyword_span.end};
            value = " " + value;
        }
        text_edit_.change(result_, "", directive.line, {{span, std::move(value)}});
        replaced_.push_back(directive.line);
    }

    std::string_view text_;
    const SyslinuxScript& script_;
    const BootEdit& edit_;
    TextEdit& text_edit_;
    ConfigEdit& result_;
    std::vector<Span> replaced_;
    BootMenu menu_;  ///< of this file and those that the caller told of
};

}  // namespace

std::vector<Span> make_isolinux_unattended(std::string_view text, const SyslinuxScript& script, const BootEdit& edit,
                                           TextEdit& text_edit, ConfigEdit& result) {
    return Unattended(text, script, edit, text_edit, result).run();
}

}  // namespace isolde::vmedia
