// What is still open at a restart: changes that no read has shown, and troubles that were reported
// and end while nobody looks.

#include <algorithm>
#include <memory>

#include "app/restartable_fleet.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using Deaf = FakePlanStore::Deaf;

// One enforced subscription that should have evidence on, and an observed one.
class Life final : public RestartableFleet {
 public:
  explicit Life(Deaf deaf = Deaf::No) {
    DesiredSubscription observed = declared(2, true, {evidence(true)});
    observed.mode = Mode::Observe;
    wishes_ = {declared(1, true, {evidence(true)}), observed};
    store_.ignore_writes(id_, deaf);
    show(1, false);
    show(2, true);
  }
  void start() {
    declare_only(wishes_);
    work_on();
  }
  // The world does not change, and the clock goes on.
  [[nodiscard]] std::unique_ptr<Life> restarted(Deaf deaf = Deaf::No) {
    auto next = std::make_unique<Life>(deaf);
    next->clock_.advance_to(clock_.steady_now());
    for (const unsigned n : {1U, 2U})
      next->store_.put(subscription_id(n), store_.get(subscription_id(n)));
    next->restore(saved());
    return next;
  }
  void show(unsigned n, bool on) {
    store_.put(subscription_id(n), standard_plan({{std::string(kPromptEvidence), on}}));
  }
  void fail_write(Reason reason, bool maybe_applied) {
    Failure failed = failure(reason, NextTry::Soon);
    failed.maybe_applied = maybe_applied;
    store_.fail_next_write(id_, std::move(failed));
  }
  void fail_reads(unsigned n, std::optional<Failure> failure) {
    store_.fail_reads(subscription_id(n), std::move(failure));
  }
  // By seconds, until `done`; how long it took.
  template <class Done>
  Duration pass_until(Duration longest, const Done& done) {
    Duration passed{0};
    while (passed < longest && !done()) {
      pass(1s);
      passed += 1s;
    }
    return passed;
  }
  [[nodiscard]] int writes() const { return store_.writes(); }
  [[nodiscard]] State state(unsigned n = 1) const { return row(n)->state; }
  [[nodiscard]] std::string message() const { return row(1)->message; }
  [[nodiscard]] std::vector<std::string> applied() const {
    std::vector<std::string> messages;
    for (const JournalLine& line : journaled_)
      if (line.result == "applied") messages.push_back(line.message);
    return messages;
  }
  [[nodiscard]] int lines(const std::string& event) const {
    return static_cast<int>(std::count_if(logged_.begin(), logged_.end(), [&](const auto& line) {
      return line.find(R"("event":")" + event + "\"") != std::string::npos;
    }));
  }

 private:
  const SubscriptionId id_ = subscription_id(1);
  std::vector<DesiredSubscription> wishes_;
};

TEST(RestartUnresolved, WhatIsNotShownYetIsReadBeforeItIsWrittenAgain) {
  for (const Deaf deaf : {Deaf::AnswersAsAsked, Deaf::AnswersAsIs}) {
    for (const int writes : {1, 2, 3, 4}) {
      SCOPED_TRACE(std::to_string(writes) + " writes");
      Life before(deaf);
      before.start();
      before.pass_until(2h, [&] { return before.writes() == writes; });
      ASSERT_EQ(before.writes(), writes);
      before.pass(5s);
      // The pause doubles with each write.
      const Duration pause = 2min * (1 << (writes - 1)) - 5s;
      auto after = before.restarted(deaf);
      after->start();
      EXPECT_THAT(after->message(), testing::HasSubstr("ARM accepted the change at "));
      auto again = after->restarted(deaf);
      again->start();
      for (Life* const life : {after.get(), again.get()}) {
        EXPECT_EQ(life->state(), State::Failing);
        life->pass_until(pause - 2s, [] { return false; });
        EXPECT_EQ(life->writes(), 0);
        life->pass_until(16min, [&] { return life->writes() > 0; });
        EXPECT_EQ(life->writes(), 1);
      }
    }
  }
}

