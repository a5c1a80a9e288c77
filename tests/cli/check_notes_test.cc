#include "cli/check_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/fake_clock.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

DesiredState state_of(const std::vector<DesiredSubscription>& subscriptions) {
  return {{subscriptions.begin(), subscriptions.end()}, "1111"};
}

DesiredSubscription suspended(unsigned n, WallTime until) {
  DesiredSubscription one = declared(n, true);
  one.name = "chat-" + std::to_string(n);
  one.source = "desired.yaml:" + std::to_string(n);
  one.suspend = Suspension{until};
  return one;
}

TEST(CheckNotes, NameSuspensionsThatEnd) {
  const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);
  DesiredState desired = state_of({suspended(1, now - 1h), suspended(2, now + 24h),
                                   suspended(3, now + 25h), declared(4, true)});
  Scope scope;
  scope.name = "prod";
  scope.declares.source = "desired.yaml:9";
  scope.declares.suspend = Suspension{now};
  desired.scopes = {scope};
  EXPECT_THAT(suspension_notes(desired, now),
              ElementsAre("desired.yaml:1: the suspension of chat-1 expired at "
                          "2026-11-25T23:00:00.000Z; remove it, or set a later time",
                          "desired.yaml:2: the suspension of chat-2 expires at "
                          "2026-11-27T00:00:00.000Z, within a day",
                          "desired.yaml:9: the suspension of the scope prod expired at "
                          "2026-11-26T00:00:00.000Z; remove it, or set a later time"));
  EXPECT_THAT(suspension_notes(state_of({declared(1, true)}), now), IsEmpty());
}

TEST(CheckNotes, SayWhatThePlanCosts) {
  EXPECT_EQ(cost_note(state_of({declared(1, false)})), "");
  EXPECT_THAT(cost_note(state_of({declared(1, false), declared(2, true)})),
              testing::StartsWith("the plan is on for 1 subscription; it is billed by the tokens"));
}

}  // namespace
}  // namespace defenderd
