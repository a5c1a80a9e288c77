#include "app/graph_watch.h"

#include "app/recorded.h"
#include "support/builders.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class GraphWatchTest : public Recorded {
 protected:
  BulkPass complete(std::size_t subscriptions) const {
    return {.at = clock_.wall_now(), .subscriptions = subscriptions};
  }
  BulkPass incomplete(Reason reason, std::size_t unanswered = 4) const {
    BulkPass pass = complete(10);
    pass.unanswered = unanswered;
    pass.failure = failure(reason, NextTry::Soon, std::string(to_text(reason)) + " happened");
    return pass;
  }
  BulkPass distrusted() const {
    BulkPass pass = complete(10);
    pass.unanswered = 10;
    pass.distrusted = true;
    return pass;
  }

  GraphWatch watch_{metrics_, log_, true};
  BulkSweeper::Listener listener_ = watch_.listener();
};

TEST_F(GraphWatchTest, ThereIsNoStatusWhereBulkObservationIsNotInUse) {
  ASSERT_TRUE(watch_.status());
  EXPECT_EQ(watch_.status()->last_pass, std::nullopt);
  watch_.set_in_use(false);
  EXPECT_FALSE(watch_.status());
}

TEST_F(GraphWatchTest, ShowsTheLastPass) {
  listener_.passed(incomplete(Reason::Timeout));
  clock_.advance(std::chrono::minutes(5));
  listener_.passed(incomplete(Reason::Timeout, 3));
  const auto status = watch_.status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->last_pass, clock_.wall_now());
  EXPECT_EQ(status->subscriptions, 10U);
  EXPECT_EQ(status->unanswered, 3U);
  EXPECT_EQ(status->message, "Timeout happened; 3 of 10 subscriptions are read directly meanwhile");
  EXPECT_EQ(metric("graph_unanswered_subscriptions"), "3");
}

TEST_F(GraphWatchTest, LogsTheStartTheCauseAndTheEndOfAnOutageOnce) {
  listener_.passed(complete(10));
  EXPECT_THAT(logged_, IsEmpty());
  listener_.passed(incomplete(Reason::Timeout));
  listener_.passed(incomplete(Reason::Timeout, 5));
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("Timeout happened; 4 of 10")));
  listener_.passed(incomplete(Reason::Forbidden));
  listener_.passed(distrusted());
  listener_.passed(distrusted());
  listener_.passed(complete(10));
  listener_.passed(complete(10));
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("graph_unavailable"), HasSubstr("Forbidden happened"),
                                   HasSubstr("not queried for a while"),
                                   AllOf(HasSubstr("graph_available"), HasSubstr("all 10"))));
}

TEST_F(GraphWatchTest, TheFirstPassMayBeTheOneThatFails) {
  listener_.passed(incomplete(Reason::Timeout));
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("graph_unavailable")));
}

TEST_F(GraphWatchTest, ForgetsTheLastPassWhenItIsSwitchedOff) {
  listener_.passed(incomplete(Reason::Timeout));
  listener_.switched_off();
  EXPECT_EQ(watch_.status()->last_pass, std::nullopt);
  EXPECT_EQ(watch_.status()->message, "");
  EXPECT_EQ(metric("graph_unanswered_subscriptions"), "0");
}

TEST_F(GraphWatchTest, CountsQueriesByTheirResult) {
  listener_.queried(true);
  listener_.queried(true);
  listener_.queried(false);
  EXPECT_EQ(metric(R"(graph_queries_total{result="success"})"), "2");
  EXPECT_EQ(metric(R"(graph_queries_total{result="failure"})"), "1");
}

TEST_F(GraphWatchTest, CountsEveryContradictionAndLogsTheFirstOfASubscription) {
  Outcome outcome;
  outcome.desired = declared(1, true);
  outcome.changes = {{{Field::plan(kDeclaredPlan), true, "off"}},
                     {{Field::extension(kDeclaredPlan, "AINew"), true, "off"}}};
  watch_.disagreed(outcome, {.first = true});
  watch_.disagreed(outcome, {.first = false});
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("drift (plan, AINew)")));
  watch_.disagreed(outcome, {.first = false, .distrusted_for = std::chrono::hours(1)});
  EXPECT_THAT(logged_.back(), HasSubstr("read directly for the next 1h"));
  EXPECT_EQ(logged_.size(), 2U);
  EXPECT_EQ(metric("graph_disagreements_total"), "3");
}

}  // namespace
}  // namespace defenderd
