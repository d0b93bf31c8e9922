// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/fetcher.h"
#include "cache/file_gate.h"

#include <sys/stat.h>
#include <algorithm>
#include <cerrno>

namespace isolde::cache {
namespace {

constexpr std::uint64_t kChunk = 1U << 20U;

struct OpenedFile {
    base::UniqueFd file;
    base::ByteCount size;
    Validators version;
};

/// Size, inode and change time: what changes when a file is written or replaced.
std::string version_of(const struct stat& status) {
    return std::to_string(status.st_size) + "-" + std::to_string(status.st_ino) + "-" +
           std::to_string(status.st_ctim.tv_sec) + "." + std::to_string(status.st_ctim.tv_nsec);
}

class FileFetcher final : public Fetcher {
  public:
    explicit FileFetcher(std::vector<std::string> roots) : roots_(std::move(roots)) {}

    base::Result<Fetched> fetch(const FetchRequest& request, Intake& intake) override {
        const OpenedFile opened = TRY(open(request.url));
        if (request.known && request.known->etag == opened.version.etag) {
            return Fetched{.unchanged = true, .validators = opened.version};
        }
        TRY(intake.restart());
        if (!TRY(intake.begin(opened.version, opened.size))) {
            TRY(intake.wait_for_space());
            (void)TRY(intake.begin(opened.version, opened.size));
        }
        TRY(copy(opened, intake));
        if (TRY(open(request.url)).version.etag != opened.version.etag) {
            return base::unavailable(request.url.path + " changed while it was read; try again when it is complete");
        }
        return Fetched{.unchanged = false, .validators = opened.version};
    }

    bool can_resume(const FetchRequest&, const Validators&) const override { return false; }

    base::Result<base::Bytes> read(const http::Url& url, base::ByteCount limit, const std::stop_token&) override {
        const OpenedFile opened = TRY(open(url));
        if (opened.size > limit) {
            return base::exhausted("it has " + base::to_string(opened.size) + ", and at most " +
                                   base::to_string(limit) + " are taken");
        }
        base::Bytes content(opened.size.bytes());
        TRY(base::read_exactly(opened.file.get(), 0, content));
        return content;
    }

    base::Result<std::optional<base::ByteCount>> announced_size(const http::Url& url, base::Deadline) override {
        return std::optional(TRY(open(url)).size);
    }

  private:
    base::Result<OpenedFile> open(const http::Url& url) const {
        if (!url.host.empty() && url.host != "localhost") {
            return base::invalid_argument("file:// URLs name no other host: \"" + url.host + "\"");
        }
        const std::string path = TRY(http::decoded_path(url));
        base::UniqueFd file = TRY(open_beneath(roots_, path));
        struct stat status {};
        if (::fstat(file.get(), &status) != 0) {
            return base::from_errno("cannot read the size of " + path, errno);
        }
        return OpenedFile{
            std::move(file), base::ByteCount(static_cast<std::uint64_t>(status.st_size)), {version_of(status), {}}};
    }

    static base::Result<void> copy(const OpenedFile& opened, Intake& intake) {
        base::Bytes chunk;
        while (intake.received() < opened.size) {
            if (intake.stop().stop_requested()) {
                return base::cancelled("copy of a file was cancelled");
            }
            chunk.resize(std::min(kChunk, (opened.size - intake.received()).bytes()));
            TRY(base::read_exactly(opened.file.get(), intake.received().bytes(), chunk));
            TRY(intake.append(chunk));
        }
        return {};
    }

    const std::vector<std::string> roots_;
};

}  // namespace

std::unique_ptr<Fetcher> make_file_fetcher(const ImageStoreOptions& options) {
    return std::make_unique<FileFetcher>(options.allow_file_roots);
}

}  // namespace isolde::cache
