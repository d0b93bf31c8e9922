// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/reader_dialect.h"

#include "base/check.h"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <list>
#include <optional>
#include <utility>

namespace isolde::emulator {
namespace {

using base::Bytes;
using base::Result;

constexpr std::uint64_t kKiB = 1024;
constexpr std::size_t kWindowsKept = 64;
constexpr std::size_t kStrictHeader = 1024;
constexpr std::uint64_t kLargestExactRange = 1024 * kKiB;

constexpr std::array kDialects = {
    ReaderDialect{ReaderKind::Httpfs2, "httpfs2 (isolde-emulator)", false, true, true, true, 64 * kKiB, 128 * kKiB,
                  false},
    ReaderDialect{ReaderKind::Nbdkit, "nbdkit curl (isolde-emulator)", true, true, true, false, 256 * kKiB, 256 * kKiB,
                  true},
    ReaderDialect{ReaderKind::Plain, "plain (isolde-emulator)", true, false, false, false, 0, 0, false},
    ReaderDialect{ReaderKind::Download, "download (isolde-emulator)", true, false, false, false, 0, 0, false},
};

struct Range {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};

Result<std::uint64_t> parse_size(const std::string& text, std::string_view field) {
    if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos) {
        return base::corrupt("the response has no usable " + std::string(field));
    }
    return std::stoull(text);
}

/// Speaks one dialect to one URL, over one connection at a time.
class Conversation {
  public:
    Conversation(const ReaderDialect& dialect, Url url, std::string shown, ReadLog& reads,
                 const Cancellation& cancellation)
        : dialect_(dialect),
          url_(std::move(url)),
          shown_(std::move(shown)),
          reads_(reads),
          cancellation_(cancellation) {}

    /// The image's size by HEAD.
    Result<std::uint64_t> ask_size() {
        const ResponseHead head = TRY(ask("HEAD", ""));
        TRY(check_head(head, 200));
        return parse_size(head.field("Content-Length", dialect_.strict), "Content-Length");
    }

    /// `wanted` bytes; one more is asked for and left unread where the dialect does that.
    Result<Bytes> fetch(Range wanted, bool one_more) {
        const std::uint64_t last = wanted.first + wanted.length - 1 + (one_more ? 1 : 0);
        const std::string range = "Range: bytes=" + std::to_string(wanted.first) + "-" + std::to_string(last) + "\r\n";
        ResponseHead head = TRY(ask("GET", range));
        TRY(check_head(head, 206));
        TRY(check_content_range(head, wanted.first));
        Bytes body = TRY(receive_body(std::move(head.rest), wanted.length));
        if (one_more || !dialect_.keeps_alive || http::equal_ignoring_case(head.field("Connection", false), "close")) {
            wire_.reset();
        }
        reads_.add(shown_, wanted.first, wanted.length, head.status);
        return body;
    }

    /// The whole image by one GET into `file`; its size.
    Result<std::uint64_t> fetch_all(int file) {
        ResponseHead head = TRY(ask("GET", ""));
        TRY(check_head(head, 200));
        const std::uint64_t size = TRY(parse_size(head.field("Content-Length", false), "Content-Length"));
        std::string piece = std::move(head.rest);
        std::uint64_t done = 0;
        while (true) {
            TRY(base::write_exactly(file, done, base::as_bytes(piece)));
            done += piece.size();
            if (done >= size) {
                break;
            }
            piece = TRY(wire_->receive(256 * kKiB));
            if (piece.empty()) {
                return base::corrupt("the body ended after " + std::to_string(done) + " of " + std::to_string(size));
            }
        }
        wire_.reset();
        reads_.add(shown_, 0, size, head.status);
        return size;
    }

  private:
    std::string request(std::string_view method, std::string_view fields) const {
        std::string text = std::string(method) + " " + url_.path +
                           " HTTP/1.1\r\nHost: " + (dialect_.host_with_port ? url_.authority : url_.host) +
                           "\r\nUser-Agent: " + std::string(dialect_.user_agent) + "\r\n" + std::string(fields);
        return text + (dialect_.keeps_alive ? "\r\n" : "Connection: close\r\n\r\n");
    }

