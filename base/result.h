// SPDX-License-Identifier: GPL-3.0-or-later
//
// `Result<T>`: a T, or the Error that prevented it. `TRY(expression)` yields the value or returns the error from the
// enclosing function, which must itself return a Result.
#pragma once

#include "base/error.h"

#include <optional>
#include <utility>
#include <variant>

namespace isolde::base {

template <typename T>
class [[nodiscard]] Result {
  public:
    // Implicit on purpose: `return value;` and `return not_found(…);` both read as they should.
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    /// Precondition of the value accessors: ok(). Of error(): !ok(). Violations throw std::bad_variant_access,
    /// which nothing catches: they are defects.
    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T value() && { return std::get<0>(std::move(state_)); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T operator*() && { return std::move(*this).value(); }

    Error& error() & { return std::get<1>(state_); }
    const Error& error() const& { return std::get<1>(state_); }
    Error error() && { return std::get<1>(std::move(state_)); }

    T value_or(T fallback) && { return ok() ? std::move(*this).value() : std::move(fallback); }

    /// The same result; a failure gains one surrounding step.
    Result with_context(std::string step) && {
        if (ok()) {
            return std::move(*this);
        }
        return std::move(*this).error().with_context(std::move(step));
    }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

    bool ok() const { return !error_.has_value(); }
    explicit operator bool() const { return ok(); }
    void value() const {}
    Error& error() & { return error_.value(); }
    const Error& error() const& { return error_.value(); }
    Error error() && { return std::move(error_).value(); }

    Result with_context(std::string step) && {
        if (ok()) {
            return {};
        }
        return std::move(*this).error().with_context(std::move(step));
    }

  private:
    std::optional<Error> error_;
};

}  // namespace isolde::base

// A statement expression: g++ and clang both have it, and nothing standard lets an expression return from its function.
#define ISOLDE_TRY_NAMED(name, expression)          \
    __extension__({                                 \
        auto name = (expression);                   \
        if (!name.ok()) return std::move(name).error(); \
        std::move(name).value();                    \
    })
#define ISOLDE_TRY_COUNTED(counter, expression) ISOLDE_TRY_NAMED(isolde_try_##counter, expression)
#define ISOLDE_TRY_EXPANDED(counter, expression) ISOLDE_TRY_COUNTED(counter, expression)

/// The value of `expression`, a Result; on failure returns its error from the enclosing function.
/// Not among the members of a braced initializer: g++ 12 does not destroy those before it when it returns.
#define TRY(expression) ISOLDE_TRY_EXPANDED(__COUNTER__, expression)
