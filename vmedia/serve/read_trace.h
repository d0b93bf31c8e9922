// SPDX-License-Identifier: GPL-3.0-or-later
//
// What was read of one publication, and what that proves: boot loader, kernel and initrd read in full after our reset.
// Only reads after the reset count as boot. A reader that takes the image in line from begin to end, or had taken it
// before the reset, is opaque: its reads tell nothing of the boot.
#pragma once

#include "base/clock.h"
#include "vmedia/compose/composer.h"
#include "vmedia/serve/interval_set.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isolde::vmedia {

/// One boot file and how much of it was read since the reset.
struct BootFileRead {
    std::string path;
    FileRole role = FileRole::Other;
    int percent = 0;
    std::optional<base::WallTime> first_read;
};

struct TraceSummary {
    std::uint64_t bytes = 0;                         ///< sent in all, repeated reads counted again
    std::optional<base::WallTime> first_read;        ///< since the reset
    std::optional<base::WallTime> last_read;         ///< at any time
    std::optional<base::WallTime> loader_last_read;  ///< of any part of a boot loader, since the reset
    bool loader_read = false;                        ///< some boot loader file was read whole
    int kernel_percent = 0;  ///< of the kernel that was read most; 100 when the image names none
    int initrd_percent = 0;
    std::optional<base::WallTime> loader_at;
    std::optional<base::WallTime> booted_at;  ///< when all three were whole
    bool opaque = false;
    std::vector<BootFileRead> files;  ///< boot files that were read, in order of first read
};

/// The boot files of an image: all that a trace needs of an OwnerMap.
struct TracedFiles {
    struct File {
        std::string path;
        FileRole role = FileRole::Other;
        std::uint64_t size = 0;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;  ///< [begin, end)
    };
    std::vector<File> files;
    std::uint64_t image_size = 0;
};
TracedFiles traced_files_of(const OwnerMap& owners, std::uint64_t image_size);

/// Not thread-safe: Publications guards it.
class ReadTrace {
  public:
    void set_traced_files(std::shared_ptr<const TracedFiles> files) { files_ = std::move(files); }
    /// Forgets what was read as boot before; a reset that is known already changes nothing.
    void mark_reset(base::WallTime reset);
    void add(std::uint64_t offset, std::uint64_t length, base::WallTime now);
    /// Judges what came since the last call; `now` dates what became complete meanwhile.
    TraceSummary summarize(base::WallTime now);

  private:
    void judge_files(base::WallTime now);
    int best_percent(FileRole role) const;
    bool touches_loader(std::uint64_t begin, std::uint64_t end) const;

    std::shared_ptr<const TracedFiles> files_;
    std::optional<base::WallTime> reset_;
    IntervalSet before_reset_;
    IntervalSet read_;
    std::uint64_t line_end_ = 0;  ///< how far the image was taken in line from its begin
    TraceSummary summary_;
};

}  // namespace isolde::vmedia
