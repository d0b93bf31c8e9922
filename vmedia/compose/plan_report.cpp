// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/plan.h"

#include <algorithm>
#include <iterator>

namespace isolde::vmedia {
namespace {

/// Who reads the configuration `file` of `loader`, for people.
std::string_view boot_path_of(std::string_view file, std::string_view loader) {
    const bool in_efi = file.starts_with("EFI:");
    if (loader == "isolinux") {
        return "BIOS, CD and USB stick (isolinux)";
    }
    if (loader == "grub") {
        return in_efi ? "UEFI, USB stick (GRUB in the EFI partition)"
                      : "BIOS where it boots by GRUB; UEFI, CD (GRUB on the ISO)";
    }
    return in_efi ? "UEFI, CD and USB stick (systemd-boot)" : "copies on the ISO, which systemd-boot does not read";
}

/// The first entry that was changed in the lines of `hunk`; empty: settings of the whole file only.
std::string_view entry_at(const PlanReport& report, const ConfigDiff& diff, const DiffHunk& hunk) {
    const std::size_t hunk_end = hunk.old_line + std::max<std::size_t>(hunk.old_count, 1);
    const auto found = std::find_if(report.entries.begin(), report.entries.end(), [&](const EntryChange& entry) {
        const auto breaks = std::count(entry.before.begin(), entry.before.end(), '\n');
        const std::size_t entry_end = entry.line + static_cast<std::size_t>(breaks) + 1;
        return entry.file == diff.file && !entry.entry.empty() && entry.line < hunk_end && entry_end > hunk.old_line;
    });
    return found == report.entries.end() ? std::string_view() : found->entry;
}

void render_diff(const PlanReport& report, const ConfigDiff& diff, std::string& out) {
    out += "--- " + diff.file + "\n+++ " + diff.file + "\n";
    for (const DiffHunk& hunk : diff.hunks) {
        const std::string_view entry = entry_at(report, diff, hunk);
        out += "@@ " + hunk.place() + " @@ " + diff.loader;
        out += (entry.empty() ? "" : ": " + std::string(entry)) + "\n" + hunk.text;
    }
}

std::string render_diffs(const PlanReport& report) {
    std::vector<const ConfigDiff*> sorted;
    std::transform(report.diffs.begin(), report.diffs.end(), std::back_inserter(sorted),
                   [](const auto& diff) { return &diff; });
    const auto boot_path = [](const ConfigDiff* diff) { return boot_path_of(diff->file, diff->loader); };
    std::stable_sort(sorted.begin(), sorted.end(), [&](const ConfigDiff* left, const ConfigDiff* right) {
        return boot_path(left) < boot_path(right);
    });
    std::string out;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (i == 0 || boot_path(sorted[i - 1]) != boot_path(sorted[i])) {
            out += "# " + std::string(boot_path(sorted[i])) + "\n";
        }
        render_diff(report, *sorted[i], out);
    }
    return out;
}

struct TechniquePlacement {
    std::string_view technique;
    Placement placement;
};

constexpr TechniquePlacement kPlacements[] = {
    {"add", Placement::Added},
    {"link", Placement::Added},
    {"replace", Placement::Relocated},
    {"append-cpio", Placement::Relocated},
    {"coreos-offsets", Placement::Relocated},
    {"coreos-ignition-grow", Placement::Relocated},
    {"fat-grow", Placement::Relocated},
    {"coreos-arguments-area", Placement::Fits},
    {"coreos-ignition-area", Placement::Fits},
    {"fat-rewrite", Placement::Fits},
    {"set-mode", Placement::Fits},
};

std::string_view to_string(Placement placement) {
    constexpr std::string_view kNames[] = {"none", "new", "fits", "relocated"};
    return kNames[static_cast<std::size_t>(placement)];
}

std::string render_file(const FileChange& file) {
    const Placement placement = placement_of(file);
    return file.technique + " " + file.path + " (" + std::to_string(file.bytes) + " bytes" +
           (placement == Placement::None ? "" : ", " + std::string(to_string(placement))) + ")\n";
}

}  // namespace

Placement placement_of(const FileChange& file) {
    const bool in_efi = file.path.starts_with("EFI:") || file.path.starts_with("initrd:EFI:");
    const auto known = std::find_if(std::begin(kPlacements), std::end(kPlacements),
                                    [&](const auto& row) { return row.technique == file.technique; });
    if (known == std::end(kPlacements)) {
        return Placement::None;
    }
    return in_efi ? Placement::Fits : known->placement;
}

std::string render_text(const PlanReport& report) {
    std::string out = render_diffs(report);
    for (const FileChange& file : report.files) {
        out += render_file(file);
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
                           {"boot_path", std::string(boot_path_of(entry.file, entry.loader))},
                           {"entry", entry.entry},
                           {"line", entry.line},
                           {"before", entry.before},
                           {"after", entry.after}});
    }
    base::Json files = base::Json::array();
    for (const FileChange& file : report.files) {
        files.push_back({{"path", file.path},
                         {"technique", file.technique},
                         {"placement", std::string(to_string(placement_of(file)))},
                         {"bytes", file.bytes}});
    }
    return {{"entries", std::move(entries)},     {"files", std::move(files)},
            {"presets", report.presets},         {"areas", report.areas},
            {"checks", report.checks},           {"warnings", report.warnings},
            {"plan_digest", report.plan_digest}, {"delta_bytes", report.delta_bytes},
            {"image_size", report.image_size}};
}

}  // namespace isolde::vmedia
