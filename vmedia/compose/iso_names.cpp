// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/iso_names.h"

#include <algorithm>
#include <cstdint>

namespace isolde::vmedia {
namespace {

using image::TreeKind;

constexpr std::size_t kJolietCharacters = 64;
constexpr std::size_t kEnhancedBytes = 200;
constexpr std::size_t kFieldsBytes = 30;
constexpr unsigned kMaxTries = 100'000;

struct NameParts {
    std::string stem;
    std::string extension;  ///< without the dot
};

NameParts split(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) {
        return {std::string(name), {}};
    }
    return {std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
}

/// d-characters: A to Z, 0 to 9 and '_'.
std::string d_characters(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') {
            c = static_cast<char>(c - 'a' + 'A');
        } else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
            c = '_';
        }
    }
    return out;
}

/// How long the parts may be, in characters.
struct Form {
    std::size_t stem = 8;
    std::size_t extension = 3;
};

std::string numbered(const std::string& stem, std::size_t limit, unsigned number) {
    if (number == 0) {
        return stem.substr(0, limit);
    }
    const std::string digits = std::to_string(number);
    return stem.substr(0, limit - std::min(limit, digits.size())) + digits;
}

std::string join(const std::string& stem, const std::string& extension, bool directory, bool version) {
    if (directory) {
        return stem;
    }
    if (version) {
        return stem + "." + extension + ";1";
    }
    return extension.empty() ? stem : stem + "." + extension;
}

std::string primary_identifier(const image::IsoTree& tree, std::string_view name, bool directory, unsigned number) {
    NameParts parts = directory ? NameParts{std::string(name), {}} : split(name);
    Form form;
    if (!tree.rock_ridge.present) {
        form.extension = std::min<std::size_t>(parts.extension.size(), 8);
        form.stem = 30 - form.extension;
    }
    parts.stem = d_characters(parts.stem);
    parts.extension = d_characters(parts.extension).substr(0, form.extension);
    return join(numbered(parts.stem, form.stem, number), parts.extension, directory, tree.version_suffix);
}

std::string joliet_identifier(const image::IsoTree& tree, std::string_view name, bool directory, unsigned number) {
    const NameParts parts = directory ? NameParts{std::string(name), {}} : split(name);
    std::string stem = to_joliet(parts.stem);
    const std::string extension =
        to_joliet(parts.extension.empty() ? "" : "." + parts.extension).substr(0, kJolietCharacters);
    const std::string mark = number == 0 ? "" : to_joliet(std::to_string(number));
    stem = stem.substr(0, std::min(stem.size(), 2 * kJolietCharacters - extension.size() - mark.size())) + mark;
    return stem + extension + (tree.version_suffix && !directory ? std::string("\0;\0001", 4) : "");
}

std::string identifier(const image::IsoTree& tree, std::string_view name, bool directory, unsigned number) {
    switch (tree.kind) {
        case TreeKind::Primary: return primary_identifier(tree, name, directory, number);
        case TreeKind::Joliet: return joliet_identifier(tree, name, directory, number);
        case TreeKind::Enhanced: break;
    }
    // With Rock Ridge the record must have room for its fields, and the full name is in these.
    return numbered(std::string(name), tree.rock_ridge.present ? kFieldsBytes : kEnhancedBytes, number);
}

/// One code point of UTF-8 at `at`, which moves behind it; a malformed byte gives '_'.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    if (lead < 0x80) {
        return lead;
    }
    const unsigned following = lead >= 0xF0 ? 3U : lead >= 0xE0 ? 2U : 1U;
    std::uint32_t point = lead & (0x3FU >> following);
    for (unsigned i = 0; i < following; ++i) {
        if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U) {
            return '_';
        }
        point = point << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    }
    return lead < 0xC0 ? '_' : point;
}

bool joliet_allows(std::uint32_t point) {
    return point >= 0x20 && point <= 0xFFFF &&
           std::string_view("*/:;?\\").find(static_cast<char>(point)) == std::string_view::npos;
}

/// Compares as if the shorter one were filled up with `padding`.
int compare_padded(std::u16string_view left, std::u16string_view right, char16_t padding) {
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
        const char16_t l = i < left.size() ? left[i] : padding;
        const char16_t r = i < right.size() ? right[i] : padding;
        if (l != r) {
            return l < r ? -1 : 1;
        }
    }
    return 0;
}

std::u16string units(TreeKind kind, std::string_view identifier) {
    std::u16string out;
    const std::size_t width = kind == TreeKind::Joliet ? 2 : 1;
    for (std::size_t i = 0; i + width <= identifier.size(); i += width) {
        const unsigned high = width == 2 ? static_cast<unsigned char>(identifier[i]) : 0;
        out += static_cast<char16_t>(high << 8U | static_cast<unsigned char>(identifier[i + width - 1]));
    }
    return out;
}

}  // namespace

std::string to_joliet(std::string_view name) {
    std::string out;
    for (std::size_t at = 0; at < name.size();) {
        std::uint32_t point = next_code_point(name, at);
        if (!joliet_allows(point)) {
            point = '_';
        }
        out += static_cast<char>(point >> 8U);
        out += static_cast<char>(point & 0xFFU);
    }
    return out;
}

base::Result<std::string> IdentifierChooser::choose(std::string_view name, bool directory) {
    unsigned& number = next_number_[identifier(tree_, name, directory, 0)];
    for (; number < kMaxTries; ++number) {
        std::string candidate = identifier(tree_, name, directory, number);
        if (taken_.insert(candidate).second) {
            ++number;
            return candidate;
        }
    }
    return base::exhausted("the directory has no free identifier for \"" + std::string(name) + "\" in the " +
                           image::to_string(tree_) + " tree");
}

bool identifier_before(TreeKind kind, std::string_view left, std::string_view right) {
    const char16_t padding = kind == TreeKind::Joliet ? u'\0' : u' ';
    const std::u16string l = units(kind, left);
    const std::u16string r = units(kind, right);
    const auto part = [](const std::u16string& text, bool extension) {
        const std::u16string_view whole = std::u16string_view(text).substr(0, text.find(u';'));
        const std::size_t dot = std::min(whole.find(u'.'), whole.size());
        return extension ? whole.substr(std::min(dot + 1, whole.size())) : whole.substr(0, dot);
    };
    if (const int stems = compare_padded(part(l, false), part(r, false), padding); stems != 0) {
        return stems < 0;
    }
    return compare_padded(part(l, true), part(r, true), padding) < 0;
}

}  // namespace isolde::vmedia
