// SPDX-License-Identifier: GPL-3.0-or-later
//
// Identifiers that cannot be mixed up: each is text of its own type.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace isolde::base {

template <typename Tag>
class TextId {
  public:
    TextId() = default;
    explicit TextId(std::string text) : text_(std::move(text)) {}
    const std::string& str() const { return text_; }
    bool empty() const { return text_.empty(); }
    auto operator<=>(const TextId&) const = default;

  private:
    std::string text_;
};

using NodeId = TextId<struct NodeIdTag>;                ///< a UUID
using DeploymentId = TextId<struct DeploymentIdTag>;    ///< a UUID
using ConductorId = TextId<struct ConductorIdTag>;      ///< [conductor] name
using PublicationToken = TextId<struct PublicationTokenTag>;  ///< 26 base32 characters
using SlotId = TextId<struct SlotIdTag>;                ///< the BMC's resource path of a virtual-media slot

}  // namespace isolde::base

template <typename Tag>
struct std::hash<isolde::base::TextId<Tag>> {
    std::size_t operator()(const isolde::base::TextId<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.str());
    }
};
