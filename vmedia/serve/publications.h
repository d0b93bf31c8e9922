// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is served to BMCs: token → composed image. A composed image is a cache entry here: composed again at the next
// read after it was dropped for memory, by a worker and never on a server loop. The records are the conductor's.
#pragma once

#include "base/byte_count.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "vmedia/compose/composed_image.h"
#include "vmedia/serve/read_trace.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace isolde::vmedia {

struct Publication {
    base::PublicationToken token;
    base::NodeId node;
    std::string file_name = "boot.iso";  ///< "boot.img" for USB-stick slots
    base::WallTime created;
    std::string allowed_address;  ///< numeric; empty: any reader
};

struct ServedImage {
    std::shared_ptr<const ComposedImage> image;
    std::shared_ptr<const TracedFiles> traced_files;
};

/// Told what becomes of an image that was handed to a response, on a server thread.
class ReadObserver {
  public:
    virtual ~ReadObserver() = default;
    virtual void sent(std::uint64_t offset, std::uint64_t length) = 0;
    /// Once: the response is over.
    virtual void closed() = 0;
};

/// An image handed to one response. While any exists, the image stays in memory and its publication "open".
class OpenImage {
  public:
    OpenImage(std::shared_ptr<const ServedImage> served, std::shared_ptr<ReadObserver> observer, base::WallTime created)
        : served_(std::move(served)), observer_(std::move(observer)), created_(created) {}
    ~OpenImage() { observer_->closed(); }
    OpenImage(const OpenImage&) = delete;
    OpenImage& operator=(const OpenImage&) = delete;

    const ComposedImage& image() const { return *served_->image; }
    base::WallTime created() const { return created_; }
    void sent(std::uint64_t offset, std::uint64_t length) const { observer_->sent(offset, length); }

  private:
    std::shared_ptr<const ServedImage> served_;
    std::shared_ptr<ReadObserver> observer_;
    base::WallTime created_;
};

struct PublicationsOptions {
    base::ByteCount memory = base::mebibytes(256);   ///< of composed images that nobody reads
    unsigned composers = 2;                          ///< threads
    base::Duration retry = std::chrono::seconds(5);  ///< until then, why composing failed is the answer to every read
};

/// Thread-safe.
class Publications {
  public:
    using Composer = std::function<base::Result<ServedImage>(const Publication&)>;
    /// Told at most once a second per publication, from a thread of its own, that something was read.
    using TraceSink = std::function<void(const Publication&)>;

    Publications(PublicationsOptions options, Composer composer, TraceSink sink, const base::Clock& clock,
                 base::Log& log);
    ~Publications();
    Publications(const Publications&) = delete;
    Publications& operator=(const Publications&) = delete;

    /// Serves it from now on. Idempotent. `image`: composed already, else at the first read.
    void publish(const Publication& publication, std::optional<ServedImage> image);
    /// An eject is under way: it is still answered, for BMCs ask once more.
    void ejecting(const base::PublicationToken& token);
    /// Not found from now on; running responses end. `closed` is called once: at once when there are none, else by a
    /// worker after the last of them.
    void revoke(const base::PublicationToken& token, std::function<void()> closed);

    void mark_reset(const base::PublicationToken& token, base::WallTime reset);
    std::optional<TraceSummary> trace(const base::PublicationToken& token);

    /// Calls `done` with the image, at once when it is in memory, else from a composer's thread. Errors: NotFound (no
    /// such publication, another file name, an address that may not read it), or why it cannot be composed.
    void open(const base::PublicationToken& token, const std::string& file_name, const std::string& peer,
              std::function<void(base::Result<std::shared_ptr<OpenImage>>)> done);

    /// Bytes that composed images hold in memory.
    base::ByteCount memory() const { return base::ByteCount(held_); }
    std::size_t size() const;

  private:
    class Entry;
    using Job = std::function<void()>;
    using Waiting = std::function<void(base::Result<std::shared_ptr<OpenImage>>)>;

    std::shared_ptr<Entry> find(const base::PublicationToken& token) const;
    void compose(const std::shared_ptr<Entry>& entry);
    void enqueue(Job job);
    std::optional<Job> next_job();
    void work();
    void drop_surplus();
    bool wait_to_tell();
    std::vector<std::shared_ptr<Entry>> entries() const;
    void tell();

    const PublicationsOptions options_;
    const Composer composer_;
    const TraceSink sink_;
    const base::Clock& clock_;
    base::Log& log_;

    std::atomic<std::uint64_t> held_{0};  ///< bytes of composed images
    mutable base::Mutex mutex_;
    base::ConditionVariable changed_;  ///< a job, or stopping
    std::unordered_map<base::PublicationToken, std::shared_ptr<Entry>> entries_ ISOLDE_GUARDED_BY(mutex_);
    std::deque<Job> jobs_ ISOLDE_GUARDED_BY(mutex_);
    bool stopping_ ISOLDE_GUARDED_BY(mutex_) = false;
    std::vector<std::jthread> workers_;
    std::jthread teller_;
};

}  // namespace isolde::vmedia
