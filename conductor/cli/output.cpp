// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/output.h"

#include "base/byte_count.h"

#include <algorithm>
#include <ostream>

namespace isolde::cli {
namespace {

/// Code points, not bytes: continuation bytes take no column.
std::size_t columns(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string padded(const std::string& text, std::size_t width) {
    const std::size_t used = columns(text);
    return text + std::string(width > used ? width - used : 0, ' ');
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        line += i + 1 == cells.size() ? cells[i] : padded(cells[i], widths[i]) + "  ";
    }
    return line + "\n";
}

}  // namespace

std::string render_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < header.size(); ++i) {
        std::size_t width = columns(header[i]);
        for (const auto& row : rows) {
            width = std::max(width, columns(row.at(i)));
        }
        widths.push_back(width);
    }
    std::string text = line_of(header, widths);
    for (const auto& row : rows) {
        text += line_of(row, widths);
    }
    return text;
}

std::string cell(const base::Json& value) {
    if (value.is_null()) {
        return "-";
    }
    return value.is_string() ? value.get<std::string>() : base::dump_json(value);
}

std::string render_fields(const base::Json& object) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, value] : object.items()) {
        rows.push_back({name, cell(value)});
    }
    return render_table({"FIELD", "VALUE"}, rows);
}

std::string render_progress(std::uint64_t received, std::optional<std::uint64_t> total, const std::string& phase,
                            std::size_t width) {
    if (!total || *total == 0) {
        return base::to_string(base::ByteCount(received)) + "  " + phase;
    }
    const std::uint64_t part = std::min(received, *total);
    const auto filled =
        static_cast<std::size_t>(static_cast<double>(part) / static_cast<double>(*total) * static_cast<double>(width));
    const std::string percent = std::to_string(part * 100 / *total);
    return "[" + std::string(filled, '#') + std::string(width - filled, ' ') + "] " +
           std::string(3 - std::min<std::size_t>(3, percent.size()), ' ') + percent + " %  " +
           base::to_string(base::ByteCount(part)) + " of " + base::to_string(base::ByteCount(*total)) + "  " + phase;
}

void ProgressLine::show(const std::string& text) {
    if (text == shown_) {
        return;
    }
    if (terminal_) {
        out_ << '\r' << text << "\x1b[K" << std::flush;
    } else {
        out_ << text << std::endl;
    }
    shown_ = text;
}

void ProgressLine::end() {
    if (terminal_ && !shown_.empty()) {
        out_ << std::endl;
    }
    shown_.clear();
}

}  // namespace isolde::cli
