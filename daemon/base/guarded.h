#pragma once
// What becomes of an exception on a thread of ours: it is caught at the top of the thread or around
// the listener that threw, reported with what was being done, and the loop goes on. A loop that
// threw pauses before its next turn, so that one that always throws burns no processor.

#include <exception>
#include <functional>
#include <string_view>

#include "base/clock.h"

namespace defenderd {

// Counts and logs. `doing` reads like "reporting an outcome". Called on the thread that threw.
using OnThrow = std::function<void(std::string_view doing, std::string_view what)>;

inline constexpr Duration kPauseAfterThrow = std::chrono::seconds(1);

// Reports; an exception of the report itself has nowhere to go.
inline void report_throw(const OnThrow& on_throw, std::string_view doing,
                         std::string_view what) noexcept {
  if (!on_throw) return;
  try {
    on_throw(doing, what);
  } catch (...) {  // NOLINT(bugprone-empty-catch): no memory to report it
  }
}

// Runs `work`. Returns false if it threw.
template <class Work>
bool guarded(std::string_view doing, const OnThrow& on_throw, Work&& work) noexcept {
  try {
    work();
    return true;
  } catch (const std::exception& exception) {
    report_throw(on_throw, doing, exception.what());
  } catch (...) {
    report_throw(on_throw, doing, "an exception of unknown type");
  }
  return false;
}

// Calls a listener that may be empty.
template <class Listener, class... Args>
void notify(const Listener& listener, std::string_view doing, const OnThrow& on_throw,
            const Args&... args) noexcept {
  if (listener) guarded(doing, on_throw, [&] { listener(args...); });
}

}  // namespace defenderd
