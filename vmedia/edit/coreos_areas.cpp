// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/coreos_areas.h"

#include "base/json.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

constexpr std::uint64_t kMaxAreaSize = 2048;  // coreos-installer takes no larger one
constexpr std::size_t kMaxAreas = 64;
constexpr std::int64_t kMaxOffset = 1LL << 40U;
constexpr base::JsonLimits kLimits{base::kibibytes(64), 8};

base::Error corrupt(std::string_view file, const std::string& reason) {
    return base::corrupt(std::string(file) + ": " + reason);
}

/// As the file writes paths: "EFI/fedora/grub.cfg".
std::string absolute(std::string_view path) {
    path.remove_prefix(std::min(path.find_first_not_of("./"), path.size()));
    return "/" + std::string(path);
}

base::Result<std::uint64_t> size_field(const base::JsonReader& reader, std::string_view name) {
    const std::int64_t value = TRY(reader.integer(name));
    if (value < 0 || value > kMaxOffset) {
        return base::corrupt(reader.pointer() + "/" + std::string(name) + " is " + std::to_string(value));
    }
    return static_cast<std::uint64_t>(value);
}

base::Result<char> character_field(const base::JsonReader& reader, std::string_view name, char usual) {
    const auto text = TRY(reader.optional_string(name));
    if (text && text->size() != 1) {
        return base::corrupt(reader.pointer() + "/" + std::string(name) + " is not one character");
    }
    return text ? text->front() : usual;
}

base::Result<ArgumentArea> read_location(const base::JsonReader& reader, std::uint64_t size) {
    ArgumentArea area;
    area.path = absolute(TRY(reader.string("path")));
    area.offset = TRY(size_field(reader, "offset"));
    area.size = size;
    area.pad = TRY(character_field(reader, "pad", '#'));
    area.end = TRY(character_field(reader, "end", '\n'));
    return area;
}

base::Result<ArgumentAreas> read_kargs(std::string_view text) {
    const base::Json json = TRY(base::parse_json(text, kLimits));
    const base::JsonReader reader(json);
    ArgumentAreas result;
    result.defaults = TRY(reader.string("default"));
    const std::uint64_t size = TRY(size_field(reader, "size"));
    if (size == 0 || size > kMaxAreaSize) {
        return base::corrupt("/size is " + std::to_string(size) + "; areas have 1 to 2048 bytes");
    }
    if (result.defaults.size() >= size) {
        return base::corrupt("/default does not fit into an area of " + std::to_string(size) + " bytes");
    }
    const auto files = TRY(reader.array("files"));
    if (files.size() > kMaxAreas) {
        return base::corrupt("/files has more than 64 items");
    }
    for (const base::JsonReader& file : files) {
        result.areas.push_back(TRY(read_location(file, size)));
    }
    return result;
}

