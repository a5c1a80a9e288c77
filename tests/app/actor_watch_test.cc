#include "app/actor_watch.h"

#include "app/wired_fleet.h"

namespace defenderd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ActorWatchTest : public WiredFleet {
 protected:
  static constexpr const char* kByUser = R"(drift_attributed_total{actor="user"})";
  static constexpr const char* kByNobody = R"(drift_attributed_total{actor="none"})";

  // As declared, and observed.
  void start(const std::vector<DesiredSubscription>& fleet) {
    for (const DesiredSubscription& one : fleet)
      store_.put(one.id, one.plan ? standard_plan() : free_plan());
    declare(fleet);
    journaled_.clear();
    logged_.clear();
  }
  // Somebody writes it now; a minute later it is seen.
  void drift(unsigned n, const std::string& upn) {
    clock_.advance(minutes(1));
    store_.put(subscription_id(n), free_plan());
    if (!upn.empty()) {
      ActivityEvent event;
      event.at = clock_.wall_now();
      event.operation = "Microsoft.Security/pricings/write";
      event.resource_id = "/subscriptions/" + guid(n) + "/providers/Microsoft.Security/pricings/AI";
      event.phase = "EndRequest";
      event.status = "Succeeded";
      event.correlation_id = guid(900 + n);
      event.upn = event.caller = upn;
      event.app_id = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
      activity_.all.push_back(event);
    }
    clock_.advance(minutes(1));
    controller_.reconcile_now(subscription_id(n));
    work();
  }
  void ask(Duration time = seconds(0)) {
    const SteadyTime end = clock_.steady_now() + time;
    while (attributor_.next_query() <= end) {
      clock_.advance_to(attributor_.next_query());
      attributor_.step({});
    }
  }
  [[nodiscard]] std::vector<JournalLine> attributed() const {
    std::vector<JournalLine> lines;
    for (const JournalLine& line : journaled_)
      if (line.result == "attributed") lines.push_back(line);
    return lines;
  }
};

TEST_F(ActorWatchTest, ANewDriftHasItsActorEverywhere) {
  start({declared(1, true)});
  drift(1, "alice@contoso.com");
  ask();
  const std::string message =
      "plan changed by alice@contoso.com, Azure portal, at 2026-01-01T00:01:00.000Z; not as "
      "declared until 2026-01-01T00:02:00.000Z, 1m";
  ASSERT_THAT(attributed(), SizeIs(1));
  const JournalLine line = attributed()[0];
  EXPECT_EQ(line.message, message);
  EXPECT_EQ(line.subscription_id, guid(1));
  EXPECT_EQ(line.field, "plan");
  EXPECT_EQ(line.actor_kind, "user");
  EXPECT_EQ(line.actor, "alice@contoso.com");
  EXPECT_EQ(line.client, "Azure portal");
  EXPECT_EQ(line.happened, "2026-01-01T00:01:00.000Z");
  EXPECT_EQ(line.since, "2026-01-01T00:02:00.000Z");
  EXPECT_EQ(line.correlation_id, guid(901));
  EXPECT_THAT(logged_, Contains(AllOf(HasSubstr("attributed"), HasSubstr(message))));
  EXPECT_EQ(metric(kByUser), "1");
  ASSERT_TRUE(row(1)->differences->attribution);
  EXPECT_EQ(row(1)->differences->attribution->actor.name, "alice@contoso.com");
}

TEST_F(ActorWatchTest, OfSeveralWritersNoneIsAccused) {
  start({declared(1, true)});
  drift(1, "alice@contoso.com");
  activity_.all.push_back(activity_.all.back());
  activity_.all.back().at += seconds(1);
  activity_.all.back().upn = "bob@contoso.com";
  ask();
  ASSERT_THAT(attributed(), SizeIs(1));
  EXPECT_EQ(attributed()[0].actor_kind, "several");
  EXPECT_EQ(attributed()[0].actor, "alice@contoso.com or bob@contoso.com");
  EXPECT_THAT(attributed()[0].actors, testing::ElementsAre("alice@contoso.com", "bob@contoso.com"));
  EXPECT_EQ(attributed()[0].happened, "");
  EXPECT_THAT(attributed()[0].message,
              HasSubstr("plan changed by one of: alice@contoso.com, Azure portal "
                        "(2026-01-01T00:01:00.000Z), bob@contoso.com, Azure portal "
                        "(2026-01-01T00:01:01.000Z); not as declared until"));
  EXPECT_EQ(metric(R"(drift_attributed_total{actor="several"})"), "1");
}

TEST_F(ActorWatchTest, ALateEventIsNotReplacedByAnEarlierOne) {
  start({declared(1, true)});
  drift(1, "alice@contoso.com");
  ask();
  drift(1, "bob@contoso.com");
  const ActivityEvent late = activity_.all.back();
  activity_.all.pop_back();
  ask(minutes(3));
  EXPECT_THAT(attributed(), SizeIs(1)) << "the log has only what alice did before";
  activity_.all.push_back(late);
  activity_.all.back().correlation_id = guid(950);
  ask(minutes(20));
  ASSERT_THAT(attributed(), SizeIs(2));
  EXPECT_EQ(attributed()[1].actor, "bob@contoso.com");
}

