#pragma once
// Waits of a test for another thread. Each has a deadline, far above what a busy machine needs: a
// test then fails with a sentence about what it waited for.
//
//   EXPECT_TRUE(eventually("all writers wait", [&] { return waiting == kWriters; }));
//
// A fake that holds up a caller waits in the same way, so that no broken test hangs. EXPECT, not
// ASSERT, where threads are ended below: a test that returns earlier would wait for them for ever.

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string_view>
#include <thread>
#include <type_traits>

namespace defenderd {

inline constexpr std::chrono::seconds kEventually{30};

inline testing::AssertionResult never_came(std::string_view what) {
  return testing::AssertionFailure()
         << "after " << kEventually.count() << " s it is still not true that " << what;
}

// `condition` is asked again and again, from this thread.
template <class Condition>
requires std::is_invocable_r_v<bool, Condition&>
[[nodiscard]] testing::AssertionResult eventually(std::string_view what, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kEventually;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return never_came(what);
    std::this_thread::yield();
  }
  return testing::AssertionSuccess();
}

// A std::future or std::shared_future; a broken promise counts as kept.
template <class Future>
requires requires(const Future& future) { future.wait_for(kEventually); }
[[nodiscard]] testing::AssertionResult eventually(std::string_view what, const Future& future) {
  if (future.wait_for(kEventually) != std::future_status::ready) return never_came(what);
  return testing::AssertionSuccess();
}

}  // namespace defenderd
