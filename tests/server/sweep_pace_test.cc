#include "server/sweep_pace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "telemetry/samples.h"

namespace defenderd {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

const WallTime kStarted = samples::kStart;

StatusRow row(std::optional<WallTime> seen, int failures = 0) {
  StatusRow row;
  row.observed_directly = seen;
  row.last_attempt = seen;
  row.consecutive_failures = failures;
  return row;
}

json told(const SweepStatus& sweep, WallTime now, const std::vector<StatusRow>& rows) {
  SweepPace pace(sweep, now);
  for (const StatusRow& row : rows) pace.add(row);
  JsonWriter writer;
  pace.write(writer, rows.size());
  return json::parse(writer.take());
}

TEST(SweepPace, TheFirstSweepSaysHowFarItIsAndHowLongItTakes) {
  std::vector<StatusRow> rows;
  for (int i = 0; i < 40; ++i) rows.push_back(row(kStarted + i * 1s));
  for (int i = 0; i < 60; ++i) rows.push_back(row(std::nullopt));
  rows[3].consecutive_failures = 1;
  const json sweep = told({true, kStarted, 60}, kStarted + 40s, rows);
  EXPECT_EQ(sweep, json({{"first", true},
                         {"started", "2026-01-01T00:00:00.000Z"},
                         {"total", 100},
                         {"observed", 39},
                         {"remaining", 60},
                         {"perMinute", 58},
                         {"secondsLeft", 62}}))
      << "39 within the 40 seconds, because the first was at their start";
}

TEST(SweepPace, TheRateIsTheOneOfTheLastMinute) {
  std::vector<StatusRow> rows;
  for (int i = 1; i <= 300; ++i) rows.push_back(row(kStarted + i * 1s));  // then nothing more
  const json later = told({true, kStarted, 50}, kStarted + 330s, rows);
  EXPECT_EQ(later["perMinute"], 30);
  EXPECT_EQ(later["secondsLeft"], 100);
  const json stuck = told({true, kStarted, 50}, kStarted + 1h, rows);
  EXPECT_EQ(stuck["perMinute"], 0);
  EXPECT_TRUE(stuck["secondsLeft"].is_null());
}

TEST(SweepPace, NothingIsEstimatedFromNothing) {
  const json soon = told({true, kStarted, 1}, kStarted + 4s, {row(kStarted + 1s)});
  EXPECT_TRUE(soon["perMinute"].is_null());
  EXPECT_TRUE(soon["secondsLeft"].is_null());
  const json set_back = told({true, kStarted, 1}, kStarted - 1h, {row(kStarted)});
  EXPECT_TRUE(set_back["secondsLeft"].is_null());
  EXPECT_EQ(told({false, kStarted, 0}, kStarted + 1min, {})["secondsLeft"], 0);
}

TEST(SweepPace, WhatTheSweepBeforeObservedIsNotOfThisOne) {
  const std::vector<StatusRow> rows{row(kStarted - 1s), row(kStarted), row(kStarted + 1s)};
  EXPECT_EQ(told({false, kStarted, 2}, kStarted + 2s, rows)["observed"], 1);
}

}  // namespace
}  // namespace defenderd
