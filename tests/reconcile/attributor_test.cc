#include "reconcile/attributor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "support/builders.h"
#include "support/fake_activity_log.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class AttributorTest : public testing::Test {
 protected:
  struct Answer {
    SubscriptionId id;
    Actor actor;
    WallTime seen_at;
  };

  // A drift of the n-th subscription that is seen now, and was not there a minute ago.
  ActorQuestion question(unsigned n) {
    ActorQuestion result{subscription_id(n)};
    result.fields = {Field::plan(kDeclaredPlan)};
    result.seen_at = clock_.wall_now();
    result.as_declared_at = result.seen_at - minutes(1);
    return result;
  }
  void write_by(unsigned n, const std::string& upn, WallTime at) {
    ActivityEvent event;
    event.at = at;
    event.operation = "Microsoft.Security/pricings/write";
    event.resource_id = "/subscriptions/" + guid(n) + "/providers/Microsoft.Security/pricings/AI";
    event.phase = "EndRequest";
    event.status = "Succeeded";
    event.correlation_id = guid(900 + n);
    (upn.find('@') == std::string::npos ? event.app_id : event.upn) = upn;
    log_.all.push_back(event);
  }
  // Everything that is due for so long.
  void pass(Duration time) {
    const SteadyTime end = clock_.steady_now() + time;
    while (attributor_.next_query() <= end) {
      clock_.advance_to(attributor_.next_query());
      attributor_.step({});
    }
    clock_.advance_to(end);
  }

  FakeClock clock_;
  FakeActivityLog log_;
  std::vector<Answer> answers_;
  std::vector<std::string> news_;
  std::vector<std::size_t> idle_;
  std::vector<std::string> threw_;
  std::function<bool(SubscriptionId)> is_declared_ = [](SubscriptionId) { return true; };
  Attributor::Listener listener() {
    Attributor::Listener listener;
    listener.is_declared = [this](SubscriptionId id) { return is_declared_(id); };
    listener.answered = [this](const ActorQuestion& question, const Actor& actor) {
      answers_.push_back({question.subscription, actor, question.seen_at});
    };
    listener.denied = [this](const auto&, const Failure& failure) {
      news_.push_back(failure.message);
    };
    listener.permitted = [this](const auto&) { news_.emplace_back("permitted"); };
    listener.idle = [this](std::size_t dropped) { idle_.push_back(dropped); };
    listener.threw = [this](std::string_view doing, std::string_view what) {
      threw_.push_back(std::string(doing) + ": " + std::string(what));
    };
    return listener;
  }
  Attributor attributor_{log_, clock_, {}, listener()};
};

TEST_F(AttributorTest, NamesThePersonAtOnceIfTheLogDoes) {
  write_by(1, "alice@contoso.com", clock_.wall_now() - seconds(30));
  attributor_.ask(question(1));
  pass(seconds(1));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].actor.name, "alice@contoso.com");
  EXPECT_THAT(log_.queries, SizeIs(1));
  EXPECT_THAT(idle_, ElementsAre(0U));
  pass(hours(1));
  EXPECT_THAT(log_.queries, SizeIs(1)) << "nothing is open";
}

TEST_F(AttributorTest, AsksAgainWhileTheLogLags) {
  const ActorQuestion asked = question(1);
  attributor_.ask(asked);
  pass(minutes(9));
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_THAT(log_.queries, SizeIs(3)) << "at once, after 2 and after 5 minutes";
  write_by(1, "alice@contoso.com", asked.seen_at - seconds(30));
  pass(minutes(2));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].actor.kind, ActorKind::User);
  EXPECT_THAT(log_.queries, SizeIs(4));
}

TEST_F(AttributorTest, WithoutAnEventItWasTheService) {
  attributor_.ask(question(1));
  pass(minutes(19));
  EXPECT_THAT(answers_, IsEmpty());
  pass(minutes(2));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].actor.kind, ActorKind::None);
  EXPECT_THAT(answers_[0].actor.message, HasSubstr("the service itself changed it"));
  EXPECT_THAT(log_.queries, SizeIs(5));
}

TEST_F(AttributorTest, AFailureIsNotTheService) {
  log_.failure = failure(Reason::ServerError, NextTry::Soon, "it is down");
  attributor_.ask(question(1));
  pass(minutes(21));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].actor.message,
            "not found in the activity log after 20 minutes: it is down");
}

TEST_F(AttributorTest, AnExceptionIsAFailure) {
  log_.on_query = [](const ActivityQuery&) { throw std::runtime_error("boom"); };
  attributor_.ask(question(1));
  pass(minutes(21));
  EXPECT_THAT(answers_, SizeIs(1));
  EXPECT_THAT(threw_, SizeIs(5));
}

