// SPDX-License-Identifier: GPL-3.0-or-later
//
// Text that must not be seen: a password, a token. It has no printer, no formatter and no comparison with text; logging
// one does not compile. `reveal()` marks the few places that hand it to a wire or a cipher.
#pragma once

#include <string>
#include <utility>

namespace isolde::base {

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}
    Secret(const Secret&) = default;
    Secret(Secret&&) noexcept = default;
    Secret& operator=(const Secret&) = default;
    Secret& operator=(Secret&&) noexcept = default;
    /// Overwrites what it held.
    ~Secret();

    const std::string& reveal() const { return text_; }
    bool empty() const { return text_.empty(); }

  private:
    std::string text_;
};

/// What stands in the place of a secret in answers of the API.
inline constexpr const char* kMask = "******";

}  // namespace isolde::base
