#include "base/since_epoch.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/time_text.h"

namespace defenderd {
namespace {

TEST(SinceEpoch, IsAMomentOrTheFarthestOne) {
  const auto text = [](int days, int seconds) {
    return format_rfc3339(since_epoch(days, seconds));
  };
  EXPECT_EQ(text(0, 0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(text(20'784, 3'600), "2026-11-27T01:00:00.000Z");
  EXPECT_EQ(text(-1, -3'600), "1969-12-30T23:00:00.000Z");
  EXPECT_EQ(text(100'000, 86'399), "2243-10-17T23:59:59.000Z");
  constexpr int kLeast = std::numeric_limits<int>::min();
  constexpr int kMost = std::numeric_limits<int>::max();
  for (const int days : {100'001, 106'752, 2'932'896, kMost})
    EXPECT_EQ(text(days, 86'399), "2243-10-17T00:00:00.000Z") << days;
  // The years 1678, 1600 and 1.
  for (const int days : {-100'001, -106'752, -135'140, -719'162, kLeast})
    EXPECT_EQ(text(days, -86'399), "1696-03-17T00:00:00.000Z") << days;
}

}  // namespace
}  // namespace defenderd
