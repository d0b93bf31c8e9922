// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/boot_files.h"

#include "vmedia/compose/boot_locations.h"
#include "vmedia/compose/boot_reader.h"
#include "vmedia/compose/boot_scan.h"
#include "vmedia/edit/bls.h"
#include "vmedia/edit/grub.h"
#include "vmedia/edit/isolinux.h"

#include <algorithm>
#include <set>

namespace isolde::vmedia {
namespace {

// Of all configurations of an image together.
constexpr std::size_t kMaxConfigurations = 512;
constexpr std::size_t kMaxBytes = 2U << 20U;
constexpr std::size_t kMaxEntries = 4096;
constexpr std::size_t kMaxNames = 8192;

base::Result<void> charge(std::size_t& used, std::size_t amount, std::size_t limit, std::string_view what) {
    used += amount;
    if (used > limit) {
        return base::exhausted("the boot-loader configurations of the image have more than " + std::to_string(limit) +
                               " " + std::string(what));
    }
    return {};
}

/// Reads configurations and what they include.
class ConfigCollector {
  public:
    ConfigCollector(const BootReader& reader, BootFiles& files) : reader_(reader), files_(files) {}

    base::Result<void> take_found(const std::string& path) { return take(path, std::nullopt); }

    base::Result<void> follow_includes() {
        while (!includes_.empty()) {
            const auto [path, loader] = includes_.back();
            includes_.pop_back();
            TRY(take(path, loader));
        }
        return {};
    }

  private:
    /// `loader`: of the configuration that includes this one; none for one that was found by its place.
    base::Result<void> take(const std::string& path, std::optional<BootLoader> loader) {
        if (!seen_.insert(path).second) {
            return {};
        }
        TRY(charge(configurations_, 1, kMaxConfigurations, "files"));
        auto text = reader_.read(path, kBootConfigLimit);
        if (!text.ok()) {
            files_.warnings.push_back(text.error().to_string());
            return {};
        }
        TRY(charge(bytes_, text->size(), kMaxBytes, "bytes"));
        BootConfigFile file;
        file.path = path;
        file.in_efi = is_efi_path(path);
        file.top_level = !loader;
        file.text = *std::move(text);
        const auto known = loader ? loader : loader_of(file.inner_path(), file.text);
        if (!known) {
            return {};
        }
        file.loader = *known;
        return examine(std::move(file));
    }

    base::Result<void> examine(BootConfigFile file) {
        auto report = examine_configuration(file.loader, file.path, file.text);
        if (!report.ok()) {
            files_.warnings.push_back(report.error().to_string());
            return {};
        }
        TRY(charge(entries_, report->entries + report->menu.others.size(), kMaxEntries, "entries"));
        TRY(charge(names_, report->kernels.size() + report->initrds.size() + report->includes.size(), kMaxNames,
                   "names of files"));
        file.entries = report->entries;
        file.kernels = resolve(file, report->kernels);
        file.initrds = resolve(file, report->initrds);
        std::copy_if(report->initrds.begin(), report->initrds.end(), std::back_inserter(file.initrds_by_variable),
                     [&](const std::string& path) {
                         return file.loader == BootLoader::Grub && path.find('$') != std::string::npos;
                     });
        for (const auto& path : resolve(file, report->includes)) {
            if (reader_.is_file(path)) {
                includes_.emplace_back(path, file.loader);
            }
        }
        for (const auto& path : file.kernels) add_existing(files_.kernels, path);
        for (const auto& path : file.initrds) add_existing(files_.initrds, path);
        report->text.clear();
        file.report = std::make_shared<const ConfigEdit>(*std::move(report));
        files_.configurations.push_back(std::move(file));
        return {};
    }

    /// On its own side of the image first: a loader may read its configuration from one and the kernel from the other.
    std::vector<std::string> resolve(const BootConfigFile& file, const std::vector<std::string>& written) const {
        std::vector<std::string> paths;
        for (const auto& path : written) {
            const auto inner = resolve_written_path(file.inner_path(), path);
            if (!inner) {
                continue;
            }
            const std::string in_efi = std::string(kEfiPrefix) + *inner;
            const std::string& own = file.in_efi ? in_efi : *inner;
            const std::string& other = file.in_efi ? *inner : in_efi;
            add_once(paths, !reader_.is_file(own) && reader_.is_file(other) ? other : own);
        }
        return paths;
    }

    void add_existing(std::vector<std::string>& list, const std::string& path) const {
        if (reader_.is_file(path)) {
            add_once(list, path);
        }
    }