    /// One request; once more on a fresh connection when a kept one turns out to be closed.
    Result<ResponseHead> ask(std::string_view method, std::string_view fields) {
        const bool kept = wire_.has_value();
        auto head = exchange(method, fields);
        if (!head.ok() && kept && head.error().kind == base::ErrorKind::Unavailable) {
            head = exchange(method, fields);
        }
        if (!head.ok()) {
            reads_.add(shown_, 0, 0, 0);
        }
        return head;
    }

    Result<ResponseHead> exchange(std::string_view method, std::string_view fields) {
        if (!wire_) {
            wire_ = TRY(Wire::connect(url_, cancellation_));
        }
        auto head = [&]() -> Result<ResponseHead> {
            TRY(wire_->send(request(method, fields)));
            return receive_head(*wire_);
        }();
        if (!head.ok()) {
            wire_.reset();
        }
        return head;
    }

    Result<void> check_head(const ResponseHead& head, int status) {
        if (head.status != status) {
            reads_.add(shown_, 0, 0, head.status);
            return base::corrupt("the server answered " + head.status_line + ", not " + std::to_string(status));
        }
        if (!dialect_.strict) {
            return {};
        }
        if (!head.status_line.starts_with("HTTP/1.1 ")) {
            return base::corrupt("the server does not speak HTTP/1.1: " + head.status_line);
        }
        if (head.field("Accept-Ranges", true) != "bytes") {
            return base::corrupt("the response has no \"Accept-Ranges: bytes\"");
        }
        if (head.size > kStrictHeader) {
            return base::corrupt("the response header has more than 1024 bytes");
        }
        if (!head.in_one_segment) {
            return base::corrupt("the response header came in several segments");
        }
        return {};
    }

    Result<void> check_content_range(const ResponseHead& head, std::uint64_t first) {
        const std::string range = head.field("Content-Range", dialect_.strict);
        const std::string start = "bytes " + std::to_string(first) + "-";
        const std::size_t slash = range.find('/');
        if (!range.starts_with(start) || slash == std::string::npos) {
            return base::corrupt("the response has no Content-Range that starts with \"" + start + "\"");
        }
        TRY(parse_size(range.substr(slash + 1), "Content-Range"));
        return {};
    }

    Result<Bytes> receive_body(std::string text, std::uint64_t length) {
        while (text.size() < length) {
            const std::string piece = TRY(wire_->receive(static_cast<std::size_t>(length) - text.size()));
            if (piece.empty()) {
                wire_.reset();
                return base::corrupt("the body ended after " + std::to_string(text.size()) + " of " +
                                     std::to_string(length) + " bytes");
            }
            text += piece;
        }
        return base::to_bytes(std::string_view(text).substr(0, static_cast<std::size_t>(length)));
    }

    const ReaderDialect& dialect_;
    Url url_;
    std::string shown_;
    ReadLog& reads_;
    const Cancellation& cancellation_;
    std::optional<Wire> wire_;
};

/// Aligned windows with a small cache, as FUSE and NBD put in front of their HTTP readers.
class WindowedReader final : public ImageReader {
  public:
    WindowedReader(const ReaderDialect& dialect, Conversation conversation, std::uint64_t size)
        : dialect_(dialect), conversation_(std::move(conversation)), size_(size) {}

    Result<Bytes> read(std::uint64_t offset, std::uint64_t length) override {
        if (length > size_ || offset > size_ - length) {
            return base::corrupt("a read at " + std::to_string(offset) + " goes beyond the end of the image");
        }
        Bytes out;
        while (out.size() < length) {
            const std::uint64_t at = offset + out.size();
            const Range range = window_at(at);
            const Bytes& bytes = *TRY(load(range));
            const std::uint64_t from = at - range.first;
            const std::uint64_t take = std::min(range.length - from, length - out.size());
            const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(from);
            out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(take));
        }
        return out;
    }

