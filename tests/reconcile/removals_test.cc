// What falls from an entry, or from an exclusion, to a scope by an edit: nothing is written to it
// until the rest of the edit has had time to come.

#include "reconcile/removals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <ostream>
#include <thread>
#include <utility>
#include <vector>

#include "core/write_gate.h"
#include "reconcile/scope_follower.h"
#include "support/builders.h"
#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/fake_subscription_source.h"

namespace defenderd {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

const SubscriptionId kIt = subscription_id(1);

// What is declared for it, as far as that decides about writes.
enum class Now { NotDeclared, Waits, Written, Observed };

void PrintTo(Now now, std::ostream* out) {
  *out << std::array{"not declared", "waits", "written", "observed"}.at(
      static_cast<std::size_t>(now));
}

// One subscription that is visible below "mg", and the scope of that group.
class RemovalsTest : public testing::Test {
 protected:
  RemovalsTest() { source_.put(visible(1, "mg")); }

  static DesiredState state(const std::optional<DesiredSubscription>& entry, bool is_excluded) {
    DesiredState state = scope_of("mg");
    state.scopes[0].declares.mode = Mode::Enforce;
    if (is_excluded) state.scopes[0].exclude = {kIt};
    if (entry) state.subscriptions = declarations({*entry});
    return state;
  }
  static DesiredSubscription off() { return declared(1, false); }
  static DesiredSubscription observed_only() {
    DesiredSubscription entry = declared(1, true);
    entry.mode = Mode::Observe;
    return entry;
  }
  [[nodiscard]] DesiredSubscription suspended() const {
    DesiredSubscription entry = declared(1, true);
    entry.suspend = Suspension{.until = clock_.wall_now() + std::chrono::hours(1)};
    return entry;
  }

  void begin(const DesiredState& state) {
    follower().set_declared(state);
    follower().step({});
  }
  void edit(const DesiredState& state) { follower().set_declared(state); }
  void pass(Duration time) {
    clock_.advance(time);
    follower().end_removals();
  }
  [[nodiscard]] Now now() const {
    if (!it_) return Now::NotDeclared;
    if (it_->mode == Mode::Observe) return Now::Observed;
    return withheld({*it_, {clock_.wall_now()}}) ? Now::Waits : Now::Written;
  }
  // With what an earlier run remembers.
  void restart() {
    const std::vector<Removal> memory = follower().removals().memory();
    it_.reset();
    follower_ = make();
    follower().removals().recall(memory, {clock_.steady_now(), clock_.wall_now()});
  }
  ScopeFollower& follower() { return *follower_; }

  FakeClock clock_;
  FakeSubscriptionSource source_;
  std::function<void()> on_declared_;
  int declarations_ = 0;
  std::optional<DesiredSubscription> it_;  // as declared

