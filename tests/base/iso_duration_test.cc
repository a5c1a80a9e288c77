#include "base/iso_duration.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace defenderd {
namespace {

using namespace std::chrono_literals;

TEST(IsoDuration, IsReadAsArmWritesIt) {
  const struct {
    std::string text;
    Duration expected;
  } cases[] = {
      {"PT0S", 0s},       {"P29DT13H24M", 24h * 29 + 13h + 24min},
      {"P30D", 24h * 30}, {"PT5M", 5min},
      {"PT90S", 90s},     {"P2W", 24h * 14},
      {"P1DT0.5S", 24h},  {"PT23H59M59.9999999S", 23h + 59min + 59s},
      {"P0DT0H0M1S", 1s},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(parse_iso_duration(text), expected) << text;
}

TEST(IsoDuration, AnythingElseIsNone) {
  for (const std::string& text :
       std::vector<std::string>{"",       "P",     "PT",    "P1",     "1D",
                                "P1Y",    "P1M",   "-P1D",  "P-1D",   "PT1D",
                                "P1H",    "P1DT",  "P1D1D", "PT1M1H", "PT1H1H",
                                "P1.5D",  "PT.5S", "PT1.S", "PT1.5",  "P99999999999999999999D",
                                "P9999W", "PT1S ", " PT1S", "pt1s",   "P1DTT1S",
                                "P1D T1S"}) {
    EXPECT_EQ(parse_iso_duration(text), std::nullopt) << '"' << text << '"';
  }
}

}  // namespace
}  // namespace defenderd
