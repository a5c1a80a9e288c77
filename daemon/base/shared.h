#pragma once
// An immutable value that is stored once, however many hold it.
//
// For values that are large, stored in several places and rarely created. Copying copies a pointer,
// and two holders of the same value compare equal without looking inside.

#include <memory>
#include <type_traits>
#include <utility>

namespace defenderd {

// Reads as a T and compares as one. Copies may be used by several threads at once.
template <class T>
class Shared {
 public:
  Shared() = default;  // a T{}, at no cost
  // Implicit: a value is accepted wherever a shared one is expected.
  Shared(T value) : value_(std::make_shared<const T>(std::move(value))) {}

  [[nodiscard]] const T& operator*() const { return get(); }
  [[nodiscard]] const T* operator->() const { return &get(); }
  operator const T&() const { return get(); }

  // Whether it is the same object, not only an equal one.
  [[nodiscard]] bool is(const Shared& other) const { return value_ == other.value_; }

  friend bool operator==(const Shared& a, const Shared& b) { return a.is(b) || *a == *b; }
  friend bool operator==(const Shared& a, const T& b) { return *a == b; }

 private:
  [[nodiscard]] const T& get() const {
    static const T empty{};
    return value_ ? *value_ : empty;
  }

  std::shared_ptr<const T> value_;
};

}  // namespace defenderd
