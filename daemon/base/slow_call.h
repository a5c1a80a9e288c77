#pragma once
// Calls that the kernel may never return from. On a network file system whose server is gone even
// stat() blocks, and nothing interrupts it. Such a call runs on a helper thread, and who asked for
// it stops waiting when the deadline has passed; the helper is left behind until the call returns.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace defenderd {

// For whatever asks the file system about a path that a user configured.
inline constexpr Duration kFileDeadline = std::chrono::seconds(5);
// Helpers that may be left behind at the same time. Beyond these a call fails at once.
inline constexpr int kMaxSlowCalls = 32;

// Runs `work` on a helper thread. nullopt: it has returned, and what it threw was thrown here. An
// Error: it has not returned within `deadline`, or an earlier call with this `key` has not returned
// yet, or too many have not. `work` goes on without its caller then, so it owns all that it uses.
// Thread-safe; costs a few microseconds.
[[nodiscard]] std::optional<Error> run_within(Duration deadline, const std::string& key,
                                              std::function<void()> work);

// The Result that `work` returns, or why it has none. `key` says what is asked, so that a second
// call does not block another thread on the same dead path.
template <class Work>
auto within(Duration deadline, const std::string& key, Work work) -> decltype(work()) {
  const auto result = std::make_shared<std::optional<decltype(work())>>();
  auto overdue = run_within(
      deadline, key, [result, work = std::move(work)]() mutable { result->emplace(work()); });
  if (overdue) return Unexpected(*std::move(overdue));
  return std::move(**result);
}

}  // namespace defenderd
