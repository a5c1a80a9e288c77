#include "app/poll_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fleets.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const TenantId kOther = *TenantId::parse("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");

Settings by_graph() {
  Settings settings;
  settings.poll.strategy = PollStrategy::ResourceGraph;
  return settings;
}

TEST(PollSchedule, TheFullIntervalIsForBulkObservation) {
  Settings settings;
  EXPECT_EQ(schedule_of(settings.poll).full_interval, std::nullopt);
  EXPECT_EQ(bulk_interval(settings.poll), std::nullopt);
  settings = by_graph();
  EXPECT_EQ(schedule_of(settings.poll).full_interval, Duration(1h));
  EXPECT_EQ(bulk_interval(settings.poll), Duration(5min));
}

TEST(BudgetWarning, NothingWhereItSuffices) {
  EXPECT_EQ(budget_warning({}, declarations(all_declared(6000, true))), "");
  EXPECT_EQ(budget_warning(by_graph(), declarations(all_declared(60'000, true))), "");
}

TEST(BudgetWarning, SaysHowLongASweepTakesAndWhatToDo) {
  EXPECT_EQ(budget_warning({}, declarations(all_declared(10'000, true))),
            "the subscriptions of one tenant need 34 reads a second, more than "
            "azure.budget.readsPerSecond: a sweep takes about 8m20s instead of 5m "
            "(poll.interval); raise one of the two, or set poll.strategy: resourceGraph");
  EXPECT_THAT(budget_warning(by_graph(), declarations(all_declared(100'000, true))),
              AllOf(HasSubstr("need 29 reads a second"), Not(HasSubstr("poll.strategy"))));
}

TEST(BudgetWarning, EachTenantHasABudgetOfItsOwn) {
  auto subscriptions = all_declared(10'000, true);
  for (std::size_t i = 0; i < 5000; ++i) subscriptions[i].tenant = kOther;
  EXPECT_EQ(budget_warning({}, declarations(subscriptions)), "");
}

TEST(BudgetWarning, AnIntervalOfItsOwnCounts) {
  auto subscriptions = all_declared(700, true);
  for (DesiredSubscription& one : subscriptions) one.interval = 30s;
  EXPECT_THAT(budget_warning(by_graph(), declarations(subscriptions)),
              HasSubstr("need 24 reads a second"));
}

}  // namespace
}  // namespace defenderd
