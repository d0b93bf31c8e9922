// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/owner_map.h"

#include "vmedia/compose/boot_locations.h"
#include "vmedia/compose/boot_reader.h"

#include <algorithm>
#include <map>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kMaxRanges = 200'000;

/// Ranges by offset. What was painted first stays: later files get what is left.
class Painter {
  public:
    /// False, with nothing changed, when the map would grow beyond its bound.
    bool paint(OwnedFile file, const std::vector<image::ByteRun>& runs) {
        std::vector<OwnedRange> fresh;
        for (const image::ByteRun& run : runs) {
            add_gaps(run, fresh);
        }
        if (ranges_.size() + fresh.size() > kMaxRanges) {
            return false;
        }
        if (fresh.empty()) {
            return true;  // Another name of content that has its owner.
        }
        for (OwnedRange& range : fresh) {
            range.file = static_cast<std::uint32_t>(files_.size());
            ranges_.emplace(range.offset, range);
        }
        files_.push_back(std::move(file));
        return true;
    }

    OwnerMap finish() && {
        OwnerMap map;
        map.files = std::move(files_);
        map.ranges.reserve(ranges_.size());
        for (const auto& [offset, range] : ranges_) {
            map.ranges.push_back(range);
        }
        return map;
    }

    /// Forgets files of role Other.
    void keep_boot_files() {
        for (auto range = ranges_.begin(); range != ranges_.end();) {
            const bool other = files_[range->second.file].role == FileRole::Other;
            range = other ? ranges_.erase(range) : std::next(range);
        }
        const auto first_other = std::find_if(files_.begin(), files_.end(),
                                              [](const OwnedFile& file) { return file.role == FileRole::Other; });
        files_.erase(first_other, files_.end());  // They are painted last.
    }

  private:
    /// The parts of `run` that nobody owns.
    void add_gaps(image::ByteRun run, std::vector<OwnedRange>& gaps) const {
        const std::uint64_t end = run.offset + run.length;
        std::uint64_t at = run.offset;
        auto next = ranges_.upper_bound(at);
        if (next != ranges_.begin()) {
            const OwnedRange& before = std::prev(next)->second;
            at = std::max(at, before.offset + before.length);
        }
        for (; at < end && next != ranges_.end() && next->first < end; ++next) {
            if (next->first > at) {
                gaps.push_back({at, next->first - at, 0});
            }
            at = next->second.offset + next->second.length;
        }
        if (at < end) {
            gaps.push_back({at, end - at, 0});
        }
    }

    std::vector<OwnedFile> files_;
    std::map<std::uint64_t, OwnedRange> ranges_;
};

std::uint64_t total(const std::vector<image::ByteRun>& runs) {
    std::uint64_t bytes = 0;
    for (const auto& run : runs) {
        bytes += run.length;
    }
    return bytes;
}

/// Paints the boot files one kind after the other, the most telling first.
class BootPainter {
  public:
    BootPainter(const BootFiles& files, const BootReader& reader, Painter& painter)
        : files_(files), reader_(reader), painter_(painter) {}

    void run() {
        paint_all(files_.kernels, FileRole::Kernel);
        paint_all(files_.initrds, FileRole::Initrd);
        for (const BootConfigFile& file : files_.configurations) {
            paint_all({file.path}, FileRole::BootConfig);
        }
        paint_all(files_.efi_programs, FileRole::BootLoader);
        paint_boot_images();
        paint_catalog();
        paint_efi_image();
    }

  private:
    void paint_all(const std::vector<std::string>& paths, FileRole role) {
        for (const std::string& path : paths) {
            const auto runs = reader_.runs(path);
            if (runs.ok()) {
                paint(path, role, *runs);
            }
        }
    }

    void paint(const std::string& path, FileRole role, const std::vector<image::ByteRun>& runs) {
        (void)painter_.paint({path, role, total(runs)}, runs);  // The bound is far above what boot files have.
    }

    void paint_boot_images() {
        for (std::size_t index = 0; index < files_.boot_images.size(); ++index) {
            const image::BootEntry& entry = files_.catalog->entries[index];
            if (entry.is_efi()) {
                continue;
            }
            if (!files_.boot_images[index].empty()) {
                paint_all({files_.boot_images[index]}, FileRole::BootLoader);
            } else if (entry.sector_count != 0) {
                paint("El Torito boot image " + std::to_string(index + 1), FileRole::BootLoader,
                      {{entry.load_block * image::kIsoBlockSize, entry.sector_count * image::kSectorSize}});
            }
        }
    }

    void paint_catalog() {
        if (files_.catalog) {
            paint("El Torito boot catalog", FileRole::BootCatalog,
                  {{files_.catalog->block * image::kIsoBlockSize, image::kIsoBlockSize}});
        }
    }

    void paint_efi_image() {
        if (!files_.efi) {
            return;
        }
        std::string path = "EFI system partition";
        for (std::size_t index = 0; index < files_.boot_images.size(); ++index) {
            const bool this_one =
                files_.catalog->entries[index].load_block * image::kIsoBlockSize == files_.efi->offset;
            path = this_one && !files_.boot_images[index].empty() ? files_.boot_images[index] : path;
        }
        paint(path, FileRole::EfiImage, {{files_.efi->offset, files_.efi->length}});
    }

    const BootFiles& files_;
    const BootReader& reader_;
    Painter& painter_;
};

/// All other files of the tree. A file that reaches outside the image owns nothing.
base::Result<void> paint_tree(const image::ByteSource& image, const image::IsoTree& tree, Painter& painter) {
    bool full = false;
    const auto visit = [&](const std::string& path, const image::IsoEntry& entry, image::DirectoryLocation) {
        if (!full && entry.type == image::IsoEntryType::File) {
            const auto runs = image::content_runs(image, tree, entry);
            full = runs.ok() && !painter.paint({path, FileRole::Other, entry.size()}, *runs);
        }
        return full ? base::Result<void>(base::exhausted("the image has too many files")) : base::Result<void>();
    };
    auto walked = image::walk(image, tree, visit);
    if (!walked.ok() && walked.error().kind == base::ErrorKind::Exhausted) {
        painter.keep_boot_files();
        return {};
    }
    return walked;
}

}  // namespace

namespace {

void paint_boot_files(const image::ByteSource& image, const BootFiles& files, Painter& painter) {
    BootReader reader(image, naming_tree(files.volume));
    if (files.efi) {
        (void)reader.open_efi(*files.efi);  // Without it its files are not told apart; read_boot_files has warned.
    }
    BootPainter(files, reader, painter).run();
}

}  // namespace

OwnerMap map_boot_files(const image::ByteSource& image, const BootFiles& files) {
    Painter painter;
    paint_boot_files(image, files, painter);
    return std::move(painter).finish();
}

base::Result<OwnerMap> map_owners(const image::ByteSource& image) {
    const BootFiles files = TRY(read_boot_files(image));
    Painter painter;
    paint_boot_files(image, files, painter);
    TRY(paint_tree(image, naming_tree(files.volume), painter));
    return std::move(painter).finish();
}

}  // namespace isolde::vmedia
