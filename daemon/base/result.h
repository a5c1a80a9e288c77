#pragma once
// Failure as a value. Result<T, E> has the names of C++23's std::expected, which the oldest
// supported compiler does not have, and only the part of it that this project uses.

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace defenderd {

// What went wrong, as a sentence for people: what was expected and what to do.
struct Error {
  std::string message;
  bool operator==(const Error&) const = default;
};

// Marks a value as the failure of a Result: `return Unexpected(Error{"..."});`
template <class E>
class Unexpected {
 public:
  explicit Unexpected(E error) : error_(std::move(error)) {}
  E& error() { return error_; }

 private:
  E error_;
};

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: as std::expected
  template <class F>
  Result(Unexpected<F> failure)  // NOLINT: as std::expected
      : state_(std::in_place_index<1>, std::move(failure.error())) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    if (!has_value()) misused();
    return *std::get_if<0>(&state_);
  }
  T&& value() && { return std::move(value()); }
  const T& value() const& {
    if (!has_value()) misused();
    return *std::get_if<0>(&state_);
  }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(value()); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  E& error() {
    if (has_value()) misused();
    return *std::get_if<1>(&state_);
  }
  const E& error() const {
    if (has_value()) misused();
    return *std::get_if<1>(&state_);
  }

  bool operator==(const Result&) const = default;

 private:
  // The caller did not ask which of the two it holds. Going on would read an object that is not
  // there, so that a release build ends here, too.
  [[noreturn]] static void misused() {
    assert(false && "a Result was not asked whether it holds a value or an error");
    __builtin_trap();
  }

  std::variant<T, E> state_;
};

// The value of a Result that carries no data.
struct Done {
  bool operator==(const Done&) const = default;
};

}  // namespace defenderd
