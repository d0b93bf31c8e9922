// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/efi_copies.h"

#include "image/fat.h"
#include "vmedia/compose/boot_locations.h"

#include <algorithm>
#include <set>

namespace isolde::vmedia {
namespace {

constexpr std::uint8_t kMbrEfiSystem = 0xef;
constexpr std::size_t kMaxCopies = 4;
constexpr std::uint64_t kMaxBytes = 256U << 10U;  // of the configurations of a copy together
constexpr image::FatLimits kLimits{.directory_bytes = 256U << 10U, .total_entries = 4096, .depth = 16};

std::set<std::uint64_t> places_of(const BootFiles& boot) {
    std::set<std::uint64_t> places;
    if (boot.catalog) {
        for (const image::BootEntry& entry : boot.catalog->entries) {
            if (entry.is_efi() && entry.load_block != 0) {
                places.insert(entry.load_block * image::kIsoBlockSize);
            }
        }
    }
    if (boot.tables.gpt) {
        for (const image::GptPartition& partition : boot.tables.gpt->partitions) {
            if (partition.is_efi_system()) {
                places.insert(partition.first_sector * image::kSectorSize);
            }
        }
    }
    if (boot.tables.mbr) {
        for (const image::MbrPartition& partition : boot.tables.mbr->partitions) {
            if (partition.type == kMbrEfiSystem) {
                places.insert(std::uint64_t{partition.first_sector} * image::kSectorSize);
            }
        }
    }
    return places;
}

/// Looks for the first configuration that has entries; stops there.
class CopyReader {
  public:
    CopyReader(const image::FatVolume& fat, EfiCopy& copy) : fat_(fat), copy_(copy) {}

    base::Result<void> examine(const std::string& path, const image::FatEntry& entry) {
        if (entry.is_directory() || !is_configuration_name(path) || !copy_.configuration.empty()) {
            return {};
        }
        bytes_ += entry.size;
        const base::Bytes content = TRY(fat_.read_content(entry, kMaxBytes - std::min(kMaxBytes, bytes_ - entry.size)));
        const std::string_view text = base::as_text(content);
        const auto loader = loader_of(path, text);
        if (!loader) {
            return {};
        }
        const ConfigEdit report = TRY(examine_configuration(*loader, path, text));
        if (report.entries > 0) {
            copy_.configuration = path;
            copy_.own_initrd = std::any_of(report.initrds.begin(), report.initrds.end(),
                                           [&](const std::string& initrd) { return holds(path, initrd); });
        }
        return {};
    }

  private:
    bool holds(const std::string& configuration, const std::string& written) const {
        const auto path = resolve_written_path(configuration, written);
        return path && fat_.find(*path).ok();
    }

    const image::FatVolume& fat_;
    EfiCopy& copy_;
    std::uint64_t bytes_ = 0;
};

std::optional<EfiCopy> read_copy(const image::ByteSource& image, std::uint64_t offset) {
    const auto window = image::WindowSource::create(image, offset, image.size() - std::min(offset, image.size()));
    if (!window.ok()) {
        return std::nullopt;
    }
    const auto fat = image::FatVolume::open(*window, kLimits);
    if (!fat.ok()) {
        return std::nullopt;
    }
    EfiCopy copy;
    copy.offset = offset;
    CopyReader reader(*fat, copy);
    const auto walked =
        fat->walk([&](const std::string& path, const image::FatEntry& entry) { return reader.examine(path, entry); });
    if (!walked.ok() && copy.configuration.empty()) {
        copy.configuration = "one that cannot be read";
        copy.own_initrd = true;
    }
    return copy;
}

bool changes_entries(const InjectionPlan& plan) {
    return !plan.append.empty() || !plan.remove.empty() || !plan.replace.empty() || !plan.default_entry.empty();
}

const InjectedFile* first_for(const InjectionPlan& plan, FileTarget target) {
    const auto found = std::find_if(plan.files.begin(), plan.files.end(),
                                    [&](const InjectedFile& file) { return file.target == target; });
    return found == plan.files.end() ? nullptr : &*found;
}

base::Error refused(const std::string& what, const EfiCopy& copy) {
    return base::unsupported(what + " in one EFI boot image only, and " + describe(copy) +
                             ": firmware may start either. Make the ISO anew with one of them");
}

}  // namespace

std::vector<EfiCopy> find_efi_copies(const image::ByteSource& image, const BootFiles& boot) {
    std::vector<EfiCopy> copies;
    for (const std::uint64_t place : places_of(boot)) {
        if (boot.efi && place == boot.efi->offset) {
            continue;
        }
        if (copies.size() == kMaxCopies) {
            copies.back() = {place, "one of too many", true};
            break;
        }
        if (auto copy = read_copy(image, place)) {
            copies.push_back(*std::move(copy));
        }
    }
    return copies;
}

std::string describe(const EfiCopy& copy) {
    return "the image has another EFI boot image at byte " + std::to_string(copy.offset) +
           (copy.configuration.empty() ? "" : ", with a boot configuration of its own (" + copy.configuration + ")");
}

base::Result<std::vector<std::string>> check_efi_copies(const std::vector<EfiCopy>& copies, const InjectionPlan& plan) {
    std::vector<std::string> warnings;
    const InjectedFile* const efi_file = first_for(plan, FileTarget::Efi);
    const InjectedFile* const initrd_file = first_for(plan, FileTarget::Initrd);
    for (const EfiCopy& copy : copies) {
        if (efi_file != nullptr) {
            return refused("the file " + efi_file->path + " would be", copy);
        }
        if (changes_entries(plan) && !copy.configuration.empty()) {
            return refused("boot entries would change", copy);
        }
        if (initrd_file != nullptr && copy.own_initrd) {
            return refused("the file " + initrd_file->path + " would be in the initrd", copy);
        }
        if (!copy.configuration.empty()) {
            warnings.push_back(describe(copy) + ", which stays as it is");
        }
    }
    return warnings;
}

}  // namespace isolde::vmedia