TEST_F(ActorWatchTest, AContestedFieldNamesItsLastWriter) {
  start({declared(1, true)});
  for (int i = 0; i < 4; ++i) {
    drift(1, "alice@contoso.com");
    activity_.all.back().correlation_id = guid(960U + static_cast<unsigned>(i));
    ask();
  }
  EXPECT_EQ(row(1)->state, State::Contested);
  EXPECT_THAT(*row(1)->message,
              HasSubstr("something else writes it, last alice@contoso.com, Azure portal, at "
                        "2026-01-01T00:05:00.000Z. Exempt"));
}

TEST_F(ActorWatchTest, ADriftThatLastsHasItsActorBesideIt) {
  DesiredSubscription observed = declared(1, true);
  observed.mode = Mode::Observe;
  start({observed});
  drift(1, "alice@contoso.com");
  ask();
  ASSERT_THAT(row(1)->differences->drift, SizeIs(1));
  const Actor* const actor = row(1)->differences->actor_of(row(1)->differences->drift[0]);
  ASSERT_NE(actor, nullptr);
  EXPECT_EQ(actor->name, "alice@contoso.com");
  ASSERT_THAT(attributed(), SizeIs(1));
  EXPECT_EQ(attributed()[0].message,
            "plan changed by alice@contoso.com, Azure portal, at 2026-01-01T00:01:00.000Z");
}

TEST_F(ActorWatchTest, OnlyNewDriftIsAskedAbout) {
  DesiredSubscription observed = declared(1, true);
  observed.mode = Mode::Observe;
  store_.put(subscription_id(1), free_plan());
  declare({observed});
  ask();
  EXPECT_THAT(activity_.queries, IsEmpty()) << "it was never as declared";

  clock_.advance(minutes(10));
  work();
  ask();
  EXPECT_THAT(activity_.queries, IsEmpty()) << "nothing is new";
}

TEST_F(ActorWatchTest, AnEditIsNobodysDrift) {
  start({declared(1, false)});
  clock_.advance(minutes(1));
  declare({declared(1, true)}, "2222");
  ask();
  EXPECT_THAT(store_.get(subscription_id(1)).tier, Tier::Standard);
  EXPECT_THAT(activity_.queries, IsEmpty());
}

TEST_F(ActorWatchTest, AFleetInSyncAsksNothing) {
  start(all_declared(20, true));
  for (int i = 0; i < 24; ++i) {
    clock_.advance(minutes(5));
    work();
    ask();
  }
  EXPECT_THAT(activity_.queries, IsEmpty());
}

TEST_F(ActorWatchTest, WhereNobodyIsNamedItIsSaidWhy) {
  start({declared(1, true)});
  drift(1, "");
  ask(minutes(21));
  ASSERT_THAT(attributed(), SizeIs(1));
  EXPECT_EQ(attributed()[0].actor_kind, "none");
  EXPECT_THAT(attributed()[0].message, HasSubstr("plan: no write in the activity log between"));
  EXPECT_EQ(metric(kByNobody), "1");
}

TEST_F(ActorWatchTest, ManyByOneActorAreOneLineWithTheirNumber) {
  start(all_declared(30, true));
  for (unsigned n = 1; n <= 30; ++n) drift(n, "alice@contoso.com");
  ask(minutes(2));
  EXPECT_THAT(attributed(), SizeIs(30));
  EXPECT_EQ(metric(kByUser), "30");
  std::vector<std::string> lines;
  for (const std::string& line : logged_)
    if (line.find("\"attributed\"") != std::string::npos) lines.push_back(line);
  ASSERT_THAT(lines, SizeIs(kLinesPerActor + 1));
  EXPECT_THAT(lines.back(),
              HasSubstr("alice@contoso.com changed 30 subscriptions; the journal names them"));
}

TEST_F(ActorWatchTest, ALogThatMayNotBeReadIsReportedOnce) {
  start({declared(1, true), declared(2, true)});
  activity_.failure = failure(Reason::Forbidden, NextTry::Slow, "grant the action");
  drift(1, "");
  drift(2, "");
  ask(minutes(1));
  EXPECT_THAT(activity_.queries, SizeIs(1));
  EXPECT_THAT(logged_, Contains(AllOf(HasSubstr("activity_log"), HasSubstr("grant the action"))));
}

TEST_F(ActorWatchTest, ItsCorrectionIsTimed) {
  start({declared(1, true)});
  drift(1, "");
  EXPECT_EQ(metric(R"(drift_correction_duration_seconds_count{field="plan"})"), "1");
  ASSERT_THAT(journaled_, SizeIs(1));
  EXPECT_EQ(journaled_[0].since, "2026-01-01T00:02:00.000Z");
}

TEST_F(ActorWatchTest, WithheldDriftThatOthersCorrectHasEnded) {
  DesiredSubscription observed = declared(1, true);
  observed.mode = Mode::Observe;
  start({observed});
  drift(1, "");
  store_.put(subscription_id(1), standard_plan());
  clock_.advance(minutes(10));
  work();
  ASSERT_THAT(journaled_, SizeIs(2));
  EXPECT_EQ(journaled_[0].result, "withheld");
  EXPECT_EQ(journaled_[1].result, "ended");
  EXPECT_EQ(journaled_[1].field, "plan");
}

}  // namespace
}  // namespace defenderd
