// As many AI accounts as a large tenant has.

#include "armsim/ai_test.h"
#include "support/ids.h"

namespace armsim {
namespace {

using defenderd::guid;

constexpr int kSubscriptions = 10'000;
constexpr int kAccounts = 3'000;

AiAccount account_of(int n) {
  AiAccount account{.name = "account-" + std::to_string(n)};
  for (const char* const name : {"one", "two", "three"}) account.deployment(name);
  account.policy("lenient").filters = {{.name = "Jailbreak", .enabled = false}};
  return account;
}

TEST_F(AiTest, ThousandsAreAddedAndReadAtOnce) {
  for (int n = 0; n < kSubscriptions; ++n) {
    Subscription subscription{.id = guid(n + 1)};
    if (n < kAccounts) subscription.ai_accounts.push_back(account_of(n));
    simulator_.add(std::move(subscription));
  }

  // All in one subscription: a list costs what its pages cost.
  const std::string big = guid(kSubscriptions + 1);
  Subscription subscription{.id = big};
  for (int n = 0; n < kAccounts; ++n) subscription.ai_accounts.push_back(account_of(n));
  simulator_.add(std::move(subscription));
  flip("account_page_size", "100");
  flip("graph_subscription_limit", "20000");
  EXPECT_EQ(
      names("/subscriptions/" + big + "/providers/Microsoft.CognitiveServices/accounts").size(),
      static_cast<std::size_t>(kAccounts));

  const Answer rows = client_->send(
      "POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01",
      R"({"query": "resources | where kind in~ ('AIServices') | project id | order by id asc",
          "options": {"$top": 1000}})");
  EXPECT_EQ(rows.json["totalRecords"], 2 * kAccounts);
}

}  // namespace
}  // namespace armsim
