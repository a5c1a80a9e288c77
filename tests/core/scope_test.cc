#include "core/scope.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/scopes.h"

namespace defenderd {
namespace {

struct MatchCase {
  std::string what;
  Scope scope;
  DiscoveredSubscription subscription;
  bool expected;
};

TEST(Scope, Matches) {
  Scope excluding = scope(1, {});
  excluding.exclude = {subscription_id(1), subscription_id(3)};
  Scope elsewhere = scope(1, {});
  elsewhere.declares.tenant = kOther;
  const Tag prod{"env", "prod"};
  const Groups chain{{"mg-prod", "root"}};
  for (const MatchCase& item : std::vector<MatchCase>{
           {"all in sight", scope(1, {}), seen(1), true},
           {"a tag", scope(1, {prod}), seen(1, {{"x", "y"}, {"env", "prod"}}), true},
           {"the name of a tag in any case", scope(1, {prod}), seen(1, {{"ENV", "prod"}}), true},
           {"the value as it is", scope(1, {prod}), seen(1, {{"env", "Prod"}}), false},
           {"not a part of the value", scope(1, {prod}), seen(1, {{"env", "prod2"}}), false},
           {"the name of a tag in any case of its alphabet", scope(1, {{"größe", "L"}}),
            seen(1, {{"GRÖßE", "L"}}), true},
           {"the value of a tag in another case", scope(1, {{"a", "é"}}), seen(1, {{"a", "É"}}),
            false},
           {"no tag", scope(1, {prod}), seen(1), false},
           {"all tags", scope(1, {prod, {"a", "b"}}), seen(1, {{"env", "prod"}}), false},
           {"an empty value", scope(1, {{"a", ""}}), seen(1, {{"a", ""}}), true},
           {"its group", scope(1, {}, "mg-prod"), seen(1, {}, chain), true},
           {"a group above, in any case", scope(1, {}, "ROOT"), seen(1, {}, chain), true},
           {"another group", scope(1, {}, "mg"), seen(1, {}, chain), false},
           {"groups that are not known", scope(1, {}, "mg-prod"), seen(1), false},
           {"group and tag", scope(1, {prod}, "root"), seen(1, {{"env", "prod"}}, chain), true},
           {"group, not tag", scope(1, {prod}, "root"), seen(1, {}, chain), false},
           {"tag, not group", scope(1, {prod}, "x"), seen(1, {{"env", "prod"}}, chain), false},
           {"excluded", excluding, seen(3), false},
           {"another excluded", excluding, seen(2), true},
           {"through another tenant", elsewhere, seen(1), false}}) {
    EXPECT_EQ(matches(item.scope, item.subscription), item.expected) << item.what;
  }
}

TEST(Scope, CoversWhatTakesWrites) {
  for (const char* const state : {"Enabled", "Warned", "PastDue", "enabled"}) {
    EXPECT_TRUE(takes_writes(state)) << state;
  }
  for (const char* const state : {"Disabled", "Deleted", "", "Novel"}) {
    EXPECT_FALSE(takes_writes(state)) << state;
  }
}

TEST(Scope, IsToldByItsPlaceAndWhatItLooksFor) {
  EXPECT_EQ(text_of(scope(3, {{"env", "prod"}, {"a", ""}}, "mg")),
            "scope a.yaml:3 (managementGroup mg, tags env=prod, a=)");
  Scope named = scope(4, {});
  named.name = "rest";
  EXPECT_EQ(text_of(named), "scope rest a.yaml:4 (allVisible)");
}

TEST(Tenants, AreTheDefaultAndThoseNamed) {
  const TenantId own = *TenantId::parse("2b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9");
  DesiredSubscription elsewhere = entry(2);
  elsewhere.tenant = own;
  DesiredState declared{{entry(1), elsewhere}, "", {scope(3, {}), scope(4, {})}};
  declared.scopes[1].declares.tenant = kOther;
  using Tenants = std::set<std::optional<TenantId>>;
  EXPECT_EQ(tenants_of(declared, own), (Tenants{std::nullopt, kOther}));
  EXPECT_EQ(tenants_of(declared, {}), (Tenants{std::nullopt, own, kOther}));
  forget_default_tenant(declared.scopes, kOther);
  EXPECT_EQ(declared.scopes[1].declares.tenant, std::nullopt);
}

TEST(CountText, CountsAsPeopleDo) {
  EXPECT_EQ(count_text(0, 0), "0 subscriptions");
  EXPECT_EQ(count_text(1, 0), "1 subscription");
  EXPECT_EQ(count_text(0, 1), "1 scope");
  EXPECT_EQ(count_text(1, 2), "1 subscription and 2 scopes");
  EXPECT_EQ(count_text(2, 1), "2 subscriptions and 1 scope");
}

}  // namespace
}  // namespace defenderd