TEST(RestartUnresolved, WhatIsShownAfterTheRestartIsRecordedOnce) {
  Life before(Deaf::AnswersAsAsked);
  before.start();
  EXPECT_TRUE(before.applied().empty());
  auto after = before.restarted();
  after->pass(30s);
  after->show(1, true);
  after->start();
  EXPECT_EQ(after->state(), State::InSync);
  EXPECT_EQ(after->applied().size(), 1U);
  EXPECT_EQ(after->writes(), 0);
  auto again = after->restarted();
  again->start();
  EXPECT_TRUE(again->applied().empty());
}

TEST(RestartUnresolved, WhatShowsUpMuchLaterIsSomebodyElses) {
  Life before(Deaf::AnswersAsAsked);
  before.start();
  auto after = before.restarted();
  after->pass(3min);
  after->show(1, true);
  after->start();
  EXPECT_EQ(after->state(), State::InSync);
  EXPECT_TRUE(after->applied().empty());
}

struct Lost {
  const char* description;
  bool maybe_applied;
  Duration later;
  bool is_ours;
};

TEST(RestartUnresolved, AWriteWithoutAnswerThatTookEffectIsRecorded) {
  const std::vector<Lost> cases = {{"at once", true, 0s, true},
                                   {"after the gateway's minute", true, 90s, true},
                                   {"within a quarter of an hour", true, 14min, true},
                                   {"an hour later", true, 1h, false},
                                   {"it never arrived", false, 10s, false}};
  for (const Lost& each : cases) {
    SCOPED_TRACE(each.description);
    Life before;
    before.fail_write(Reason::Timeout, each.maybe_applied);
    before.start();
    EXPECT_EQ(before.state(), State::Failing);
    auto after = before.restarted();
    after->pass(each.later);
    after->show(1, true);
    after->start();
    EXPECT_EQ(after->state(), State::InSync);
    ASSERT_EQ(after->applied().size(), each.is_ours ? 1U : 0U);
    if (each.is_ours) {
      EXPECT_NE(after->applied()[0].find("did not say that ARM applied it"), std::string::npos);
    }
  }
}

struct Trouble {
  const char* description;
  std::function<void(Life&)> make;
  std::function<void(Life&)> end;
};

std::vector<Trouble> troubles() {
  const auto cannot_read = [](Life& life) {
    life.fail_reads(1, failure(Reason::Forbidden, NextTry::Slow));
  };
  const auto can_read = [](Life& life) {
    life.fail_reads(1, std::nullopt);
    life.show(1, true);
  };
  return {
      {"a read that fails", cannot_read, can_read},
      {"a write that fails", [](Life& life) { life.fail_write(Reason::Forbidden, false); },
       can_read},
      {"a change that is withheld", [](Life& life) { life.show(2, false); },
       [](Life& life) { life.show(2, true); }},
  };
}

TEST(RestartUnresolved, WhatWasReportedAndEndedMeanwhileIsReportedOnce) {
  for (const Trouble& trouble : troubles()) {
    SCOPED_TRACE(trouble.description);
    Life before;
    trouble.make(before);
    before.start();
    const int reported =
        before.lines("failed") + before.lines("change_failed") + before.lines("withheld");
    ASSERT_GE(reported, 1);
    ASSERT_EQ(before.lines("recovered"), 0);
    auto between = before.restarted();  // and stops before it has observed anything
    between->declare_only({});
    auto after = before.restarted();
    trouble.end(*after);
    after->start();
    EXPECT_EQ(after->lines("recovered"), reported);
    after->pass(1h);
    EXPECT_EQ(after->lines("recovered"), reported);
    auto again = after->restarted();
    again->start();
    EXPECT_EQ(again->lines("recovered"), 0);
  }
}

TEST(RestartUnresolved, WhatLastsIsReportedAsEndedLater) {
  for (const Trouble& trouble : troubles()) {
    SCOPED_TRACE(trouble.description);
    Life before;
    trouble.make(before);
    before.start();
    auto after = before.restarted();
    trouble.make(*after);
    after->start();
    EXPECT_EQ(after->lines("recovered"), 0);
    trouble.end(*after);
    after->pass(1h);
    EXPECT_GE(after->lines("recovered"), 1);
    EXPECT_LE(after->lines("recovered"), 2);
  }
}

}  // namespace
}  // namespace defenderd