TEST_F(AttributorTest, AQuestionThatThrowsStarvesNoOther) {
  is_declared_ = [](SubscriptionId id) -> bool {
    if (id == subscription_id(2)) throw std::runtime_error("boom");
    return true;
  };
  write_by(1, "jane@contoso.com", clock_.wall_now());
  attributor_.ask(question(1));
  clock_.advance(seconds(1));
  attributor_.ask(question(2));
  pass(minutes(21));
  ASSERT_THAT(answers_, SizeIs(2));
  EXPECT_EQ(answers_[0].id, subscription_id(1));
  EXPECT_EQ(answers_[0].actor.name, "jane@contoso.com");
  EXPECT_THAT(answers_[1].actor.message, HasSubstr("boom"));
  EXPECT_THAT(threw_, SizeIs(5));
}

TEST_F(AttributorTest, APolicyIsFoundByItsDeployment) {
  write_by(1, "11111111-0000-4000-8000-0000000000aa", clock_.wall_now() - seconds(30));
  ActivityEvent deployment = log_.all.front();
  deployment.operation = "Microsoft.Resources/deployments/write";
  deployment.resource_id =
      "/subscriptions/" + guid(1) + "/providers/Microsoft.Resources/deployments/PolicyDeployment_7";
  log_.all.push_back(deployment);
  attributor_.ask(question(1));
  pass(seconds(5));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].actor.kind, ActorKind::Policy);
  EXPECT_THAT(answers_[0].actor.client, HasSubstr("PolicyDeployment_7"));
  ASSERT_THAT(log_.queries, SizeIs(2));
  EXPECT_EQ(log_.queries[1].correlation_id, guid(901));
}

TEST_F(AttributorTest, ALogThatMayNotBeReadIsReportedOnceAndTriedEveryHour) {
  log_.failure = failure(Reason::Forbidden, NextTry::Slow, "grant it");
  attributor_.ask(question(1));
  pass(minutes(30));
  attributor_.ask(question(2));
  pass(minutes(25));
  EXPECT_THAT(news_, ElementsAre("grant it"));
  EXPECT_THAT(log_.queries, SizeIs(1)) << "none while it is denied";
  ASSERT_THAT(answers_, SizeIs(2));
  EXPECT_THAT(answers_[1].actor.message, HasSubstr("may not be read"));
  log_.failure.reset();
  pass(minutes(10));
  attributor_.ask(question(3));
  pass(seconds(1));
  EXPECT_THAT(news_, ElementsAre("grant it", "permitted"));
  EXPECT_THAT(log_.queries, SizeIs(2));
}

TEST_F(AttributorTest, WaitsAsLongAsTheServerAsks) {
  log_.failure = failure(Reason::Throttled, NextTry::ServerWait);
  log_.failure->server_wait = minutes(4);
  attributor_.ask(question(1));
  pass(minutes(3));
  EXPECT_THAT(log_.queries, SizeIs(1));
  pass(minutes(2));
  EXPECT_THAT(log_.queries, SizeIs(2));
}

TEST_F(AttributorTest, OneQueryASecondInEachTenantTheNewestFirst) {
  std::vector<std::pair<SubscriptionId, SteadyTime>> asked;
  log_.on_query = [&](const ActivityQuery& query) {
    asked.emplace_back(query.subscription, clock_.steady_now());
  };
  for (unsigned n = 1; n <= 20; ++n) {
    clock_.advance(std::chrono::milliseconds(1));
    attributor_.ask(question(n));
  }
  pass(seconds(30));
  ASSERT_THAT(asked, SizeIs(20));
  EXPECT_EQ(asked.front().first, subscription_id(20));
  for (std::size_t i = 1; i < asked.size(); ++i)
    EXPECT_GE(asked[i].second - asked[i - 1].second, seconds(1));
}

TEST_F(AttributorTest, AStormCostsABoundedNumberOfQueries) {
  for (unsigned n = 1; n <= 10'000; ++n) {
    clock_.advance(std::chrono::milliseconds(1));
    attributor_.ask(question(n));
  }
  EXPECT_THAT(attributor_.memory(), SizeIs(kMostQuestions));
  pass(hours(3));
  EXPECT_THAT(answers_, SizeIs(kMostQuestions));
  EXPECT_LE(log_.queries.size(), kMostQuestions * kAskedAfter.size());
  EXPECT_THAT(idle_, ElementsAre(10'000U - kMostQuestions));
}

TEST_F(AttributorTest, EachDriftHasItsOwnAnswer) {
  ActorQuestion first = question(1);
  first.own_writes = {"our-correction"};
  attributor_.ask(first);
  clock_.advance(seconds(40));
  ActorQuestion second = question(1);
  second.as_declared_at = second.seen_at - seconds(10);
  attributor_.ask(second);
  second.earlier_writes = {"our-correction"};
  EXPECT_THAT(attributor_.memory(), ElementsAre(first, second));
  // The events come later: the older ones before the others.
  write_by(1, "alice@contoso.com", first.seen_at);
  pass(minutes(3));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].actor.name, "alice@contoso.com");
  EXPECT_EQ(answers_[0].seen_at, first.seen_at);
  ASSERT_THAT(attributor_.memory(), SizeIs(1));
  EXPECT_THAT(attributor_.memory()[0].earlier_writes, ElementsAre("our-correction", guid(901)));
  log_.all.back().correlation_id = guid(901);
  write_by(1, "bob@contoso.com", second.seen_at - seconds(1));
  log_.all.back().correlation_id = guid(902);
  pass(minutes(20));
  ASSERT_THAT(answers_, SizeIs(2));
  EXPECT_EQ(answers_[1].actor.name, "bob@contoso.com");
  EXPECT_EQ(answers_[1].seen_at, second.seen_at);
}

