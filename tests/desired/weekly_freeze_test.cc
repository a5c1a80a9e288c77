// Weekly freezes in real time zones: what is in force when, across daylight saving, years and days.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "core/freeze.h"
#include "desired/read_freezes.h"
#include "desired/time_zones.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

WallTime at(std::string_view text) { return *parse_rfc3339(text); }

// Days as in "1000001" from Monday.
Freeze weekly(std::string_view days, std::string_view from, Duration length,
              const std::string& zone) {
  WeeklyWindow window{
      .from = *parse_time_of_day(from), .length = length, .zone = *find_time_zone(zone)};
  for (std::size_t i = 0; i < window.days.size(); ++i) window.days.at(i) = days[i] == '1';
  return {.reason = "night", .weekly = window};
}

std::string text(const std::optional<FreezeSpan>& span) {
  if (!span) return "never";
  const auto one = [](const std::optional<WallTime>& moment) {
    return moment ? format_rfc3339(*moment).substr(0, 16) : "*";
  };
  return one(span->begin) + " to " + one(span->end);
}

struct Case {
  const char* description;
  Freeze freeze;
  const char* now;
  const char* span;
  bool in_force;
};

void PrintTo(const Case& it, std::ostream* out) { *out << it.description; }

class WeeklyFreeze : public testing::TestWithParam<Case> {};

TEST_P(WeeklyFreeze, IsInForceWhenItShould) {
  const Case& it = GetParam();
  const auto span = current_or_next(it.freeze, at(it.now));
  EXPECT_EQ(text(span), it.span);
  EXPECT_EQ(span && includes(*span, at(it.now)), it.in_force);
}

const char* const kBerlin = "Europe/Berlin";

INSTANTIATE_TEST_SUITE_P(
    Table, WeeklyFreeze,
    testing::Values(
        // 2026-11-27 is a Friday; Berlin is one hour ahead of UTC in winter, two in summer.
        Case{"before it begins", weekly("0000100", "18:00", 12h, kBerlin), "2026-11-27T16:59:59Z",
             "2026-11-27T17:00 to 2026-11-28T05:00", false},
        Case{"its first second", weekly("0000100", "18:00", 12h, kBerlin), "2026-11-27T17:00:00Z",
             "2026-11-27T17:00 to 2026-11-28T05:00", true},
        Case{"its last second", weekly("0000100", "18:00", 12h, kBerlin), "2026-11-28T04:59:59Z",
             "2026-11-27T17:00 to 2026-11-28T05:00", true},
        Case{"when it is over, the next week's", weekly("0000100", "18:00", 12h, kBerlin),
             "2026-11-28T05:00:00Z", "2026-12-04T17:00 to 2026-12-05T05:00", false},
        Case{"the local day counts", weekly("0000010", "00:30", 1h, "Pacific/Auckland"),
             "2026-11-27T11:45:00Z", "2026-11-27T11:30 to 2026-11-27T12:30", true},
        Case{"the clock is set forward in it: 02:00 to 03:00 does not exist",
             weekly("0000010", "22:00", 8h, kBerlin), "2026-03-28T22:00:00Z",
             "2026-03-28T21:00 to 2026-03-29T05:00", true},
        Case{"it would begin in the hour that does not exist",
             weekly("0000001", "02:30", 1h, kBerlin), "2026-03-29T01:10:00Z",
             "2026-03-29T01:00 to 2026-03-29T02:00", true},
        Case{"the clock is set back in it", weekly("0000010", "22:00", 8h, kBerlin),
             "2026-10-25T03:30:00Z", "2026-10-24T20:00 to 2026-10-25T04:00", true},
        Case{"it begins in the hour that is there twice: the first",
             weekly("0000001", "02:30", 1h, kBerlin), "2026-10-25T00:45:00Z",
             "2026-10-25T00:30 to 2026-10-25T01:30", true},
        Case{"a whole day of 23 hours ends at its midnight",
             weekly("0000001", "00:00", 24h, kBerlin), "2026-03-29T21:59:00Z",
             "2026-03-28T23:00 to 2026-03-29T22:00", true},
        Case{"a whole day of 25 hours, too", weekly("0000001", "00:00", 24h, kBerlin),
             "2026-10-25T22:59:00Z", "2026-10-24T22:00 to 2026-10-25T23:00", true},
        Case{"the other half of the world", weekly("0000001", "01:00", 3h, "America/New_York"),
             "2026-11-01T07:59:00Z", "2026-11-01T05:00 to 2026-11-01T08:00", true},
        Case{"adjacent days are one", weekly("0000111", "00:00", 24h, "UTC"),
             "2026-11-28T12:00:00Z", "2026-11-27T00:00 to 2026-11-30T00:00", true},
        Case{"overlapping ones, too", weekly("0000110", "12:00", 36h, "UTC"),
             "2026-11-28T00:00:00Z", "2026-11-27T12:00 to 2026-11-30T00:00", true},
        Case{"every day never ends, also where days have 23 and 25 hours",
             weekly("1111111", "00:00", 24h, kBerlin), "2026-10-25T00:30:00Z", "* to *", true},
        Case{"a week from one day never ends", weekly("1000000", "09:00", 168h, "UTC"),
             "2026-11-28T00:00:00Z", "* to *", true},
        Case{"almost a week", weekly("1000000", "09:00", 167h, "UTC"), "2026-11-30T08:30:00Z",
             "2026-11-30T09:00 to 2026-12-07T08:00", false},
        Case{"the end of a year", weekly("0001000", "20:00", 12h, "UTC"), "2027-01-01T00:00:00Z",
             "2026-12-31T20:00 to 2027-01-01T08:00", true},
        Case{"the day that leap years have", weekly("0100000", "00:00", 24h, "UTC"),
             "2028-02-29T12:00:00Z", "2028-02-29T00:00 to 2028-03-01T00:00", true},
        Case{"one minute", weekly("0000100", "23:59", 1min, "UTC"), "2026-11-27T23:59:30Z",
             "2026-11-27T23:59 to 2026-11-28T00:00", true},
        Case{"an offset of three quarters of an hour",
             weekly("0000100", "00:00", 1h, "Asia/Kathmandu"), "2026-11-26T18:20:00Z",
             "2026-11-26T18:15 to 2026-11-26T19:15", true}),
    [](const auto& each) {
      std::string name;
      for (const char c : std::string_view(each.param.description))
        name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name;
    });

