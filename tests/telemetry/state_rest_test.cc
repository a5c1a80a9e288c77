// How often the state is saved while writes wait for that.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/eventually.h"
#include "support/fake_clock.h"
#include "telemetry/state_document.h"
#include "telemetry/state_keeper.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;

class StateRestTest : public testing::Test {
 protected:
  // Of one word, which stands for what a write depends on.
  std::vector<StateSection> sections() {
    return {{"word",
             [this] {
               return StateSection::Revision{any_, before_write_};
             },
             [this] { return "\"" + word_ + "\""; },
             [](std::string_view, WallTime) -> Result<Done> { return Done{}; }}};
  }

  FakeClock clock_;
  Logger log_{LogLevel::Info, LogFormat::Text, clock_, [](std::string_view) {}};
  std::string word_ = "x";
  std::atomic<std::uint64_t> any_ = 0;
  std::atomic<std::uint64_t> before_write_ = 0;
};

// Somewhere far away; counts what is saved there, and what was saved last.
class FarPlace final : public StateStore {
 public:
  explicit FarPlace(std::vector<std::string>& saved, const bool& broken)
      : saved_(saved), broken_(broken) {}
  Result<std::optional<std::string>> load() override { return std::optional<std::string>(); }
  Result<Done> save(std::string_view document) override {
    if (broken_) return Unexpected(Error{"cannot be saved"});
    saved_.emplace_back(document);
    return Done{};
  }
  Result<std::string> set_aside() override { return std::string("elsewhere"); }

 private:
  std::vector<std::string>& saved_;
  const bool& broken_;
};

TEST_F(StateRestTest, WritesShareASaveEveryFewSecondsAndEachIsSavedBeforeIt) {
  std::vector<std::string> saved;
  bool broken = false;
  StateKeeper it(std::make_unique<FarPlace>(saved, broken), clock_, log_, sections(),
                 {.min_gap = 2s});
  it.load();
  ASSERT_EQ(saved.size(), 1U);
  const SteadyTime begun = clock_.steady_now();
  for (int write = 1; write <= 30; ++write) {
    word_ = std::to_string(write);
    ++before_write_;
    it.before_write();
    EXPECT_EQ(parse_state_document(saved.back())->sections.at("word"),
              "\"" + std::to_string(write) + "\"")
        << "durable before it";
  }
  EXPECT_EQ(saved.size(), 31U) << "one worker alone shares with nobody";
  EXPECT_EQ(clock_.steady_now() - begun, 29 * 2s) << "the first one waits for nothing";
  it.before_write();
  word_ = "no write waits for this";
  ++any_;
  it.save_if_changed();
  EXPECT_EQ(saved.size(), 32U);
  EXPECT_EQ(clock_.steady_now() - begun, 29 * 2s) << "what no write waits for is not kept waiting";
  broken = true;
  clock_.advance(2s);
  for (int write = 31; write <= 33; ++write) {
    word_ = std::to_string(write);
    ++before_write_;
    it.before_write();
  }
  EXPECT_EQ(clock_.steady_now() - begun, 30 * 2s) << "what cannot be saved slows nothing down";
}

// A clock on which a sleep lasts until the test has seen it.
class SlowClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return fake_.wall_now(); }
  [[nodiscard]] SteadyTime steady_now() const override { return fake_.steady_now(); }
  bool sleep_until(SteadyTime when, std::stop_token stop) override {
    ++asleep;
    EXPECT_TRUE(eventually("the sleeper may wake or is stopped",
                           [&] { return may_wake || stop.stop_requested(); }));
    return fake_.sleep_until(when, std::move(stop));
  }
  std::atomic<int> asleep = 0;
  std::atomic<bool> may_wake = false;

 private:
  FakeClock fake_;
};

// Writers of one keeper, on threads of their own, that all wait for the next shared save.
class WaitingWritersTest : public StateRestTest {
 protected:
  static constexpr int kWriters = 8;

  void SetUp() override {
    it_.load();
    word_ = "y";
    ++before_write_;
    it_.before_write();
    word_ = "z";
    for (int n = 0; n < kWriters; ++n) {
      writers_.emplace_back([this] {
        ++before_write_;
        it_.before_write();
        ++done_;
      });
    }
    ASSERT_TRUE(eventually("all writers wait", [&] { return slow_.asleep == kWriters; }));
  }
  void TearDown() override { let_them_write(); }
  void let_them_write() {
    slow_.may_wake = true;
    writers_.clear();
  }

  std::vector<std::string> saved_;
  const bool broken_ = false;
  std::atomic<int> done_ = 0;
  SlowClock slow_;
  StateKeeper it_{
      std::make_unique<FarPlace>(saved_, broken_), slow_, log_, sections(), {.min_gap = 2s}};
  std::vector<std::jthread> writers_;
};

TEST_F(WaitingWritersTest, ShareOneSave) {
  EXPECT_EQ(saved_.size(), 2U) << "those of the load and of the first write";
  let_them_write();
  EXPECT_EQ(saved_.size(), 3U);
}

TEST_F(WaitingWritersTest, AStopOfTheProgramEndsTheirWait) {
  const SteadyTime begun = slow_.steady_now();
  it_.hurry();
  EXPECT_TRUE(eventually("no writer waits any more", [&] { return done_ == kWriters; }));
  EXPECT_EQ(slow_.steady_now(), begun) << "without the rest";
  EXPECT_EQ(saved_.size(), 3U) << "one save, as it is needed before each write";
}

TEST_F(WaitingWritersTest, HoldUpNoOtherSaveAndAreServedByIt) {
  ++any_;
  it_.save_if_changed();  // as a freeze or a stop does
  EXPECT_EQ(saved_.size(), 3U);
  let_them_write();
  EXPECT_EQ(saved_.size(), 3U);
}

}  // namespace
}  // namespace defenderd
