// Result<T>: a value or the Error that stands in its place. For failures that are expected; what cannot
// happen is an assert, what stops a program from starting is an exception that main catches.
#pragma once

#include <cassert>
#include <utility>
#include <variant>

#include "shared/error.h"

namespace jobd {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Precondition: ok().
  T& value() & { return assert(ok()), *std::get_if<0>(&held_); }
  const T& value() const& { return assert(ok()), *std::get_if<0>(&held_); }
  T&& value() && { return assert(ok()), std::move(*std::get_if<0>(&held_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Precondition: !ok().
  const Error& error() const& { return assert(!ok()), *std::get_if<1>(&held_); }
  Error&& error() && { return assert(!ok()), std::move(*std::get_if<1>(&held_)); }

 private:
  std::variant<T, Error> held_;
};

// The Result of an act that gives nothing back.
struct Done {
  friend bool operator==(Done, Done) = default;
};

}  // namespace jobd
