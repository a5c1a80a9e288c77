#include "core/desired_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/ids.h"

namespace defenderd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DesiredSubscription entry(int n) {
  DesiredSubscription one;
  one.id = subscription_id(n);
  one.source = "list.yaml:" + std::to_string(n);
  return one;
}

Scope scope(const std::string& group) {
  Scope result;
  result.management_group = group;
  return result;
}

std::vector<int> numbers(const std::vector<Declaration>& list) {
  std::vector<int> result;
  for (const Declaration& one : list) result.push_back(one->id.text().back() - '0');
  return result;
}

TEST(DesiredChanges, NothingBetweenEquals) {
  const DesiredState state{{entry(1), entry(2)}, "hash", {scope("a"), scope("a")}};
  const DesiredChanges changes = changes_between(state, state);
  EXPECT_THAT(changes.left, IsEmpty());
  EXPECT_THAT(changes.joined, IsEmpty());
  EXPECT_TRUE(changes.changed.empty());
  EXPECT_TRUE(changes.scopes_left.empty() && changes.scopes_joined.empty() &&
              changes.scopes_changed.empty());
}

TEST(DesiredChanges, AMoveInTheFileIsNoChange) {
  DesiredSubscription moved = entry(1);
  moved.source = "other.yaml:77";
  EXPECT_TRUE(changes_between({{entry(1), entry(2)}, ""}, {{entry(2), moved}, ""}).changed.empty());
}

TEST(DesiredChanges, TellsWhatLeavesJoinsAndChanges) {
  DesiredSubscription on = entry(2);
  on.plan = true;
  DesiredSubscription named = entry(3);
  named.name = "new name";
  const DesiredChanges changes = changes_between({{entry(1), entry(2), entry(3), entry(4)}, ""},
                                                 {{entry(5), on, named, entry(6)}, ""});
  EXPECT_THAT(numbers(changes.left), ElementsAre(1, 4));
  EXPECT_THAT(numbers(changes.joined), ElementsAre(5, 6));
  ASSERT_EQ(changes.changed.size(), 2U);
  EXPECT_THAT(changes.changed[0].keys, ElementsAre("plan"));
  EXPECT_THAT(changes.changed[1].keys, IsEmpty()) << "a text for people";
}

TEST(DesiredChanges, TellsScopesApartByWhatTheyLookFor) {
  Scope changed = scope("b");
  changed.exclude = {subscription_id(1)};
  Scope renamed = scope("C");
  const DesiredChanges changes = changes_between({{}, "", {scope("a"), scope("b"), scope("c")}},
                                                 {{}, "", {changed, renamed, scope("d")}});
  ASSERT_EQ(changes.scopes_left.size(), 1U);
  EXPECT_EQ(changes.scopes_left[0].management_group, "a");
  ASSERT_EQ(changes.scopes_joined.size(), 1U);
  EXPECT_EQ(changes.scopes_joined[0].management_group, "d");
  ASSERT_EQ(changes.scopes_changed.size(), 1U);
  EXPECT_EQ(changes.scopes_changed[0].after.exclude, std::vector{subscription_id(1)});
}

}  // namespace
}  // namespace defenderd
