// SPDX-License-Identifier: GPL-3.0-or-later
//
// A mutex that clang's thread-safety analysis understands. Every field that it protects says ISOLDE_GUARDED_BY(mutex_).
// No callback is called while a Lock is held.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define ISOLDE_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define ISOLDE_THREAD_ANNOTATION(x)
#endif
#define ISOLDE_CAPABILITY(name) ISOLDE_THREAD_ANNOTATION(capability(name))
#define ISOLDE_SCOPED_CAPABILITY ISOLDE_THREAD_ANNOTATION(scoped_lockable)
#define ISOLDE_GUARDED_BY(mutex) ISOLDE_THREAD_ANNOTATION(guarded_by(mutex))
#define ISOLDE_REQUIRES(mutex) ISOLDE_THREAD_ANNOTATION(requires_capability(mutex))
#define ISOLDE_EXCLUDES(mutex) ISOLDE_THREAD_ANNOTATION(locks_excluded(mutex))
#define ISOLDE_ACQUIRE(...) ISOLDE_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define ISOLDE_RELEASE(...) ISOLDE_THREAD_ANNOTATION(release_capability(__VA_ARGS__))

namespace isolde::base {

class ISOLDE_CAPABILITY("mutex") Mutex {
  public:
    void lock() ISOLDE_ACQUIRE() { mutex_.lock(); }
    void unlock() ISOLDE_RELEASE() { mutex_.unlock(); }

  private:
    std::mutex mutex_;
};

/// Holds a Mutex for its scope.
class ISOLDE_SCOPED_CAPABILITY Lock {
  public:
    explicit Lock(Mutex& mutex) ISOLDE_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~Lock() ISOLDE_RELEASE() { mutex_.unlock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

  private:
    Mutex& mutex_;
};

/// A condition that is waited for under a Mutex already held: `while (!ready) changed.wait(mutex_);`
using ConditionVariable = std::condition_variable_any;

}  // namespace isolde::base
