#include "reconcile/bulk_trust.h"

#include <gtest/gtest.h>

#include <string>

namespace defenderd {
namespace {

using namespace std::chrono_literals;

// A look each minute: '.' agrees, 'x' does not.
struct Case {
  const char* what;
  std::string looks;
  std::optional<std::size_t> distrusted_at;  // the look with which it begins
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.what; }

class BulkTrustTest : public testing::TestWithParam<Case> {};

TEST_P(BulkTrustTest, IsLostWithTooManyDisagreementsInAWindow) {
  BulkTrust trust;
  std::optional<std::size_t> distrusted_at;
  SteadyTime now{1h};
  for (std::size_t i = 0; i < GetParam().looks.size() && !distrusted_at; ++i, now += 1min) {
    const auto began = trust.note_read(GetParam().looks[i] == '.', 1h, now);
    EXPECT_EQ(began.has_value(), trust.distrusted(now));
    if (began) {
      EXPECT_EQ(began, Duration(1h));
      distrusted_at = i;
    }
  }
  EXPECT_EQ(distrusted_at, GetParam().distrusted_at) << GetParam().what;
}

const std::string kMany(40, '.');

INSTANTIATE_TEST_SUITE_P(
    Cases, BulkTrustTest,
    testing::Values(Case{"two are chance", "xx" + kMany, std::nullopt},
                    Case{"three are not", "xx.x", 3}, Case{"three at once", "xxx", 2},
                    Case{"three among many are chance", kMany + "xxx", std::nullopt},
                    Case{"a tenth of many is not", kMany + "xxxx....x", 48},
                    Case{"of another hour", "xx" + std::string(58, '.') + "x", std::nullopt}));

TEST(BulkTrust, ComesBackWithTheNextWindow) {
  BulkTrust trust;
  const SteadyTime start{1h};
  for (int i = 0; i < 3; ++i) (void)trust.note_read(false, 1h, start);
  EXPECT_TRUE(trust.distrusted(start + 59min));
  EXPECT_EQ(trust.note_read(false, 1h, start + 30min), std::nullopt) << "it is distrusted already";
  EXPECT_FALSE(trust.distrusted(start + 1h));
  EXPECT_EQ(trust.note_read(false, 1h, start + 91min), std::nullopt) << "a new window";
}

}  // namespace
}  // namespace defenderd
