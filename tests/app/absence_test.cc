// An entry that leaves and comes back: what was reported of it, and what its writes left open, is
// known as after a restart.

#include <algorithm>
#include <memory>

#include "app/restartable_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using Deaf = FakePlanStore::Deaf;

const std::string kEvidence(kPromptEvidence);

class Life final : public RestartableFleet {
 public:
  Life() { store_.put(id_, standard_plan({{kEvidence, false}})); }
  void declare_it(std::vector<DesiredExtension> extensions = {evidence(true)}, bool plan = true) {
    declare_only({declared(1, plan, std::move(extensions)), declared(2, false)});
    work_on();
  }
  void leave(Duration time = 1s) {
    declare_only({declared(2, false)});
    work_on();
    pass(time);
  }
  [[nodiscard]] std::unique_ptr<Life> restarted() {
    auto next = std::make_unique<Life>();
    next->clock_.advance_to(clock_.steady_now());
    next->store_.put(id_, store_.get(id_));
    next->restore(saved());
    return next;
  }
  [[nodiscard]] FakePlanStore& store() { return store_; }
  [[nodiscard]] Controller& controller() { return controller_; }
  [[nodiscard]] Duration passed() const { return clock_.steady_now() - SteadyTime(); }
  [[nodiscard]] const StatusRow& it() const { return *row(1); }
  [[nodiscard]] int writes() const { return store_.writes(); }
  [[nodiscard]] std::vector<std::string> applied() const {
    std::vector<std::string> messages;
    for (const JournalLine& line : journaled_)
      if (line.result == "applied") messages.push_back(line.message);
    return messages;
  }

 private:
  const SubscriptionId id_ = subscription_id(1);
};

// A GET never says that it failed, so nothing else would bring that back.
TEST(Absence, AnExtensionThatFailedIsNotTrusted) {
  for (const bool restart_away : {false, true}) {
    Life life;
    life.store().fail_extension(subscription_id(1), kEvidence, "no role");
    life.declare_it();
    ASSERT_EQ(life.it().reason, Reason::ExtensionFailed);
    const WallTime since = life.it().state_since;
    life.pass(1min);
    life.leave();
    life.declare_only({declared(1, true, {evidence(true)})});  // too short to be read
    life.leave();
    std::unique_ptr<Life> after;
    Life* now = &life;
    if (restart_away) {
      after = life.restarted();
      after->store().fail_extension(subscription_id(1), kEvidence, "no role");
      after->leave(10min);  // a sweep ends without it
      now = after.get();
    }
    now->declare_it();
    EXPECT_EQ(now->it().state, State::Failing);
    EXPECT_EQ(now->it().reason, Reason::ExtensionFailed);
    EXPECT_EQ(now->it().state_since, since);
    auto later = now->restarted();
    later->declare_it();
    EXPECT_EQ(later->it().last_change.has_value(), true) << "it writes it again, and works";
    EXPECT_EQ(later->it().state, State::InSync);
  }
}

TEST(Absence, AFailureThatNoLongerConcernsItIsForgotten) {
  struct {
    const char* what;
    std::vector<DesiredExtension> extensions;
    bool plan;
  } const cases[] = {{"another extension", {{"AIModelScanner", true}}, true},
                     {"no extension", {}, true},
                     {"the plan off", {}, false}};
  for (const auto& one : cases) {
    Life life;
    life.store().fail_extension(subscription_id(1), kEvidence, "no role");
    life.declare_it();
    life.leave();
    life.declare_it(one.extensions, one.plan);
    EXPECT_EQ(life.it().state, State::InSync) << one.what;
    EXPECT_TRUE(life.it().differences->unproven.empty()) << one.what;
  }
}

TEST(Absence, WhatIsNotShownYetIsReadBeforeItIsWrittenAgain) {
  Life life;
  life.store().ignore_writes(subscription_id(1), Deaf::AnswersAsAsked);
  life.declare_it();
  ASSERT_EQ(life.writes(), 1);
  life.pass(10s);
  life.leave(17s);
  life.declare_it();
  EXPECT_EQ(life.writes(), 1);
  EXPECT_THAT(std::string(*life.it().message), testing::HasSubstr("ARM accepted the change at "));
  for (int i = 0; i < 90; ++i) life.pass(1s);
  EXPECT_EQ(life.writes(), 1);
  for (int i = 0; i < 600 && life.writes() == 1; ++i) life.pass(1s);
  EXPECT_EQ(life.writes(), 2);
}

TEST(Absence, AWriteWithoutAnswerThatTookEffectIsRecorded) {
  for (const bool restart_away : {false, true}) {
    Life life;
    Failure lost = failure(Reason::Timeout, NextTry::Soon);
    lost.maybe_applied = true;
    life.store().fail_next_write(subscription_id(1), lost);
    life.declare_it();
    ASSERT_EQ(life.it().state, State::Failing);
    life.leave();
    auto after = restart_away ? life.restarted() : nullptr;
    Life& now = after ? *after : life;
    now.store().put(subscription_id(1), standard_plan({{kEvidence, true}}));
    now.declare_it();
    EXPECT_EQ(now.it().state, State::InSync);
    ASSERT_EQ(now.applied().size(), 1U);
    EXPECT_THAT(now.applied()[0], testing::HasSubstr("did not say that ARM applied it"));
  }
}

TEST(Absence, WhatAWriteLeavesOpenThatEndsMeanwhileIsKnown) {
  Life life;
  life.store().fail_extension(subscription_id(1), kEvidence, "no role");
  life.store().on_write([&] { life.declare_only({declared(2, false)}); });
  life.declare_it();
  life.store().on_write({});
  auto after = life.restarted();
  for (Life* const each : {&life, after.get()}) {
    each->store().fail_extension(subscription_id(1), kEvidence, "no role");
    each->declare_it();
    EXPECT_EQ(each->it().reason, Reason::ExtensionFailed);
  }
}

TEST(Absence, OfOneThatIsInSyncTheLastChangeIsKnown) {
  Life life;
  life.declare_it();
  const StatusRow before = life.it();
  ASSERT_TRUE(before.last_change);
  life.pass(1h);
  life.leave(2h);
  life.declare_it();
  EXPECT_EQ(life.it().state, State::InSync);
  EXPECT_EQ(life.it().state_since, before.state_since);
  EXPECT_EQ(life.it().last_change, before.last_change);
}

TEST(Absence, IsForgottenAfterADay) {
  for (const bool restart_away : {false, true}) {
    Life life;
    life.store().fail_extension(subscription_id(1), kEvidence, "no role");
    life.declare_it();
    life.leave(23h);
    auto after = restart_away ? life.restarted() : nullptr;
    Life& now = after ? *after : life;
    now.leave(1h);
    now.declare_it();
    EXPECT_EQ(now.it().state, State::InSync);
    EXPECT_FALSE(now.it().last_change);
  }
}

}  // namespace
}  // namespace defenderd
