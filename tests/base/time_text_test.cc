#include "base/time_text.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "support/tally.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year;

struct DurationCase {
  const char* description;
  std::string_view text;
  std::optional<Duration> duration;
};

TEST(ParseDuration, ReadsWholeNumbersWithUnits) {
  const std::vector<DurationCase> cases{
      {"milliseconds", "500ms", 500ms},
      {"seconds", "30s", 30s},
      {"minutes", "5m", 5min},
      {"hours and minutes", "1h30m", 90min},
      {"days", "7d", days(7)},
      {"every unit", "1d2h3m4s5ms", days(1) + 2h + 3min + 4s + 5ms},
      {"zero", "0s", 0s},
      {"more than fits the next unit", "90m", 90min},
      {"leading zeros", "007s", 7s},
      {"ten years", "3652d", days(3652)},
      {"no unit", "30", std::nullopt},
      {"unit alone", "s", std::nullopt},
      {"nothing", "", std::nullopt},
      {"smaller unit first", "30m1h", std::nullopt},
      {"unit twice", "1h1h", std::nullopt},
      {"negative", "-5m", std::nullopt},
      {"sign", "+5m", std::nullopt},
      {"fraction", "1.5h", std::nullopt},
      {"space", "5 m", std::nullopt},
      {"space before", " 5m", std::nullopt},
      {"space after", "5m ", std::nullopt},
      {"upper case", "5M", std::nullopt},
      {"unknown unit", "5w", std::nullopt},
      {"number after the last unit", "5m3", std::nullopt},
      {"beyond ten years", "3653d", std::nullopt},
      {"beyond ten years in small units", "3652d1ms", std::nullopt},
      {"beyond 64 bits", "99999999999999999999s", std::nullopt},
      {"would overflow when multiplied", "9223372036854775807d", std::nullopt},
  };
  for (const DurationCase& c : cases)
    EXPECT_EQ(parse_duration(c.text), c.duration) << c.description;
}

