// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/coreos.h"

#include "image/fields.h"
#include "vmedia/compose/boot_edits.h"
#include "vmedia/compose/boot_files.h"
#include "vmedia/compose/iso_patcher.h"
#include "vmedia/compose/plan.h"
#include "vmedia/edit/cpio.h"
#include "vmedia/edit/words.h"

#include <algorithm>
#include <map>

namespace isolde::vmedia {
namespace {

constexpr std::string_view kArgumentsInfo = "/coreos/kargs.json";
constexpr std::string_view kIgnitionInfo = "/coreos/igninfo.json";
constexpr std::string_view kUsualIgnitionFile = "/images/ignition.img";  // of images without igninfo.json
constexpr std::string_view kMinimalIso = "/coreos/miniso.dat";
constexpr std::uint64_t kInfoLimit = 65536;
constexpr std::uint64_t kMaxIgnitionArea = 64U << 20U;

/// Reads what an image keeps; what it cannot read it notes.
class AreaReader {
  public:
    AreaReader(const image::ByteSource& image, const image::IsoTree& tree)
        : image_(image), tree_(tree), lookup_(image, tree) {}

    base::Result<std::optional<CoreOsAreas>> run() {
        if (!TRY(find("/coreos"))) {
            return std::optional<CoreOsAreas>();
        }
        note(read_arguments());
        note(read_ignition());
        return std::optional(std::move(areas_));
    }

  private:
    void note(const base::Result<void>& result) {
        if (!result.ok()) {
            areas_.warnings.push_back("an area of this CoreOS image cannot be used: " + result.error().to_string());
        }
    }

    base::Result<std::optional<image::IsoEntry>> find(std::string_view path) {
        auto entry = lookup_.entry(path);
        if (!entry.ok() && entry.error().kind == base::ErrorKind::NotFound) {
            return std::optional<image::IsoEntry>();
        }
        return std::optional(TRY(std::move(entry)));
    }

    base::Result<std::string> read_info(const image::IsoEntry& entry) {
        const base::Bytes content = TRY(image::read_content(image_, tree_, entry, kInfoLimit));
        return std::string(base::as_text(content));
    }

    base::Result<void> read_arguments() {
        const auto info = TRY(find(kArgumentsInfo));
        if (!info) {
            return {};
        }
        areas_.kargs_json = TRY(read_info(*info));
        areas_.arguments = TRY(parse_kargs_json(areas_.kargs_json));
        return {};
    }

    base::Result<void> read_ignition() {
        const auto info = TRY(find(kIgnitionInfo));
        const IgnitionPlace place = info ? TRY(parse_igninfo_json(TRY(read_info(*info))))
                                         : IgnitionPlace{std::string(kUsualIgnitionFile), 0, std::nullopt};
        const auto entry = TRY(find(place.path));
        if (!entry) {
            return info ? base::Result<void>(base::corrupt("there is no " + place.path)) : base::Result<void>();
        }
        return measure(place, *entry);
    }

    base::Result<void> measure(const IgnitionPlace& place, const image::IsoEntry& entry) {
        const auto runs = TRY(image::content_runs(image_, tree_, entry));
        if (runs.size() != 1 || entry.system_use.zisofs) {
            return base::unsupported(place.path + " is empty, compressed or stored in several sections");
        }
        const std::uint64_t size = runs.front().length;
        const std::uint64_t length = place.length.value_or(size - std::min(size, place.offset));
        if (place.offset > size || length > size - place.offset || length == 0 || length > kMaxIgnitionArea) {
            return base::corrupt("the Ignition area of " + std::to_string(length) + " bytes at byte " +
                                 std::to_string(place.offset) + " is not inside " + place.path);
        }
        const bool used = TRY(is_used(runs.front().offset + place.offset, length));
        areas_.ignition = IgnitionArea{place.path, place.offset, length, place.offset == 0 && length == size, used};
        return {};
    }

    /// Archives begin with a magic: the first bytes tell.
    base::Result<bool> is_used(std::uint64_t offset, std::uint64_t length) {
        const base::Bytes head = TRY(image_.read_bytes(offset, std::min<std::uint64_t>(length, 4096)));
        return std::any_of(head.begin(), head.end(), [](std::byte byte) { return byte != std::byte{0}; });
    }

