// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/plan.h"

#include <algorithm>
#include <iterator>

namespace isolde::vmedia {
namespace {

void append_lines(std::string& out, char mark, std::string_view lines) {
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        out += mark;
        out += lines.substr(0, end);
        out += '\n';
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

/// Who reads the configuration that an entry stands in, for people.
std::string_view boot_path_of(const EntryChange& entry) {
    const bool in_efi = entry.file.starts_with("EFI:");
    if (entry.loader == "isolinux") {
        return "BIOS, CD and USB stick (isolinux)";
    }
    if (entry.loader == "grub") {
        return in_efi ? "UEFI, USB stick (GRUB in the EFI partition)"
                      : "BIOS where it boots by GRUB; UEFI, CD (GRUB on the ISO)";
    }
    return in_efi ? "UEFI, CD and USB stick (systemd-boot)" : "copies on the ISO, which systemd-boot does not read";
}

void render_entry(const EntryChange& entry, std::string& out) {
    const std::string line = std::to_string(entry.line);
    out += "@@ -" + line + " +" + line + " @@ " + entry.loader;
    out += entry.entry.empty() ? "\n" : ": " + entry.entry + "\n";
    append_lines(out, '-', entry.before);
    append_lines(out, '+', entry.after);
}

std::string render_entries(const std::vector<EntryChange>& entries) {
    std::vector<const EntryChange*> sorted;
    std::transform(entries.begin(), entries.end(), std::back_inserter(sorted),
                   [](const auto& entry) { return &entry; });
    std::stable_sort(sorted.begin(), sorted.end(), [](const EntryChange* left, const EntryChange* right) {
        return boot_path_of(*left) < boot_path_of(*right);
    });
    std::string out;
    const EntryChange* previous = nullptr;
    for (const EntryChange* entry : sorted) {
        if (previous == nullptr || boot_path_of(*previous) != boot_path_of(*entry)) {
            out += "# " + std::string(boot_path_of(*entry)) + "\n";
        }
        if (previous == nullptr || previous->file != entry->file) {
            out += "--- " + entry->file + "\n+++ " + entry->file + "\n";
        }
        render_entry(*entry, out);
        previous = entry;
    }
    return out;
}

}  // namespace

std::string render_text(const PlanReport& report) {
    std::string out = render_entries(report.entries);
    for (const FileChange& file : report.files) {
        out += file.technique + " " + file.path + " (" + std::to_string(file.bytes) + " bytes)\n";
    }
    for (const std::string& preset : report.presets) {
        out += preset + "\n";
    }
    for (const std::string& area : report.areas) {
        out += area + "\n";
    }
    for (const std::string& check : report.checks) {
        out += "media check: " + check + "\n";
    }
    for (const std::string& warning : report.warnings) {
        out += "warning: " + warning + "\n";
    }
    out += "delta " + base::to_string(base::ByteCount(report.delta_bytes)) + ", image " +
           base::to_string(base::ByteCount(report.image_size)) + ", plan " + report.plan_digest + "\n";
    return out;
}

base::Json render_json(const PlanReport& report) {
    base::Json entries = base::Json::array();
    for (const EntryChange& entry : report.entries) {
        entries.push_back({{"file", entry.file},
                           {"loader", entry.loader},
                           {"boot_path", std::string(boot_path_of(entry))},
                           {"entry", entry.entry},
                           {"line", entry.line},
                           {"before", entry.before},
                           {"after", entry.after}});
    }
    base::Json files = base::Json::array();
    for (const FileChange& file : report.files) {
        files.push_back({{"path", file.path}, {"technique", file.technique}, {"bytes", file.bytes}});
    }
    return {{"entries", std::move(entries)},     {"files", std::move(files)},
            {"presets", report.presets},         {"areas", report.areas},
            {"checks", report.checks},           {"warnings", report.warnings},
            {"plan_digest", report.plan_digest}, {"delta_bytes", report.delta_bytes},
            {"image_size", report.image_size}};
}

}  // namespace isolde::vmedia
