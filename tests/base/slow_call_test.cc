#include "base/slow_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/eventually.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Duration kLong = 60s;  // never reached by a call that returns
constexpr Duration kShort = 20ms;

// A call that returns when it is let go: what a dead network file system does.
class StuckCall {
 public:
  std::function<Result<int>()> work() {
    return [gate = gate_, entered = entered_] {
      entered->set_value();
      EXPECT_TRUE(eventually("the call may return", gate));
      return Result<int>(1);
    };
  }
  void let_go() { opened_.set_value(); }
  void wait_until_entered() {
    EXPECT_TRUE(eventually("the call has begun", entered_->get_future()));
  }

 private:
  std::promise<void> opened_;
  std::shared_future<void> gate_ = opened_.get_future().share();
  std::shared_ptr<std::promise<void>> entered_ = std::make_shared<std::promise<void>>();
};

// Calls with this key again until an earlier one has come back.
testing::AssertionResult answers_again(const std::string& key) {
  return eventually("calls with the key " + key + " are answered",
                    [&] { return within(kLong, key, [] { return Result<int>(1); }).has_value(); });
}

TEST(SlowCall, GivesWhatTheWorkReturns) {
  const auto value = within(kLong, "value", [] { return Result<std::string>("value"); });
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, "value");
}

TEST(SlowCall, GivesWhatTheWorkThrows) {
  EXPECT_THROW(
      (void)within(kLong, "throw", []() -> Result<int> { throw std::runtime_error("no"); }),
      std::runtime_error);
}

TEST(SlowCall, LeavesBehindWhatDoesNotReturn) {
  StuckCall stuck;
  const auto late = within(kShort, "stuck", stuck.work());
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("does not answer"));
  // A second call for the same does not wait, another one is not held up.
  const auto again = within(kLong, "stuck", [] { return Result<int>(2); });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), late.error());
  EXPECT_TRUE(within(kLong, "another", [] { return Result<int>(2); }));
  stuck.let_go();
  EXPECT_TRUE(answers_again("stuck"));
}

TEST(SlowCall, ManyAtTheSameTimeEachHaveAHelper) {
  // All are inside at once, so that each needs one of its own; none is late.
  constexpr std::size_t kCalls = 16;
  std::vector<StuckCall> calls(kCalls);
  std::vector<std::jthread> threads;
  std::atomic<std::size_t> good = 0;
  for (std::size_t i = 0; i < kCalls; ++i) {
    threads.emplace_back([&, i] {
      const auto value = within(kLong, "many" + std::to_string(i), calls.at(i).work());
      if (value) ++good;
    });
  }
  for (StuckCall& call : calls) call.wait_until_entered();
  for (StuckCall& call : calls) call.let_go();
  threads.clear();
  EXPECT_EQ(good, kCalls);
}

TEST(SlowCall, LeavesBehindSoManyAndThenFailsAtOnce) {
  std::vector<StuckCall> calls(kMaxSlowCalls);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ASSERT_FALSE(within(0s, "full" + std::to_string(i), calls.at(i).work()));
  }
  const auto refused = within(kLong, "one more", [] { return Result<int>(1); });
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("32 calls are waiting"));
  for (StuckCall& call : calls) call.let_go();
  EXPECT_TRUE(answers_again("one more"));
  for (int i = 0; i < kMaxSlowCalls; ++i) EXPECT_TRUE(answers_again("full" + std::to_string(i)));
}

}  // namespace
}  // namespace defenderd
