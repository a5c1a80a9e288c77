#include "core/ids.h"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>
#include <vector>

#include "support/ids.h"

namespace defenderd {
namespace {

// Kinds of ids do not mix, and text becomes an id only by parse().
static_assert(!std::is_convertible_v<SubscriptionId, TenantId>);
static_assert(!std::is_convertible_v<std::string_view, SubscriptionId>);
static_assert(sizeof(SubscriptionId) == 16);

constexpr std::string_view kText = "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11";

TEST(Guid, IsShownInLowerCase) {
  EXPECT_EQ(SubscriptionId::parse("6F2B9A52-3F0E-4C83-9A4B-0D9D8C8F3C11")->text(), kText);
  EXPECT_EQ(SubscriptionId::parse(kText)->text(), kText);
  EXPECT_EQ(SubscriptionId().text(), "00000000-0000-0000-0000-000000000000");
}

TEST(Guid, IsComparedWithoutCase) {
  const auto lower = SubscriptionId::parse(kText);
  const auto upper = SubscriptionId::parse("6F2B9A52-3F0E-4C83-9A4B-0D9D8C8F3C11");
  ASSERT_TRUE(lower && upper);
  EXPECT_EQ(*lower, *upper);
  EXPECT_EQ(lower->hash(), upper->hash());
}

struct BadGuidCase {
  const char* description;
  std::string_view text;
};

TEST(Guid, RefusesEverythingElse) {
  const std::vector<BadGuidCase> cases{
      {"nothing", ""},
      {"without dashes", "6f2b9a523f0e4c839a4b0d9d8c8f3c11"},
      {"in braces", "{6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11}"},
      {"one digit short", "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c1"},
      {"one digit more", "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c111"},
      {"dash at another place", "6f2b9a5-23f0e-4c83-9a4b-0d9d8c8f3c11"},
      {"dash where a digit belongs", "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c1-"},
      {"no hexadecimal digit", "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c1g"},
      {"space for a digit", "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c1 "},
      {"the whole resource id", "/subscriptions/6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11"},
  };
  for (const BadGuidCase& c : cases) {
    EXPECT_FALSE(SubscriptionId::parse(c.text).has_value()) << c.description;
  }
}

TEST(Guid, OrdersAsItsText) {
  const std::vector<std::string_view> ascending{
      "00000000-0000-0000-0000-000000000001", "00000000-0000-0001-0000-000000000000",
      "0f000000-0000-0000-0000-000000000000", "a0000000-0000-0000-0000-000000000000"};
  for (std::size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(*TenantId::parse(ascending[i - 1]), *TenantId::parse(ascending[i]));
  }
}

TEST(Guid, HashesApart) {
  std::unordered_set<std::size_t> hashes;
  for (std::size_t n = 0; n < 90; ++n)
    hashes.insert(std::hash<SubscriptionId>{}(subscription_id(n)));
  EXPECT_EQ(hashes.size(), 90U);
}

}  // namespace
}  // namespace defenderd