    const BootReader& reader_;
    BootFiles& files_;
    std::set<std::string> seen_;
    std::vector<std::pair<std::string, BootLoader>> includes_;
    std::size_t configurations_ = 0;
    std::size_t bytes_ = 0;
    std::size_t entries_ = 0;
    std::size_t names_ = 0;
};

void name_boot_images(const TreeScan& scan, BootFiles& files) {
    const auto path_of = [&](std::uint32_t block) {
        const auto file = scan.files_by_block.find(block);
        return file == scan.files_by_block.end() ? std::string() : file->second;
    };
    if (!files.catalog) {
        return;
    }
    files.catalog_path = path_of(files.catalog->block);
    for (const image::BootEntry& entry : files.catalog->entries) {
        files.boot_images.push_back(path_of(entry.load_block));
    }
}

/// Configurations and programs of the EFI FAT.
void scan_efi(BootReader& reader, BootFiles& files, std::vector<std::string>& configurations) {
    const auto opened = files.efi ? reader.open_efi(*files.efi) : base::Result<void>();
    if (!opened.ok()) {
        files.warnings.push_back("the EFI boot image is no FAT that can be read: " + opened.error().to_string());
    }
    if (reader.fat() == nullptr) {
        return;
    }
    const auto walked = reader.fat()->walk([&](const std::string& path, const image::FatEntry& entry) {
        if (!entry.is_directory() && is_configuration_name(path)) {
            configurations.push_back(std::string(kEfiPrefix) + path);
        } else if (!entry.is_directory() && is_efi_program_name(path)) {
            files.efi_programs.push_back(std::string(kEfiPrefix) + path);
        }
        return base::Result<void>();
    });
    if (!walked.ok()) {
        files.warnings.push_back("the EFI partition is damaged: " + walked.error().to_string());
    }
}

void read_catalog(const image::ByteSource& image, BootFiles& files) {
    if (!files.volume.boot_catalog) {
        return;
    }
    auto catalog = image::read_boot_catalog(image, *files.volume.boot_catalog);
    if (catalog.ok()) {
        files.catalog = *std::move(catalog);
    } else {
        files.warnings.push_back(catalog.error().to_string());
    }
}

void sort_by_place(std::vector<BootConfigFile>& configurations) {
    std::sort(configurations.begin(), configurations.end(),
              [](const BootConfigFile& left, const BootConfigFile& right) {
                  return std::pair(left.in_efi, std::string_view(left.path)) <
                         std::pair(right.in_efi, std::string_view(right.path));
              });
}

}  // namespace

std::string_view to_string(BootLoader loader) {
    constexpr std::string_view kNames[] = {"grub", "isolinux", "bls", "loader.conf"};
    return kNames[static_cast<std::size_t>(loader)];
}

base::Result<ConfigEdit> examine_configuration(BootLoader loader, std::string_view path, std::string_view text) {
    switch (loader) {
        case BootLoader::Isolinux: return edit_isolinux(path, text, {});
        case BootLoader::Bls: return edit_bls(path, text, {});
        case BootLoader::LoaderConf: return edit_loader_conf(path, text, {});
        case BootLoader::Grub: break;
    }
    return edit_grub(path, text, {});
}

const image::IsoTree& naming_tree(const image::IsoVolume& volume) {
    if (volume.primary().rock_ridge.present) {
        return volume.primary();
    }
    for (const auto kind : {image::TreeKind::Joliet, image::TreeKind::Enhanced}) {
        for (const image::IsoTree& tree : volume.trees) {
            if (tree.kind == kind && !tree.twin) {
                return tree;
            }
        }
    }
    return volume.primary();
}

base::Result<BootFiles> read_boot_files(const image::ByteSource& image, const std::optional<EfiPartition>& efi) {
    BootFiles files;
    files.tables = TRY(image::read_partition_tables(image));
    files.volume = TRY(image::read_iso9660(image, files.tables));
    files.udf = image::detect_udf(image);
    read_catalog(image, files);
    const image::IsoTree& tree = naming_tree(files.volume);
    TreeScan scan = TRY(scan_boot_directories(image, tree));
    if (!scan.complete) {
        files.warnings.emplace_back("the boot directories are too many or too deep to be searched whole");
    }
    files.efi = efi ? efi : find_efi_partition(image, files.catalog, files.tables, scan);
    name_boot_images(scan, files);
    files.efi_programs = scan.programs;
    BootReader reader(image, tree);
    scan_efi(reader, files, scan.configurations);
    ConfigCollector collector(reader, files);
    for (const auto& path : scan.configurations) {
        TRY(collector.take_found(path));
    }
    TRY(collector.follow_includes());
    sort_by_place(files.configurations);
    files.coreos = TRY(read_coreos_areas(image, tree));
    if (files.coreos) {
        files.warnings.insert(files.warnings.end(), files.coreos->warnings.begin(), files.coreos->warnings.end());
    }
    return files;
}

}  // namespace isolde::vmedia
