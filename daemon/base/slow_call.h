#pragma once
// Calls from which the kernel may never return. On a network file system whose server is gone even
// stat() blocks, and nothing interrupts it. Such a call runs on a helper thread. The caller stops
// waiting at the deadline and leaves the helper behind until the call returns.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace defenderd {

// For any access to a path that a user configured.
inline constexpr Duration kFileDeadline = std::chrono::seconds(5);
// The most helpers that may be left behind at the same time. Beyond that, calls fail at once.
inline constexpr int kMaxSlowCalls = 32;

// Runs `work` on a helper thread. nullopt: it has returned, and what it threw was rethrown here. An
// Error: it has not returned within `deadline`, an earlier call with this `key` has not returned
// yet, or too many have not. `work` then continues without its caller, so it must own everything
// that it uses. Thread-safe; costs a few microseconds.
[[nodiscard]] std::optional<Error> run_within(Duration deadline, const std::string& key,
                                              std::function<void()> work);

// The Result that `work` returns, or why there is none. `key` names the path or resource, so that a
// second call does not block another thread on the same dead path. `subject` begins the message of
// the deadline, where `work` names the path itself: "the journal /x ".
template <class Work>
auto within(Duration deadline, const std::string& key, Work work, std::string_view subject = {})
    -> decltype(work()) {
  const auto result = std::make_shared<std::optional<decltype(work())>>();
  auto overdue = run_within(
      deadline, key, [result, work = std::move(work)]() mutable { result->emplace(work()); });
  if (overdue) return Unexpected(Error{std::string(subject) + overdue->message});
  return std::move(**result);
}

}  // namespace defenderd