// Each minute of the two weeks around both changes, against the local clock itself.
TEST(WeeklyFreezes, AgreeWithTheClockOnTheWall) {
  const Freeze freeze = weekly("0000011", "10:00", 4h, kBerlin);  // far from 02:00 and 03:00
  const TimeZone& zone = *freeze.weekly->zone;
  for (const char* const start : {"2026-03-22T00:00:00Z", "2026-10-18T00:00:00Z"}) {
    int minutes_in_force = 0;
    for (int minute = 0; minute < 14 * 24 * 60; ++minute) {
      const WallTime now = at(start) + std::chrono::minutes(minute);
      const auto local = zone.local(now);
      const auto day = std::chrono::floor<std::chrono::days>(local);
      const bool weekend = std::chrono::weekday(day).iso_encoding() >= 6;
      const bool expected = weekend && local - day >= 10h && local - day < 14h;
      const auto span = current_or_next(freeze, now);
      ASSERT_EQ(span && includes(*span, now), expected) << format_rfc3339(now);
      minutes_in_force += expected ? 1 : 0;
    }
    EXPECT_EQ(minutes_in_force, 4 * 4 * 60);
  }
}

TEST(TimeZones, AreFoundByTheirNames) {
  for (const char* const name : {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"}) {
    const auto zone = find_time_zone(name);
    ASSERT_TRUE(zone) << name;
    EXPECT_EQ((*zone)->name(), name);
  }
  EXPECT_THAT(find_time_zone("Europe/Berln").error().message, HasSubstr("Europe/Berlin"));
  for (const char* const name : {"", "../../etc/passwd", "CEST", "+01:00", "europe/berlin"})
    EXPECT_FALSE(find_time_zone(name)) << name;
}

TEST(TimesOfDay, HaveTwoDigitsEach) {
  EXPECT_EQ(parse_time_of_day("00:00"), 0min);
  EXPECT_EQ(parse_time_of_day("23:59"), 23h + 59min);
  for (const char* const text :
       {"", "8:00", "24:00", "12:60", "12:5", "12.30", "12:30:00", "ab:cd"})
    EXPECT_EQ(parse_time_of_day(text), std::nullopt) << text;
}

}  // namespace
}  // namespace defenderd