 private:
  std::unique_ptr<ScopeFollower> make() {
    ScopeFollower::Listener listener;
    listener.declare = [this](const DesiredState& fleet) {
      ++declarations_;
      it_.reset();
      for (const DesiredSubscription& one : fleet.subscriptions)
        if (one.id == kIt) it_ = one;
      if (on_declared_) on_declared_();
    };
    return std::make_unique<ScopeFollower>(source_, clock_, std::nullopt, std::move(listener));
  }
  std::unique_ptr<ScopeFollower> follower_ = make();
};

TEST_F(RemovalsTest, OnlyWhatFallsToAScopeThatWantsSomethingElseWaits) {
  struct Case {
    const char* what;
    std::optional<DesiredSubscription> before;
    bool excluded_before;
    std::optional<DesiredSubscription> after;
    bool excluded_after;
    Now now;
    Now later;
  };
  const std::optional<DesiredSubscription> none;
  const std::vector<Case> cases{
      {"an entry that has it off is removed", off(), false, none, false, Now::Waits, Now::Written},
      {"one that only observes is removed", observed_only(), false, none, false, Now::Waits,
       Now::Written},
      {"one that is suspended is removed", suspended(), false, none, false, Now::Waits,
       Now::Written},
      {"one that wants what the scope wants is removed", declared(1, true), false, none, false,
       Now::Written, Now::Written},
      {"an exclusion is removed", none, true, none, false, Now::Waits, Now::Written},
      {"both are removed", off(), true, none, false, Now::Waits, Now::Written},
      {"an entry becomes an exclusion", off(), false, none, true, Now::NotDeclared,
       Now::NotDeclared},
      {"an exclusion becomes an entry", none, true, declared(1, true), false, Now::Written,
       Now::Written},
      {"an entry is edited", off(), false, declared(1, true), false, Now::Written, Now::Written},
      {"nothing is removed", none, false, none, false, Now::Written, Now::Written},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    restart();
    begin(state(c.before, c.excluded_before));
    edit(state(c.after, c.excluded_after));
    EXPECT_EQ(now(), c.now);
    pass(kRemovalRest - seconds(1));
    EXPECT_EQ(now(), c.now);
    pass(seconds(1));
    EXPECT_EQ(now(), c.later);
    EXPECT_FALSE(it_ && it_->suspend && it_->suspend->until <= clock_.wall_now())
        << "what is over is not declared any longer";
  }
}

TEST_F(RemovalsTest, TheMessageSaysWhyAndUntilWhen) {
  begin(state(off(), false));
  edit(state({}, false));
  ASSERT_EQ(now(), Now::Waits);
  EXPECT_EQ(withheld({*it_, {clock_.wall_now()}})->message,
            "suspended until 2026-01-01T00:00:20.000Z: an edit removed its entry, and the rest of "
            "the edit may follow; a scope covers it now");
  edit(state({}, true));
  edit(state({}, false));
  EXPECT_THAT(withheld({*it_, {clock_.wall_now()}})->message,
              HasSubstr("an edit removed its exclusion from a scope"));
}

TEST_F(RemovalsTest, TheRestOfTheEditEndsTheWait) {
  for (const bool excludes : {true, false}) {
    restart();
    begin(state(off(), false));
    edit(state({}, false));
    pass(kRemovalRest - seconds(1));
    ASSERT_EQ(now(), Now::Waits);
    edit(excludes ? state({}, true) : state(observed_only(), false));
    const Now whole = excludes ? Now::NotDeclared : Now::Observed;
    EXPECT_EQ(now(), whole);
    pass(kRemovalRest);
    EXPECT_EQ(now(), whole);
  }
}

TEST_F(RemovalsTest, OtherEditsAndListingsDoNotProlongIt) {
  begin(state(off(), false));
  edit(state({}, false));
  const int declared_before = declarations_;
  pass(seconds(10));
  DesiredState more = state({}, false);
  more.subscriptions = declarations({declared(9, true)});
  edit(more);
  EXPECT_EQ(now(), Now::Waits);
  follower().step({});
  EXPECT_EQ(declarations_, declared_before + 1) << "a listing changes nothing";
  pass(seconds(10));
  EXPECT_EQ(now(), Now::Written);
}

// A scope of the next edit, or one that is not resolved yet.
TEST_F(RemovalsTest, WhatIsCoveredOnlyLaterWaitsForTheSameTime) {
  DesiredState before;
  before.subscriptions = declarations({off()});
  begin(before);
  edit({});
  EXPECT_EQ(now(), Now::NotDeclared);
  pass(seconds(15));
  edit(state({}, false));
  follower().step({});
  EXPECT_EQ(now(), Now::Waits);
  pass(seconds(5));
  EXPECT_EQ(now(), Now::Written);
}

TEST_F(RemovalsTest, AScopeThatOnlyObservesNeedsNoWait) {
  begin(state(off(), false));
  DesiredState observing = state({}, false);
  observing.scopes[0].declares.mode = Mode::Observe;
  edit(observing);
  ASSERT_EQ(now(), Now::Observed);
  EXPECT_FALSE(it_->suspend);
  edit(state({}, false));
  EXPECT_EQ(now(), Now::Waits) << "the next edit lets it enforce";
}

TEST_F(RemovalsTest, ALongerSuspensionOfTheScopeStays) {
  begin(state(off(), false));
  DesiredState after = state({}, false);
  const WallTime until = clock_.wall_now() + std::chrono::hours(1);
  after.scopes[0].declares.suspend = Suspension{.until = until};
  edit(after);
  ASSERT_TRUE(it_->suspend);
  EXPECT_EQ(it_->suspend->until, until);
}

TEST_F(RemovalsTest, ARestartDoesNotShortenIt) {
  begin(state(off(), false));
  edit(state({}, false));
  pass(seconds(12));
  restart();
  begin(state({}, false));
  EXPECT_EQ(now(), Now::Waits);
  pass(seconds(7));
  EXPECT_EQ(now(), Now::Waits);
  pass(seconds(1));
  EXPECT_EQ(now(), Now::Written);
  EXPECT_TRUE(follower().removals().memory().empty());
}

TEST_F(RemovalsTest, TheThreadEndsItInTime) {
  begin(state(off(), false));
  edit(state({}, false));
  ASSERT_EQ(now(), Now::Waits);
  std::promise<SteadyTime> written;
  on_declared_ = [&, once = false]() mutable {
    if (it_ && !it_->suspend && !std::exchange(once, true)) written.set_value(clock_.steady_now());
  };
  auto when = written.get_future();
  const SteadyTime begun = clock_.steady_now();
  std::jthread thread([this](const std::stop_token& stop) { follower().run(stop); });
  EXPECT_TRUE(eventually("the scope applies", when));
  thread.request_stop();
  thread.join();
  EXPECT_EQ(when.get() - begun, kRemovalRest) << "no listing is due by then";
}

}  // namespace
}  // namespace defenderd
