#include "cli/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

DesiredState fleet() {
  DesiredState desired;
  const std::vector<std::pair<const char*, const char*>> names{{"chat-prod", "platform"},
                                                               {"chat-test", "platform"},
                                                               {"Küche", "food"},
                                                               {"", ""},
                                                               {"a*b", "platform"}};
  unsigned n = 0;
  for (const auto& [name, owner] : names) {
    DesiredSubscription subscription = declared(++n, true);
    subscription.name = name;
    subscription.owner = owner;
    desired.subscriptions.emplace_back(subscription);
  }
  return desired;
}

std::set<SubscriptionId> ids(const std::vector<unsigned>& numbers) {
  std::set<SubscriptionId> result;
  for (const unsigned n : numbers) result.insert(subscription_id(n));
  return result;
}

TEST(Selection, SelectsByIdNamePatternAndOwner) {
  struct Case {
    const char* description;
    Selection selection;
    std::vector<unsigned> expected;
  };
  const std::vector<Case> cases{
      {"a name", {{"chat-prod"}, {}}, {1}},
      {"a name in another case", {{"CHAT-PROD"}, {}}, {1}},
      {"a name with an umlaut in another case", {{"kÜCHE"}, {}}, {3}},
      {"an id", {{guid(4)}, {}}, {4}},
      {"the end of an id", {{"*0002"}, {}}, {2}},
      {"a pattern", {{"chat-*"}, {}}, {1, 2}},
      {"one character", {{"chat-tes?"}, {}}, {2}},
      {"a star in a name", {{"a*b"}, {}}, {5}},
      {"everything", {{"*"}, {}}, {1, 2, 3, 4, 5}},
      {"several", {{"chat-prod", guid(4)}, {}}, {1, 4}},
      {"an owner", {{}, {"Platform"}}, {1, 2, 5}},
      {"a pattern of owners", {{}, {"f*"}}, {3}},
      {"both must match", {{"chat-*", "a*b"}, {"platform"}}, {1, 2, 5}},
      {"both must match, not either", {{"*prod", "K*"}, {"food"}}, {3}},
  };
  for (const Case& each : cases) {
    const auto selected = select(each.selection, fleet());
    ASSERT_TRUE(selected) << each.description << ": " << selected.error().message;
    EXPECT_EQ(**selected, ids(each.expected)) << each.description;
  }
}

TEST(Selection, NoOptionIsTheWholeFleet) {
  const auto selected = select({}, fleet());
  ASSERT_TRUE(selected);
  EXPECT_FALSE(*selected);
}

TEST(Selection, WhatSelectsNothingIsAnError) {
  struct Case {
    Selection selection;
    const char* message;
  };
  const std::vector<Case> cases{
      {{{"chat-prdo"}, {}},
       "--only \"chat-prdo\" matches no subscription of the desired state; did "
       "you mean \"chat-prod\"?"},
      {{{"chat-prod", "x*"}, {}}, "--only \"x*\" matches no subscription"},
      {{{""}, {}}, ""},
      {{{guid(9)}, {}}, "matches no subscription"},
      {{{}, {"platfrom"}},
       "--owner \"platfrom\" matches no subscription of the desired state; did "
       "you mean \"platform\"?"},
      {{{"chat-*"}, {"food"}}, "no subscription matches both --only and --owner"},
  };
  for (const Case& each : cases) {
    const auto selected = select(each.selection, fleet());
    if (*each.message == '\0') continue;
    ASSERT_FALSE(selected) << each.message;
    EXPECT_THAT(selected.error().message, HasSubstr(each.message));
  }
}

TEST(Selection, PatternsCoverAnyText) {
  EXPECT_TRUE(is_like("", "*"));
  EXPECT_TRUE(is_like("abc", "a*c"));
  EXPECT_TRUE(is_like("abcabd", "*ab?"));
  EXPECT_TRUE(is_like("aXbXc", "a*b*c"));
  EXPECT_FALSE(is_like("abc", "a*d"));
  EXPECT_FALSE(is_like("abc", "ab"));
  EXPECT_FALSE(is_like("ab", "ab?"));
  EXPECT_FALSE(is_like("", "?"));
}

}  // namespace
}  // namespace defenderd