TEST(FormatDuration, IsShort) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(90min), "1h30m");
  EXPECT_EQ(format_duration(days(7)), "7d");
  EXPECT_EQ(format_duration(61'001ms), "1m1s1ms");
  EXPECT_EQ(format_duration(-90s), "-1m30s");
  EXPECT_EQ(format_duration(1'999us), "1ms") << "rounded down";
  EXPECT_EQ(format_duration(999us), "0s");
}

TEST(FormatDuration, IsReadBack) {
  std::mt19937_64 random(20260101);  // NOLINT(cert-msc51-cpp): a repeatable run
  Tally tally;
  for (int i = 0; i < 1000; ++i) {
    const Duration unit = std::array<Duration, 5>{1ms, 1s, 1min, 1h, 24h}[random() % 5];
    const Duration duration = unit * (random() % 100) + std::chrono::milliseconds(random() % 2);
    const std::string text = format_duration(duration);
    EXPECT_EQ(parse_duration(text), duration) << text;
    for (const char* const suffix : {"d", "h", "m", "ms"})
      if (text.ends_with(suffix)) ++tally[suffix];
  }
  expect_tried(tally, {{"d", 50}, {"h", 50}, {"m", 50}, {"ms", 50}});
}

struct Rfc3339Case {
  const char* description;
  std::string_view text;
  std::optional<WallTime> time;
};

TEST(ParseRfc3339, ReadsPointsInTimeWithAZone) {
  const WallTime eve = sys_days(year(2026) / 12 / 24);
  const std::vector<Rfc3339Case> cases{
      {"UTC", "2026-12-24T00:00:00Z", eve},
      {"small letters", "2026-12-24t00:00:00z", eve},
      {"a space, as RFC 3339 allows", "2026-12-24 00:00:00Z", eve},
      {"east of UTC", "2026-12-24T01:00:00+01:00", eve},
      {"west of UTC, the day before", "2026-12-23T18:30:00-05:30", eve},
      {"milliseconds", "2026-12-24T00:00:00.250Z", eve + 250ms},
      {"one digit of a fraction", "2026-12-24T00:00:00.5Z", eve + 500ms},
      {"beyond the microsecond", "2026-12-24T00:00:00.1234569Z", eve + 123'456us},
      {"last moment of a day", "2026-12-23T23:59:59.999999Z", eve - 1us},
      {"leap second", "2026-12-23T23:59:60Z", eve},
      {"29 February of a leap year", "2028-02-29T00:00:00Z",
       WallTime(sys_days(year(2028) / 2 / 29))},
      {"the beginning", "1970-01-01T00:00:00Z", WallTime()},
      {"last year that the clock can hold", "2261-12-31T00:00:00Z",
       WallTime(sys_days(year(2261) / 12 / 31))},
      {"no zone", "2026-12-24T00:00:00", std::nullopt},
      {"no seconds", "2026-12-24T00:00Z", std::nullopt},
      {"date alone", "2026-12-24", std::nullopt},
      {"29 February of another year", "2026-02-29T00:00:00Z", std::nullopt},
      {"month 13", "2026-13-01T00:00:00Z", std::nullopt},
      {"day 0", "2026-12-00T00:00:00Z", std::nullopt},
      {"hour 24", "2026-12-24T24:00:00Z", std::nullopt},
      {"minute 60", "2026-12-24T00:60:00Z", std::nullopt},
      {"second 61", "2026-12-24T00:00:61Z", std::nullopt},
      {"point without digits", "2026-12-24T00:00:00.Z", std::nullopt},
      {"zone without a colon", "2026-12-24T00:00:00+0100", std::nullopt},
      {"zone hour 24", "2026-12-24T00:00:00+24:00", std::nullopt},
      {"something after", "2026-12-24T00:00:00Zulu", std::nullopt},
      {"something after the zone", "2026-12-24T00:00:00+01:00Z", std::nullopt},
      {"two-digit year", "26-12-24T00:00:00Z", std::nullopt},
      {"letters for digits", "2026-1x-24T00:00:00Z", std::nullopt},
      {"before the clock's time", "1600-01-01T00:00:00Z", std::nullopt},
      {"beyond the clock's time", "9999-12-31T23:59:59Z", std::nullopt},
      {"nothing", "", std::nullopt},
  };
  for (const Rfc3339Case& c : cases) EXPECT_EQ(parse_rfc3339(c.text), c.time) << c.description;
}

TEST(FormatRfc3339, IsInUtcWithMilliseconds) {
  EXPECT_EQ(format_rfc3339(WallTime()), "1970-01-01T00:00:00.000Z");
  const WallTime eve = sys_days(year(2026) / 12 / 24);
  EXPECT_EQ(format_rfc3339(eve + 13h + 4min + 5s + 6ms + 999us), "2026-12-24T13:04:05.006Z");
  EXPECT_EQ(format_rfc3339(WallTime() - 1ms), "1969-12-31T23:59:59.999Z");
}

TEST(FormatRfc3339, IsReadBack) {
  std::mt19937_64 random(20260102);  // NOLINT(cert-msc51-cpp): a repeatable run
  Tally tally;
  for (int i = 0; i < 1000; ++i) {
    const WallTime time = WallTime() + std::chrono::milliseconds(random() % 9'000'000'000'000U);
    const std::string text = format_rfc3339(time);
    EXPECT_EQ(parse_rfc3339(text), time) << text;
    ++tally["month " + text.substr(5, 2)];
  }
  EXPECT_EQ(tally.size(), 12U);
  expect_tried(tally, {{"month 02", 20}, {"month 12", 20}});
}

TEST(ToUnixSeconds, KeepsMilliseconds) {
  EXPECT_DOUBLE_EQ(to_unix_seconds(WallTime() + 1'500ms), 1.5);
  EXPECT_DOUBLE_EQ(to_unix_seconds(WallTime(sys_days(year(2026) / 1 / 1)) + 1'234'567us),
                   1767225601.234);
}

}  // namespace
}  // namespace defenderd
