#include "core/scope_overlap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/fleets.h"

namespace defenderd {
namespace {

using testing::IsEmpty;

Scope scope(const std::string& group, const std::vector<Tag>& tags = {}, bool plan = true) {
  Scope result;
  result.management_group = group;
  result.tags = tags;
  result.all_visible = group.empty() && tags.empty();
  result.declares.plan = plan;
  return result;
}

Scope excluding(Scope one, const std::vector<unsigned>& ids) {
  for (const unsigned n : ids) one.exclude.push_back(subscription_id(n));
  return one;
}

TEST(ScopeOverlap, KnowsWhatLiesWithinWhat) {
  struct Case {
    const char* what;
    Scope broad;
    Scope narrow;
    bool contains;
  };
  Scope elsewhere = scope("");
  elsewhere.declares.tenant = TenantId::parse(guid(9));
  const Tag prod{"env", "prod"};
  for (const Case& item : std::vector<Case>{
           {"itself", scope("a"), scope("a"), true},
           {"case of a group", scope("A"), scope("a"), true},
           {"another group", scope("a"), scope("b"), false},
           {"everything", scope(""), scope("a", {prod}), true},
           {"not the other way", scope("a"), scope(""), false},
           {"a group and a tag", scope("a"), scope("a", {prod}), true},
           {"a tag and a group", scope("", {prod}), scope("a", {{"ENV", "prod"}}), true},
           {"case of a value", scope("", {prod}), scope("", {{"env", "Prod"}}), false},
           {"more tags", scope("", {prod}), scope("", {{"a", "b"}, prod, {"z", ""}}), true},
           {"fewer tags", scope("", {prod, {"a", "b"}}), scope("", {prod}), false},
           {"excludes one", excluding(scope("a"), {1}), scope("a"), false},
           {"excludes what the other does", excluding(scope("a"), {1}),
            excluding(scope("a"), {1, 2}), true},
           {"another tenant", elsewhere, scope("a"), false}}) {
    EXPECT_EQ(selects_all_of(item.broad, item.narrow), item.contains) << item.what;
  }
}

TEST(ScopeOverlap, FindsWhatIsSwallowed) {
  struct Case {
    const char* what;
    std::vector<Scope> scopes;
    std::vector<SwallowedScope> expected;
  };
  const Tag prod{"env", "prod"};
  for (const Case& item : std::vector<Case>{
           {"none", {}, {}},
           {"apart", {scope("a"), scope("b"), scope("", {prod})}, {}},
           {"the earlier swallows the later", {scope("a"), scope("a", {prod})}, {{1, 0, {}}}},
           {"and they disagree", {scope(""), scope("a", {}, false)}, {{1, 0, {"plan"}}}},
           {"narrow before broad", {scope("a", {prod}), scope("a")}, {}},
           {"and they disagree", {scope("a", {prod}, false), scope("a")}, {{0, 1, {"plan"}}}},
           {"twice the same", {scope("a"), scope("A")}, {{1, 0, {}}}},
           {"twice the same, and they disagree",
            {scope("a"), scope("a", {}, false)},
            {{1, 0, {"plan"}}}},
           {"a disagreement is worse",
            {scope(""), scope("a", {prod}), scope("a", {}, false)},
            {{1, 2, {"plan"}}, {2, 0, {"plan"}}}}}) {
    EXPECT_EQ(swallowed_scopes(item.scopes), item.expected) << item.what;
  }
}

TEST(ScopeOverlap, AMillionPairsTakeNoTime) {
  std::vector<Scope> scopes;
  for (unsigned n = 0; n < 3000; ++n) scopes.push_back(scope("", {{"team", std::to_string(n)}}));
  EXPECT_THAT(swallowed_scopes(scopes), IsEmpty());
  scopes.assign(3000, scope("a"));
  EXPECT_EQ(swallowed_scopes(scopes).size(), 2999U);
}

TEST(ScopeOverlap, SaysWhyNothingMatches) {
  DesiredSubscription entry = declared(1, true);
  entry.source = "a.yaml:5";
  const DesiredState desired = desired_state({entry});
  EXPECT_EQ(why_nothing_matches(scope("mg", {{"env", "a/b"}}), desired), "");
  EXPECT_EQ(why_nothing_matches(scope("", {{"cost/center", "1"}}), desired),
            "Azure allows no tag whose name contains /, such as cost/center");
  EXPECT_EQ(
      why_nothing_matches(scope(guid(1)), desired),
      "its managementGroup is the id of a subscription (a.yaml:5), not of a management group");
  EXPECT_EQ(why_nothing_matches(excluding(scope(guid(2)), {1, 2}), desired),
            "its managementGroup is the id of a subscription, which it excludes");
  EXPECT_EQ(why_nothing_matches(scope(guid(2)), desired), "") << "the root group of a tenant";
}

}  // namespace
}  // namespace defenderd
