// SPDX-License-Identifier: GPL-3.0-or-later
//
// Lets one caller at a time in for each key: what is made once for all is made by the first, while the others wait.
#pragma once

#include "base/mutex.h"

#include <set>
#include <string>

namespace isolde::cache {

/// Thread-safe.
class Turnstile {
  public:
    /// Inside as long as it lives.
    class Pass {
      public:
        /// Waits while another is inside with `key`.
        Pass(Turnstile& turnstile, std::string key) : turnstile_(turnstile), key_(std::move(key)) {
            turnstile_.enter(key_);
        }
        ~Pass() { turnstile_.leave(key_); }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;

      private:
        Turnstile& turnstile_;
        const std::string key_;
    };

  private:
    void enter(const std::string& key) {
        base::Lock lock(mutex_);
        while (!inside_.insert(key).second) {
            left_.wait(mutex_);
        }
    }
    void leave(const std::string& key) {
        {
            base::Lock lock(mutex_);
            inside_.erase(key);
        }
        left_.notify_all();
    }

    base::Mutex mutex_;
    base::ConditionVariable left_;
    std::set<std::string> inside_ ISOLDE_GUARDED_BY(mutex_);
};

}  // namespace isolde::cache