TEST_F(AttributorTest, AnEarlierWriteIsNotBlamedForALaterDrift) {
  const ActorQuestion first = question(1);
  write_by(1, "alice@contoso.com", first.seen_at - seconds(1));
  attributor_.ask(first);
  pass(seconds(2));
  ASSERT_THAT(answers_, SizeIs(1));
  clock_.advance(seconds(40));
  ActorQuestion second = question(1);
  second.as_declared_at = second.seen_at - seconds(10);
  second.earlier_writes = {answers_[0].actor.correlation_id};
  attributor_.ask(second);
  pass(minutes(21));
  ASSERT_THAT(answers_, SizeIs(2));
  EXPECT_EQ(answers_[1].actor.kind, ActorKind::None) << answers_[1].actor.name;
}

TEST_F(AttributorTest, OfSeveralWritersAllAreNamed) {
  const ActorQuestion asked = question(1);
  write_by(1, "alice@contoso.com", asked.seen_at - seconds(3));
  write_by(1, "bob@contoso.com", asked.seen_at - seconds(2));
  attributor_.ask(asked);
  pass(seconds(2));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].actor.kind, ActorKind::Several);
  EXPECT_THAT(answers_[0].actor.names, ElementsAre("alice@contoso.com", "bob@contoso.com"));
}

TEST_F(AttributorTest, ASubscriptionThatFlapsHasFewOpenQuestions) {
  log_.failure = failure(Reason::ServerError, NextTry::Soon, "it is down");
  attributor_.ask(question(2));
  for (int i = 0; i < 20; ++i) {
    clock_.advance(seconds(1));
    attributor_.ask(question(1));
  }
  EXPECT_THAT(attributor_.memory(), SizeIs(kMostOfOne + 1));
  EXPECT_EQ(attributor_.memory().back().subscription, subscription_id(2));
  EXPECT_EQ(attributor_.memory()[kMostOfOne - 1].seen_at, clock_.wall_now()) << "the newest";
  pass(hours(1));
  EXPECT_THAT(idle_, ElementsAre(20U - kMostOfOne));
}

TEST_F(AttributorTest, WhatIsNoLongerDeclaredIsNotAskedAbout) {
  is_declared_ = [](SubscriptionId) { return false; };
  attributor_.ask(question(1));
  pass(hours(1));
  EXPECT_THAT(log_.queries, IsEmpty());
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_THAT(attributor_.memory(), IsEmpty());
}

TEST_F(AttributorTest, SwitchedOffItAsksNothing) {
  attributor_.ask(question(1));
  attributor_.set_options({.enabled = false});
  attributor_.ask(question(2));
  pass(hours(1));
  EXPECT_THAT(log_.queries, IsEmpty());
}

TEST_F(AttributorTest, AddressesAreAskedForOnlyIfAllowed) {
  attributor_.ask(question(1));
  pass(seconds(1));
  attributor_.set_options({.enabled = true, .with_addresses = true});
  pass(minutes(3));
  ASSERT_THAT(log_.queries, SizeIs(2));
  EXPECT_FALSE(log_.queries[0].with_addresses);
  EXPECT_TRUE(log_.queries[1].with_addresses);
}

TEST_F(AttributorTest, ARestartTakesTheQuestionsUpAgain) {
  attributor_.ask(question(1));
  pass(minutes(3));
  const auto memory = attributor_.memory();
  ASSERT_THAT(memory, SizeIs(1));
  EXPECT_EQ(memory[0].rounds, 2);
  Attributor next(log_, clock_, {}, listener());
  next.recall(memory);
  EXPECT_EQ(next.memory(), memory);
  EXPECT_EQ(next.next_query(), attributor_.next_query());
  EXPECT_GT(attributor_.revision(), 0U);
}

}  // namespace
}  // namespace defenderd
