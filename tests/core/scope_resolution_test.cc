#include "core/scope_resolution.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/scopes.h"

namespace defenderd {
namespace {

TEST(Resolve, GivesWhatTheScopeDeclares) {
  DesiredState declared{{entry(9)}, "hash", {scope(3, {{"env", "prod"}})}};
  declared.scopes[0].declares.extensions = {{"AIPromptEvidence", true}};
  declared.scopes[0].declares.owner = "team";
  const Resolution got =
      resolve(declared, {seen(2, {{"env", "prod"}}), seen(1, {{"env", "prod"}}), seen(3)});
  ASSERT_EQ(got.effective.subscriptions.size(), 3U);
  EXPECT_EQ(got.effective.subscriptions[0], entry(9)) << "entries first";
  DesiredSubscription expected = declared.scopes[0].declares;
  expected.id = subscription_id(1);
  expected.name = "sub-1";
  expected.source = "scope a.yaml:3 (tags env=prod)";
  EXPECT_EQ(got.effective.subscriptions[1], expected);
  EXPECT_EQ(got.effective.subscriptions[2]->id, subscription_id(2)) << "then by id";
  EXPECT_EQ(got.effective.hash, "hash");
  EXPECT_TRUE(got.effective.scopes.empty());
  EXPECT_EQ(got.covered, 2U);
  EXPECT_EQ(got.uncovered,
            (std::vector<UncoveredSubscription>{
                {subscription_id(3), "sub-3", {}, "Enabled", Uncovered::NotDeclared}}));
}

TEST(Resolve, CountsWhatEachScopeSelectsEntriesIncluded) {
  DesiredState declared;
  declared.subscriptions = {entry(1)};
  declared.scopes = {scope(5, {{"env", "prod"}}), scope(9, {{"env", "Prod"}}), scope(11, {}, "mg")};
  declared.scopes[2].name = "all";
  DiscoveredSubscription deleted = seen(4, {{"env", "prod"}});
  deleted.state = "Deleted";
  const Resolution resolution =
      resolve(declared, {seen(1, {{"env", "prod"}}), seen(2, {{"env", "prod"}}), seen(3), deleted});
  EXPECT_EQ(resolution.visible, 3U);
  ASSERT_EQ(resolution.scopes.size(), 3U);
  EXPECT_EQ(resolution.scopes[0].subscriptions, 2U);
  EXPECT_EQ(resolution.scopes[0].scope, "a.yaml:5");
  EXPECT_EQ(resolution.scopes[0].text, "scope a.yaml:5 (tags env=prod)");
  EXPECT_EQ(resolution.scopes[1].subscriptions, 0U) << "values of tags respect case";
  EXPECT_EQ(resolution.scopes[2].scope, "all");
  EXPECT_TRUE(resolution.scopes[2].needs_groups);
}

TEST(Resolve, EachScopeThatCoversItHasAnOwner) {
  DesiredState declared{{entry(9)}, "", {scope(3, {}), scope(5, {}), scope(7, {}), scope(9, {})}};
  declared.scopes[0].declares.owner = "platform";
  declared.scopes[1].declares.owner = "payments";
  declared.scopes[2].declares.owner = "platform";
  const Resolution got = resolve(declared, {seen(1), seen(9)});
  ASSERT_EQ(got.effective.subscriptions.size(), 2U);
  const DesiredSubscription& covered = got.effective.subscriptions[1];
  EXPECT_EQ(covered.owner, "platform");
  EXPECT_EQ(covered.other_owners, std::vector<std::string>{"payments"});
  const DesiredSubscription& own = got.effective.subscriptions[0];
  EXPECT_EQ(own.owner, entry(9).owner);
  EXPECT_EQ(own.other_owners, (std::vector<std::string>{"platform", "payments"}));
}

TEST(Resolve, AnEntryWins) {
  Scope off = scope(3, {});
  off.declares.plan = false;
  const Resolution got = resolve({{entry(1)}, "", {off}}, {seen(1)});
  EXPECT_EQ(got.effective.subscriptions, std::vector<Declaration>{entry(1)});
  EXPECT_TRUE(got.uncovered.empty());
  EXPECT_EQ(got.covered, 0U);
}

TEST(Resolve, ScopesThatDisagreeLeaveItAloneAndAreNamed) {
  Scope off = scope(7, {{"env", "prod"}});
  off.declares.plan = false;
  const Resolution got =
      resolve({{}, "", {scope(3, {}, "mg"), off}},
              {seen(1, {{"env", "prod"}}, Groups{{"mg"}}),
               seen(2, {{"env", "prod"}}, Groups{{"mg"}}), seen(3, {}, Groups{{"mg"}})});
  ASSERT_EQ(got.effective.subscriptions.size(), 1U);
  EXPECT_EQ(got.effective.subscriptions[0]->id, subscription_id(3));
  ASSERT_EQ(got.conflicts.size(), 1U);
  EXPECT_EQ(got.conflicts[0].keys, std::vector<std::string>{"plan"});
  EXPECT_EQ(got.conflicts[0].subscriptions, (std::vector{subscription_id(1), subscription_id(2)}));
  EXPECT_EQ(
      text_of(got.conflicts[0]),
      "scope a.yaml:3 (managementGroup mg) and scope a.yaml:7 (tags env=prod) disagree about "
      "plan of the subscriptions 00000000-0000-4000-8000-000000000001, "
      "00000000-0000-4000-8000-000000000002, which are left as they are; make the scopes agree, "
      "exclude the subscription from one of them, or add an entry under subscriptions");
  ASSERT_EQ(got.uncovered.size(), 2U);
  EXPECT_EQ(got.uncovered[0].why, Uncovered::ScopesDisagree);
}

TEST(Resolve, ScopesThatAgreeAreFine) {
  Scope again = scope(7, {{"env", "prod"}});
  again.declares.reason = "another word for it";
  again.declares.owner = "somebody else";
  const Resolution got =
      resolve({{}, "", {scope(3, {}), again}}, {seen(1, {{"env", "prod"}, {"ENV", "prod"}})});
  ASSERT_EQ(got.effective.subscriptions.size(), 1U);
  EXPECT_EQ(got.effective.subscriptions[0]->source, "scope a.yaml:3 (allVisible)");
  EXPECT_TRUE(got.conflicts.empty());
}

TEST(Resolve, WhatTakesNoWritesIsNotCovered) {
  DiscoveredSubscription disabled = seen(1);
  disabled.state = "Disabled";
  DiscoveredSubscription deleted = seen(2);
  deleted.state = "Deleted";
  DiscoveredSubscription warned = seen(3);
  warned.state = "Warned";
  const Resolution got = resolve({{}, "", {scope(3, {})}}, {disabled, deleted, warned});
  ASSERT_EQ(got.effective.subscriptions.size(), 1U);
  EXPECT_EQ(got.effective.subscriptions[0]->id, subscription_id(3));
  EXPECT_EQ(got.uncovered,
            (std::vector<UncoveredSubscription>{
                {subscription_id(1), "sub-1", {}, "Disabled", Uncovered::NotEnabled}}));
}

TEST(Resolve, WhatAScopeExcludesIsNotUndeclared) {
  Scope first = scope(3, {{"env", "prod"}});
  first.exclude = {subscription_id(1), subscription_id(2)};
  const Resolution got =
      resolve({{}, "", {first, scope(5, {{"team", "chat"}})}},
              {seen(1, {{"env", "prod"}}), seen(2, {{"env", "prod"}, {"team", "chat"}}), seen(4)});
  ASSERT_EQ(got.uncovered.size(), 1U);
  EXPECT_EQ(got.uncovered[0].id, subscription_id(4));
  ASSERT_EQ(got.effective.subscriptions.size(), 1U) << "another scope may cover it";
  EXPECT_EQ(got.effective.subscriptions[0]->id, subscription_id(2));
}

TEST(Resolve, OneThatIsSeenThroughTwoTenantsIsOne) {
  DiscoveredSubscription delegated = seen(1);
  DiscoveredSubscription at_home = seen(1);
  at_home.tenant = kOther;
  Scope elsewhere = scope(3, {});
  elsewhere.declares.tenant = kOther;
  const Resolution covered = resolve({{}, "", {elsewhere}}, {delegated, at_home});
  ASSERT_EQ(covered.effective.subscriptions.size(), 1U);
  EXPECT_EQ(covered.effective.subscriptions[0]->tenant, kOther);
  EXPECT_EQ(resolve({}, {delegated, at_home}).uncovered.size(), 1U);
  const Resolution both = resolve({{}, "", {elsewhere, scope(5, {})}}, {delegated, at_home});
  EXPECT_TRUE(both.effective.subscriptions.empty());
  ASSERT_EQ(both.conflicts.size(), 1U);
  EXPECT_EQ(both.conflicts[0].keys, std::vector<std::string>{"tenantId"});
}

TEST(Resolve, ANameCannotForgeALine) {
  DiscoveredSubscription one = seen(1);
  one.name = "a\nb" + std::string(1000, 'x');
  const Resolution got = resolve({{}, "", {scope(3, {})}}, {one});
  EXPECT_EQ(got.effective.subscriptions.at(0)->name.find('\n'), std::string::npos);
  EXPECT_LE(got.effective.subscriptions.at(0)->name.size(), 259U);
}

struct DisagreeCase {
  std::string what;
  void (*change)(DesiredSubscription&);
  std::vector<std::string> keys;
};

TEST(Disagreements, AreAboutWhatIsDone) {
  using D = DesiredSubscription;
  const WallTime later = WallTime{} + std::chrono::hours(1);
  D same;
  same.plan = true;
  same.extensions = {{"AIPromptEvidence", true}, {"Novel", false}};
  for (const DisagreeCase& item : std::vector<DisagreeCase>{
           {"nothing", [](D&) {}, {}},
           {"texts for people", [](D& d) { d.name = d.reason = d.owner = d.source = "x"; }, {}},
           {"spelling", [](D& d) { d.extensions[1].name = "novel"; }, {}},
           {"plan", [](D& d) { d = {}; }, {"plan"}},
           {"mode", [](D& d) { d.mode = Mode::Enforce; }, {"mode"}},
           {"an extension", [](D& d) { d.extensions[0].on = false; }, {"promptEvidence"}},
           {"one that is not named", [](D& d) { d.extensions.pop_back(); }, {"Novel"}},
           {"unnamed",
            [](D& d) { d.unnamed_extensions = UnnamedExtensions::Off; },
            {"unnamedExtensions"}},
           {"interval", [](D& d) { d.interval = std::chrono::hours(1); }, {"interval"}},
           {"suspension", [](D& d) { d.suspend = Suspension{WallTime{}}; }, {"suspend"}},
           {"tenant", [](D& d) { d.tenant = kOther; }, {"tenantId"}}}) {
    D other = same;
    item.change(other);
    EXPECT_EQ(disagreements(same, other), item.keys) << item.what;
    EXPECT_EQ(disagreements(other, same), item.keys) << item.what;
  }
  D until = same;
  until.suspend = Suspension{later};
  same.suspend = Suspension{WallTime{}};
  EXPECT_EQ(disagreements(same, until), std::vector<std::string>{"suspend"});
}

}  // namespace
}  // namespace defenderd
