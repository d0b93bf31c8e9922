// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/media_check.h"

#include "vmedia/edit/checksum_list.h"

#include <algorithm>
#include <array>
#include <set>

namespace isolde::vmedia {
namespace {

constexpr std::uint64_t kAreaBytes = 512;
constexpr std::uint64_t kListLimit = 16U << 20U;
constexpr std::uint64_t kCopyBytes = 1U << 18U;
constexpr std::array kLists{"/md5sum.txt", "/sha1sum.txt", "/sha256sum.txt", "/sha512sum.txt", "/CHECKSUMS"};
constexpr std::string_view kTreeInfo = "/.treeinfo";
constexpr std::array kSignatures{".asc", ".sig", ".gpg"};

bool is_below(std::string_view path, std::string_view directory) {
    return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

/// Paths of the ISO tree that are not as they were.
class ChangedPaths {
  public:
    ChangedPaths(const ImageEdit& edit, const InjectionPlan& plan, const LateChanges& late)
        : removed_(plan.remove_files), catalog_(late.boot_catalog) {
        if (!catalog_.empty()) {
            paths_.insert(catalog_);
        }
        for (const ChangeNote& note : edit.notes()) {
            if (note.file.starts_with('/')) {
                paths_.insert(note.file);
            } else if (note.file.starts_with("EFI") && !late.efi_image.empty()) {
                paths_.insert(late.efi_image);
            }
        }
    }

    bool is_catalog(const std::string& path) const { return path == catalog_; }
    bool hold(const std::string& path) const { return paths_.count(path) > 0 || is_removed(path); }

  private:
    bool is_removed(std::string_view path) const {
        return std::any_of(removed_.begin(), removed_.end(),
                           [&](const std::string& removed) { return path == removed || is_below(path, removed); });
    }

    const std::vector<std::string>& removed_;
    const std::string& catalog_;
    std::set<std::string, std::less<>> paths_;
};

class ListUpdate {
  public:
    ListUpdate(ImageEdit& edit, IsoPatcher& patcher, MediaCheck wish, const ChangedPaths& changed, PlanReport& report)
        : edit_(edit), patcher_(patcher), wish_(wish), changed_(changed), report_(report) {}

    base::Result<void> run(const std::string& path) {
        const auto entry = TRY(patcher_.find(path));
        if (!entry || entry->type != image::IsoEntryType::File || changed_.hold(path)) {
            return {};
        }
        const base::Bytes content = TRY(patcher_.read(path, kListLimit).with_context(path));
        const std::string_view text = base::as_text(base::ByteView(content));
        const auto lines = path == kTreeInfo ? read_treeinfo_checksums(text) : read_checksum_list(text);
        std::vector<ChecksumChange> changes;
        for (const ListedChecksum& line : lines) {
            if (changed_.hold(line.path)) {
                changes.push_back({&line, ""});
            }
        }
        return changes.empty() ? base::Result<void>() : update(path, text, std::move(changes));
    }

  private:
    base::Result<void> update(const std::string& path, std::string_view text, std::vector<ChecksumChange> changes) {
        const std::string lines = std::to_string(changes.size()) + (changes.size() == 1 ? " line" : " lines");
        if (TRY(is_signed(path))) {
            report_.warnings.push_back(path + " is signed and stays as it is: " + lines +
                                       " of it, about files that changed, no longer hold");
            return {};
        }
        if (wish_ == MediaCheck::Keep) {
            for (ChecksumChange& change : changes) {
                if (changed_.is_catalog(change.line->path)) {
                    report_.warnings.push_back(path + ": the line of " + change.line->path +
                                               ", the boot catalog, is taken out: it changes when the image is closed");
                } else {
                    change.digits = TRY(sum_of(*change.line));
                }
            }
        }
        TRY(patcher_.replace(path, base::as_bytes(change_checksums(text, changes)), {path, "update-checksums"}));
        report_.checks.push_back(path + ": " + lines + " about files that changed " +
                                 (wish_ == MediaCheck::Keep ? "computed anew" : "taken out"));
        return {};
    }

    base::Result<bool> is_signed(const std::string& path) {
        for (const char* suffix : kSignatures) {
            if (TRY(patcher_.find(path + suffix))) {
                return true;
            }
        }
        return false;
    }

    /// Empty for a file that is gone.
    base::Result<std::string> sum_of(const ListedChecksum& line) {
        const auto entry = TRY(patcher_.find(line.path));
        if (!entry || entry->type != image::IsoEntryType::File) {
            return std::string();
        }
        base::Checksum checksum(line.algorithm);
        base::Bytes buffer(kCopyBytes);
        for (const image::ByteRun& run : TRY(image::content_runs(edit_.view(), patcher_.tree(), *entry))) {
            for (std::uint64_t done = 0; done < run.length; done += kCopyBytes) {
                const auto part = std::span(buffer).first(std::min(kCopyBytes, run.length - done));
                TRY(edit_.view().read(run.offset + done, part));
                checksum.update(part);
            }
        }
        return checksum.hex();
    }

    ImageEdit& edit_;
    IsoPatcher& patcher_;
    MediaCheck wish_;
    const ChangedPaths& changed_;
    PlanReport& report_;
};

}  // namespace

base::Result<ImageCheck> ImageCheck::find(const image::ByteSource& base, const image::IsoVolume& volume,
                                          MediaCheck wish) {
    ImageCheck check;
    check.wish_ = wish;
    check.isomd5_ = TRY(image::read_isomd5(base, volume));
    check.tagmedia_ = TRY(image::find_tagmedia(base, volume));
    if (check.tagmedia_ && wish == MediaCheck::Keep) {
        return base::unsupported(
            "the image's checksum is one of tagmedia, which cannot be kept: let the media check be dropped");
    }
    return check;
}

base::Result<void> ImageCheck::clear(ImageEdit& edit, PlanReport& report) const {
    const base::Bytes blank(kAreaBytes, std::byte{' '});
    if (isomd5_ && wish_ == MediaCheck::Keep) {
        report.checks.push_back("isomd5: the checksum of the whole image is computed anew, which reads all of its " +
                                base::to_string(base::ByteCount(edit.view().base().size())) + " once");
        return edit.write(isomd5_->offset, blank, {"volume descriptor", kKeptImageCheck});
    }
    if (isomd5_) {
        report.checks.emplace_back("isomd5: the checksum of the whole image is dropped, with rd.live.check");
        return edit.write(isomd5_->offset, blank, {"volume descriptor", "drop-isomd5"});
    }
    if (tagmedia_) {
        report.checks.emplace_back("tagmedia: the checksum of the whole image is dropped");
        return edit.write(*tagmedia_, blank, {"volume descriptor", "drop-tagmedia"});
    }
    return {};
}

base::Result<void> ImageCheck::implant(ImageEdit& edit) const {
    if (!isomd5_ || wish_ != MediaCheck::Keep) {
        return {};
    }
    const auto volume = TRY(image::read_iso9660(edit.view()));
    const std::uint64_t size = std::uint64_t{volume.primary().volume_blocks} * kBlockSize;
    return edit.view().write(isomd5_->offset, TRY(image::make_isomd5(edit.view(), size)));
}

base::Result<void> update_checksum_lists(ImageEdit& edit, IsoPatcher& patcher, const InjectionPlan& plan,
                                         const LateChanges& late, PlanReport& report) {
    const ChangedPaths changed(edit, plan, late);
    ListUpdate update(edit, patcher, plan.media_check, changed, report);
    for (const char* path : kLists) {
        TRY(update.run(path));
    }
    return update.run(std::string(kTreeInfo));
}

}  // namespace isolde::vmedia
