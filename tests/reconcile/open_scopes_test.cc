#include "reconcile/open_scopes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "support/fake_subscription_source.h"
#include "support/ids.h"

namespace defenderd {
namespace {

const TenantId kOwn = *TenantId::parse("11111111-1111-4111-8111-111111111111");
const TenantId kPartner = *TenantId::parse("22222222-2222-4222-8222-222222222222");
const TenantId kThird = *TenantId::parse("33333333-3333-4333-8333-333333333333");

// Lists are read with tokens of the default tenant, which is kOwn, and of the partner's.
OpenScope open_in(std::optional<TenantId> tenant, std::string group, std::vector<Tag> tags,
                  bool listed) {
  OpenScope open{scope_of(std::move(group), std::move(tags)).scopes.at(0), tenant.value_or(kOwn),
                 listed};
  open.scope.declares.tenant = tenant;
  return open;
}

DiscoveredSubscription seen(unsigned n, std::optional<TenantId> in, std::optional<TenantId> home,
                            const std::string& env) {
  DiscoveredSubscription subscription = visible(n, "", env);
  subscription.tenant = in;
  subscription.home = home;
  return subscription;
}

TEST(OpenScopes, CoverWhatNothingThatIsKnownRulesOut) {
  const std::vector<DiscoveredSubscription> listed{
      seen(1, std::nullopt, kOwn, "prod"),
      seen(2, std::nullopt, kThird, "dev"),  // delegated by Azure Lighthouse
      seen(3, kPartner, kPartner, "prod"),
      seen(4, std::nullopt, std::nullopt, "dev"),  // no list says whose it is
  };
  OpenScope excluding = open_in(kPartner, "mg", {}, false);
  excluding.scope.exclude = {subscription_id(3), subscription_id(5)};
  OpenScope of_unknown = open_in(std::nullopt, "mg", {}, true);
  of_unknown.tenant.reset();
  struct Case {
    const char* description;
    std::vector<OpenScope> open;
    std::vector<unsigned> may_cover;  // of 1 to 5; no list has 5
  };
  const std::vector<Case> cases{
      {"none", {}, {}},
      {"a listed tenant's group", {open_in(std::nullopt, "mg", {}, true)}, {1, 4}},
      {"the same with a tag", {open_in(std::nullopt, "mg", {{"env", "dev"}}, true)}, {4}},
      {"the same of a tenant whose id is not known", {of_unknown}, {1, 2, 4}},
      {"another listed tenant's group", {open_in(kPartner, "mg", {}, true)}, {3}},
      {"an unlisted tenant's group", {open_in(kThird, "mg", {}, false)}, {2, 4, 5}},
      {"the same with a tag", {open_in(kThird, "mg", {{"env", "prod"}}, false)}, {5}},
      {"tags of an unlisted tenant, to which any may be delegated",
       {open_in(kThird, "", {{"env", "prod"}}, false)},
       {1, 3, 5}},
      {"all that an unlisted tenant sees", {open_in(kThird, "", {}, false)}, {1, 2, 3, 4, 5}},
      {"what a scope excludes it never covers", {excluding}, {4}},
      {"several",
       {open_in(kPartner, "mg", {}, true), open_in(std::nullopt, "mg", {{"env", "dev"}}, true)},
       {3, 4}},
  };
  for (const Case& one : cases) {
    const OpenScopes scopes(one.open, listed);
    std::vector<unsigned> may_cover;
    for (unsigned n = 1; n <= 5; ++n)
      if (scopes.may_cover(subscription_id(n))) may_cover.push_back(n);
    EXPECT_THAT(may_cover, testing::ElementsAreArray(one.may_cover)) << one.description;
  }
}

// With other tags in each, of which one may match.
TEST(OpenScopes, MayCoverWhatOneOfSeveralTenantsSees) {
  const std::vector<DiscoveredSubscription> listed{seen(1, std::nullopt, kOwn, "dev"),
                                                   seen(1, kPartner, kOwn, "prod")};
  const auto may_cover = [&](const OpenScope& open) {
    return OpenScopes({open}, listed).may_cover(subscription_id(1));
  };
  EXPECT_TRUE(may_cover(open_in(std::nullopt, "mg", {{"env", "dev"}}, true)));
  EXPECT_FALSE(may_cover(open_in(std::nullopt, "mg", {{"env", "prod"}}, true)));
  EXPECT_FALSE(may_cover(open_in(kPartner, "mg", {{"env", "prod"}}, true)));
  EXPECT_TRUE(may_cover(open_in(kThird, "", {{"env", "prod"}}, false)));
}

}  // namespace
}  // namespace defenderd