    const image::ByteSource& image_;
    const image::IsoTree& tree_;
    image::IsoLookup lookup_;
    CoreOsAreas areas_;
};

bool is_same_path(std::string_view left, std::string_view right) {
    return image::equals_ignoring_case(left, right);  // coreos-installer looks paths up by their ISO 9660 names
}

/// The area of a configuration: its own, or that of the listed one whose copy it is.
const ArgumentArea* area_of(const BootFiles& boot, const BootConfigFile& file) {
    if (!boot.coreos) {
        return nullptr;
    }
    const auto is_copy = [&](const BootConfigFile& other, const ArgumentArea& area) {
        return file.in_efi && is_same_path(other.path, area.path) && other.text == file.text;
    };
    for (const ArgumentArea& area : boot.coreos->arguments.areas) {
        const bool copy = std::any_of(boot.configurations.begin(), boot.configurations.end(),
                                      [&](const BootConfigFile& other) { return is_copy(other, area); });
        if (is_same_path(area.path, file.path) || copy) {
            return &area;
        }
    }
    return nullptr;
}

std::string describe(const std::string& path, const ArgumentArea& area, std::uint64_t offset, std::size_t used) {
    return "area for kernel arguments in " + path + " at byte " + std::to_string(offset) + ": " + std::to_string(used) +
           " of " + std::to_string(area.capacity()) + " bytes used";
}

std::string describe(const IgnitionArea& area, const std::string& use) {
    return "area for an Ignition configuration, " + area.path +
           (area.offset == 0 ? "" : " at byte " + std::to_string(area.offset)) + ": " + use;
}

bool loads(const BootConfigFile& file, const std::string& initrd) {
    return std::find(file.initrds.begin(), file.initrds.end(), initrd) != file.initrds.end();
}

/// Areas that hold different arguments are none to coreos-installer.
void warn_of_differences(const BootFiles& boot, const std::vector<EditedConfig>& edited, PlanReport& report) {
    const EditedConfig* first = nullptr;
    for (const EditedConfig& config : edited) {
        if (!config.area || area_of(boot, *config.file) == nullptr) {
            continue;
        }
        first = first == nullptr ? &config : first;
        if (config.area->arguments != first->area->arguments) {
            report.warnings.push_back(config.file->path + " and " + first->file->path +
                                      " now have different kernel arguments, or one that each loader quotes in its own "
                                      "way: the image boots, but coreos-installer will not edit its arguments further");
            return;
        }
    }
}

}  // namespace

base::Result<std::optional<CoreOsAreas>> read_coreos_areas(const image::ByteSource& image, const image::IsoTree& tree) {
    return AreaReader(image, tree).run();
}

const IgnitionArea* usable_ignition_area(const BootFiles& boot) {
    if (!boot.coreos || !boot.coreos->ignition) {
        return nullptr;
    }
    const IgnitionArea& area = *boot.coreos->ignition;
    bool loaded = false;
    for (const BootConfigFile& file : boot.configurations) {
        if (file.entries > 0 && !loads(file, area.path)) {
            return nullptr;
        }
        loaded = loaded || file.entries > 0;
    }
    return loaded ? &area : nullptr;
}

std::vector<std::string> arguments_in_areas(const BootFiles& boot) {
    std::optional<std::vector<std::string>> common;
    for (const BootConfigFile& file : boot.configurations) {
        const ArgumentArea* const area = area_of(boot, file);
        const auto arguments = area == nullptr ? base::Result<std::string>("") : read_area(file.text, *area);
        if (area == nullptr || !arguments.ok()) {
            continue;
        }
        const auto words = split_command_line(*arguments);
        common = common.value_or(words);
        std::erase_if(*common,
                      [&](const auto& word) { return std::find(words.begin(), words.end(), word) == words.end(); });
    }
    return common.value_or(std::vector<std::string>());
}

std::vector<std::string> initrds_for_files(const BootFiles& boot) {
    std::vector<std::string> initrds = boot.initrds;
    if (boot.coreos && boot.coreos->ignition && initrds.size() > 1) {
        std::erase(initrds, boot.coreos->ignition->path);
    }
    return initrds;
}

std::vector<std::string> describe_areas(const BootFiles& boot) {
    std::vector<std::string> lines;
    for (const BootConfigFile& file : boot.configurations) {
        const ArgumentArea* const area = area_of(boot, file);
        const auto arguments = area == nullptr ? base::Result<std::string>("") : read_area(file.text, *area);
        if (area != nullptr && arguments.ok()) {
            lines.push_back(describe(file.path, *area, area->offset, arguments->size()));
        }
    }
    if (boot.coreos && boot.coreos->ignition) {
        const IgnitionArea& area = *boot.coreos->ignition;
        lines.push_back(describe(area, std::to_string(area.length) + " bytes, " + (area.used ? "used" : "empty")));
    }
    return lines;
}

base::Result<void> fill_argument_areas(const BootFiles& boot, std::vector<EditedConfig>& edited, PlanReport& report) {
    for (EditedConfig& config : edited) {
        const ArgumentArea* const area = area_of(boot, *config.file);
        if (area == nullptr) {
            continue;
        }
        FilledArea filled =
            TRY(fill_area(config.file->text, config.edit.splices, *area).with_context(config.file->path));
        if (config.edit.changed()) {
            config.edit.text = filled.text;
            report.areas.push_back(describe(config.file->path, *area, filled.offset, filled.arguments.size()));
        }
        config.area = std::move(filled);
    }
    warn_of_differences(boot, edited, report);
    return {};
}

base::Result<void> follow_moved_areas(IsoPatcher& patcher, const BootFiles& boot,
                                      const std::vector<EditedConfig>& edited, PlanReport& report) {
    std::map<std::string, std::uint64_t> moved;
    for (const EditedConfig& config : edited) {
        const ArgumentArea* const area = config.area && !config.file->in_efi ? area_of(boot, *config.file) : nullptr;
        if (area != nullptr && config.area->offset != area->offset) {
            moved.emplace(area->path, config.area->offset);
        }
    }
    if (moved.empty()) {
        return {};
    }
    const std::string text = TRY(move_areas(boot.coreos->kargs_json, moved));
    TRY(patcher.replace(kArgumentsInfo, base::as_bytes(text), {kArgumentsInfo, "coreos-offsets"}));
    report.files.push_back({std::string(kArgumentsInfo), "coreos-offsets", text.size()});
    return {};
}

base::Result<void> warn_of_minimal_iso(const IsoPatcher& patcher, PlanReport& report) {
    const bool filled = std::any_of(report.files.begin(), report.files.end(), [](const auto& file) {
        return file.technique == "coreos-arguments-area" || file.technique == "coreos-ignition-area";
    });
    if (filled && TRY(patcher.find(kMinimalIso))) {
        report.warnings.push_back(std::string(kMinimalIso) +
                                  " holds the digest of files as they were: coreos-installer extracts no minimal ISO "
                                  "from the composed image, only from its base");
    }
    return {};
}

base::Result<void> fill_ignition_area(IsoPatcher& patcher, const BootFiles& boot, const IgnitionConfig& config,
                                      PlanReport& report) {
    const IgnitionArea* const area = usable_ignition_area(boot);
    if (area == nullptr) {
        return base::unsupported("the image has no area for an Ignition configuration that its boot entries load");
    }
    base::Bytes archive = TRY(make_cpio({{"/config.ign", config.content, 0600, CpioKind::File}}));
    const std::size_t size = archive.size();
    const std::string use = std::to_string(size) + " of " + std::to_string(area->length) + " bytes used";
    if (size <= area->length) {
        archive.resize(area->length);
        TRY(patcher.overwrite(area->path, area->offset, archive, {area->path, "coreos-ignition-area", config.secret}));
        report.files.push_back({area->path, "coreos-ignition-area", size});
        report.areas.push_back(describe(*area, use));
    } else if (area->whole_file) {
        TRY(patcher.replace(area->path, archive, {area->path, "coreos-ignition-grow", config.secret}));
        report.files.push_back({area->path, "coreos-ignition-grow", size});
        report.areas.push_back(describe(*area, "grown to " + use.substr(0, use.find(' ')) + " bytes"));
    } else {
        return base::exhausted("the Ignition configuration takes " + std::to_string(size) +
                               " bytes as an archive, and " + describe(*area, "holds " + std::to_string(area->length)) +
                               "; it cannot grow, for the file holds more than it: have the configuration fetch its "
                               "larger parts by URL");
    }
    if (area->used) {
        report.warnings.push_back("the image held an Ignition configuration already, which this one replaces");
    }
    return {};
}

}  // namespace isolde::vmedia