base::Result<IgnitionPlace> read_igninfo(std::string_view text) {
    const base::Json json = TRY(base::parse_json(text, kLimits));
    const base::JsonReader reader(json);
    IgnitionPlace place;
    place.path = absolute(TRY(reader.string("file")));
    if (reader.has("offset")) {
        place.offset = TRY(size_field(reader, "offset"));
    }
    if (reader.has("length")) {
        place.length = TRY(size_field(reader, "length"));
    }
    return place;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// The area without padding and end.
base::Result<std::string_view> used_part(std::string_view text, const ArgumentArea& area) {
    if (area.size == 0 || area.offset > text.size() || area.size > text.size() - area.offset) {
        return base::corrupt("the area of " + std::to_string(area.size) + " bytes at byte " +
                             std::to_string(area.offset) + " is not inside " + area.path);
    }
    std::string_view used = text.substr(area.offset, area.size);
    used = used.substr(0, used.find_last_not_of(area.pad) + 1);
    used = used.substr(0, used.find_last_not_of(area.end) + 1);
    if (trimmed(used).find_first_of("\r\n") != std::string_view::npos) {
        return base::corrupt("the area at byte " + std::to_string(area.offset) + " of " + area.path +
                             " holds several lines");
    }
    return used;
}

/// Splices of a text with an area, by where they fall.
struct Parted {
    std::vector<Splice> before;
    std::vector<Splice> inside;  ///< clipped to the area
    std::vector<Splice> behind;
};

/// One that begins in the blanks before the area, moved into it.
Splice clipped(Splice splice, std::size_t offset) {
    if (splice.span.end < offset) {
        splice.replacement += ' ';  // the blank that it stood before stays in front of the area
    }
    splice.span = {std::max(splice.span.begin, offset), std::max(splice.span.end, offset)};
    return splice;
}

base::Result<Parted> part(std::string_view text, std::vector<Splice> splices, const ArgumentArea& area,
                          std::size_t used_end) {
    std::stable_sort(splices.begin(), splices.end(),
                     [](const Splice& left, const Splice& right) { return left.span.begin < right.span.begin; });
    const std::size_t last = text.substr(0, area.offset).find_last_not_of(" \t");
    const std::size_t blanks = last == std::string_view::npos ? 0 : last + 1;
    Parted parted;
    for (Splice& splice : splices) {
        if (splice.span.begin >= area.offset + area.size) {
            parted.behind.push_back(std::move(splice));
        } else if (splice.span.begin >= blanks && splice.span.end <= used_end) {
            parted.inside.push_back(clipped(std::move(splice), area.offset));
        } else if (splice.span.end <= area.offset) {
            parted.before.push_back(std::move(splice));
        } else {
            return base::corrupt("an edit of " + area.path + " crosses the border of its area at byte " +
                                 std::to_string(area.offset));
        }
    }
    return parted;
}

std::string spliced(std::string_view text, std::size_t begin, std::size_t end, const std::vector<Splice>& splices) {
    std::string result;
    for (const Splice& splice : splices) {
        result += text.substr(begin, splice.span.begin - begin);
        result += splice.replacement;
        begin = splice.span.end;
    }
    return result += text.substr(begin, end - begin);
}

base::Error too_long(const ArgumentArea& area, std::size_t length) {
    return base::exhausted("the kernel arguments for " + area.path + " would take " + std::to_string(length) +
                           " bytes; the area that this CoreOS image keeps for them, at byte " +
                           std::to_string(area.offset) + " of the file, holds " + std::to_string(area.capacity()) +
                           ": leave out " + std::to_string(length - area.capacity()) + " bytes of them");
}

}  // namespace

base::Result<ArgumentAreas> parse_kargs_json(std::string_view text) {
    auto areas = read_kargs(text);
    return areas.ok() ? std::move(areas) : corrupt("/coreos/kargs.json", areas.error().to_string());
}

base::Result<IgnitionPlace> parse_igninfo_json(std::string_view text) {
    auto place = read_igninfo(text);
    return place.ok() ? std::move(place) : corrupt("/coreos/igninfo.json", place.error().to_string());
}

base::Result<std::string> read_area(std::string_view text, const ArgumentArea& area) {
    return std::string(trimmed(TRY(used_part(text, area))));
}

base::Result<FilledArea> fill_area(std::string_view text, std::vector<Splice> splices, const ArgumentArea& area) {
    const std::size_t used_end = area.offset + TRY(used_part(text, area)).size();
    const Parted parted = TRY(part(text, std::move(splices), area, used_end));
    const std::string content = spliced(text, area.offset, used_end, parted.inside);
    FilledArea filled;
    filled.arguments = trimmed(content);
    if (filled.arguments.size() > area.capacity()) {
        return too_long(area, filled.arguments.size());
    }
    filled.text = spliced(text, 0, area.offset, parted.before);
    filled.offset = filled.text.size();
    filled.text += filled.arguments;
    filled.text += area.end;
    filled.text.append(area.size - filled.arguments.size() - 1, area.pad);
    filled.text += spliced(text, area.offset + area.size, text.size(), parted.behind);
    filled.alone = parted.before.empty() && parted.behind.empty();
    return filled;
}

base::Result<std::string> move_areas(std::string_view kargs_json, const std::map<std::string, std::uint64_t>& offsets) {
    TRY(parse_kargs_json(kargs_json));
    base::Json json = TRY(base::parse_json(kargs_json, kLimits));
    for (base::Json& file : json["files"]) {
        const auto moved = offsets.find(absolute(file["path"].get_ref<const std::string&>()));
        if (moved != offsets.end()) {
            file["offset"] = moved->second;
        }
    }
    return base::dump_json(json, 4) + "\n";
}

}  // namespace isolde::vmedia