  private:
    Range window_at(std::uint64_t offset) const {
        Range range{0, dialect_.first_window};
        if (offset >= dialect_.first_window) {
            range.first = dialect_.first_window + (offset - dialect_.first_window) / dialect_.window * dialect_.window;
            range.length = dialect_.window;
        }
        range.length = std::min(range.length, size_ - range.first);
        return range;
    }

    Result<const Bytes*> load(Range range) {
        const auto found =
            std::find_if(cache_.begin(), cache_.end(), [&](const auto& one) { return one.first == range.first; });
        if (found != cache_.end()) {
            cache_.splice(cache_.begin(), cache_, found);
            return &cache_.front().second;
        }
        const bool at_end = range.first + range.length == size_;
        cache_.emplace_front(range.first, TRY(conversation_.fetch(range, at_end && dialect_.overshoots)));
        if (cache_.size() > kWindowsKept) {
            cache_.pop_back();
        }
        return &cache_.front().second;
    }

    const ReaderDialect& dialect_;
    Conversation conversation_;
    std::uint64_t size_;
    std::list<std::pair<std::uint64_t, Bytes>> cache_;
};

/// Just the bytes that are wanted.
class ExactReader final : public ImageReader {
  public:
    explicit ExactReader(Conversation conversation) : conversation_(std::move(conversation)) {}

    Result<Bytes> read(std::uint64_t offset, std::uint64_t length) override {
        Bytes out;
        while (out.size() < length) {
            const Range range{offset + out.size(), std::min(length - out.size(), kLargestExactRange)};
            const Bytes bytes = TRY(conversation_.fetch(range, false));
            out.insert(out.end(), bytes.begin(), bytes.end());
        }
        return out;
    }

  private:
    Conversation conversation_;
};

/// A local copy, made before the first read.
class DownloadedReader final : public ImageReader {
  public:
    DownloadedReader(base::UniqueFd file, std::uint64_t size) : file_(std::move(file)), size_(size) {}

    Result<Bytes> read(std::uint64_t offset, std::uint64_t length) override {
        if (length > size_ || offset > size_ - length) {
            return base::corrupt("a read at " + std::to_string(offset) + " goes beyond the end of the image");
        }
        Bytes out(static_cast<std::size_t>(length));
        TRY(base::read_exactly(file_.get(), offset, out));
        return out;
    }

  private:
    base::UniqueFd file_;
    std::uint64_t size_;
};

/// A file without a name, in `directory`.
Result<base::UniqueFd> scratch_file(const std::string& directory) {
    std::string path = base::join_path(directory, "download-XXXXXX");
    base::UniqueFd file(::mkstemp(path.data()));
    if (!file) {
        return base::from_errno("cannot create " + path, errno);
    }
    TRY(base::remove_file(path));
    return file;
}

}  // namespace

const ReaderDialect& dialect_of(ReaderKind kind) {
    const auto* const found = std::find_if(kDialects.begin(), kDialects.end(),
                                           [kind](const ReaderDialect& dialect) { return dialect.kind == kind; });
    ISOLDE_CHECK(found != kDialects.end());
    return *found;
}

Result<std::unique_ptr<ImageReader>> open_image(ReaderKind kind, const std::string& url, const std::string& scratch,
                                                ReadLog& reads, const Cancellation& cancellation) {
    const ReaderDialect& dialect = dialect_of(kind);
    Conversation conversation(dialect, TRY(parse_url(url)), url, reads, cancellation);
    if (kind == ReaderKind::Download) {
        base::UniqueFd file = TRY(scratch_file(scratch));
        const std::uint64_t size = TRY(conversation.fetch_all(file.get()));
        return std::unique_ptr<ImageReader>(std::make_unique<DownloadedReader>(std::move(file), size));
    }
    if (!dialect.head_first) {
        return std::unique_ptr<ImageReader>(std::make_unique<ExactReader>(std::move(conversation)));
    }
    const std::uint64_t size = TRY(conversation.ask_size());
    return std::unique_ptr<ImageReader>(std::make_unique<WindowedReader>(dialect, std::move(conversation), size));
}

}  // namespace isolde::emulator
