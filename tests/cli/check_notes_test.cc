#include "cli/check_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/fake_clock.h"
#include "support/fleets.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> texts(const std::vector<FileWarning>& warnings) {
  std::vector<std::string> result;
  for (const FileWarning& warning : warnings) result.push_back(format(warning));
  return result;
}

DesiredSubscription suspended(unsigned n, WallTime until) {
  DesiredSubscription one = declared(n, true);
  one.name = "chat-" + std::to_string(n);
  one.source = "desired.yaml:" + std::to_string(n);
  one.suspend = Suspension{until};
  return one;
}

TEST(CheckNotes, NameATimeoutThatIsShorterThanThatOfArm) {
  Settings settings;
  EXPECT_THAT(timeout_notes(settings), IsEmpty());
  settings.azure.request_timeout = 75s;
  EXPECT_THAT(timeout_notes(settings), IsEmpty());
  settings.azure.request_timeout = 30s;
  EXPECT_THAT(texts(timeout_notes(settings)),
              ElementsAre(testing::StartsWith("azure.timeouts.request is 30s, but ARM waits up to "
                                              "60s")));
}

TEST(CheckNotes, NameSuspensionsThatEnd) {
  const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);
  DesiredState desired = desired_state({suspended(1, now - 1h), suspended(2, now + 24h),
                                        suspended(3, now + 25h), declared(4, true)});
  Scope scope;
  scope.name = "prod";
  scope.declares.source = "desired.yaml:9";
  scope.declares.suspend = Suspension{now};
  desired.scopes = {scope};
  EXPECT_THAT(texts(suspension_notes(desired, now)),
              ElementsAre("desired.yaml:1: the suspension of chat-1 expired at "
                          "2026-11-25T23:00:00.000Z; remove it, or set a later time",
                          "desired.yaml:2: the suspension of chat-2 expires at "
                          "2026-11-27T00:00:00.000Z, within a day",
                          "desired.yaml:9: the suspension of the scope prod expired at "
                          "2026-11-26T00:00:00.000Z; remove it, or set a later time"));
  EXPECT_THAT(suspension_notes(desired_state({declared(1, true)}), now), IsEmpty());
}

TEST(CheckNotes, NameAcceptedFindingsThatEnd) {
  const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);
  const auto accepting = [&](unsigned n, const std::string& source, Duration left) {
    DesiredSubscription one = declared(n, true);
    one.source = source;
    one.accepted =
        std::vector{AcceptedFinding{FindingKind::ContentFilterOptedOut, "", "red team", now + left},
                    AcceptedFinding{FindingKind::AccountSwitchedOff, "", "lab", now + 48h}};
    return one;
  };
  DesiredState desired =
      desired_state({accepting(1, "a.yaml:7", -1h), accepting(2, "a.yaml:9", -1h),
                     accepting(3, "b.yaml:7", -1h), accepting(4, "b.yaml:9", 24h)});
  Scope scope;
  scope.declares = accepting(5, "b.yaml:20", -1h);
  desired.scopes = {scope};
  EXPECT_THAT(
      texts(acceptance_notes(desired, now)),
      ElementsAre(
          "a.yaml:7: the acceptance of ContentFilterOptedOut for sub-1 and 1 more expired at "
          "2026-11-25T23:00:00.000Z; remove it, or set a later time",
          "b.yaml:7: the acceptance of ContentFilterOptedOut for sub-3 and 1 more expired at "
          "2026-11-25T23:00:00.000Z; remove it, or set a later time",
          "b.yaml:9: the acceptance of ContentFilterOptedOut for sub-4 expires at "
          "2026-11-27T00:00:00.000Z, within a day"));
}

TEST(CheckNotes, NameScopesThatCoverNothing) {
  Scope broad;
  broad.name = "all";
  broad.management_group = "mg";
  broad.declares.source = "a.yaml:3";
  Scope same = broad;
  same.name = "";
  same.tags = {{"env", "prod"}};
  same.declares.source = "a.yaml:4";
  Scope other = same;
  other.name = "other";
  other.declares.plan = true;
  other.declares.source = "b.yaml:5";
  Scope odd;
  odd.name = "odd";
  odd.tags = {{"cost/center", "7"}};
  odd.declares.source = "b.yaml:6";
  DesiredState desired = desired_state({});
  desired.scopes = {broad, same};
  EXPECT_THAT(texts(scope_notes(desired)),
              ElementsAre("a.yaml:4: this scope (managementGroup mg, tags env=prod) has no effect: "
                          "scope all a.yaml:3 (managementGroup mg) covers the same subscriptions, "
                          "comes first, and declares the same; remove one of them"));
  desired.scopes = {broad, other, odd};
  EXPECT_THAT(
      texts(scope_notes(desired)),
      ElementsAre("b.yaml:6: the scope odd (tags cost/center=7) can match nothing: Azure allows no "
                  "tag whose name contains /, such as cost/center",
                  "b.yaml:5: the scope other (managementGroup mg, tags env=prod) can cover "
                  "nothing: scope all a.yaml:3 (managementGroup mg) covers the same subscriptions "
                  "and disagrees about plan, so they are left as they are; make the scopes agree, "
                  "or let them select different subscriptions"));
}

TEST(CheckNotes, SayWhatThePlanCosts) {
  EXPECT_EQ(cost_note(desired_state({declared(1, false)})), "");
  EXPECT_THAT(cost_note(desired_state({declared(1, false), declared(2, true)})),
              testing::StartsWith("the plan is on for 1 subscription; it is billed by the tokens"));
}

}  // namespace
}  // namespace defenderd
