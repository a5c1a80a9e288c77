#include "telemetry/coverage_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "telemetry/metrics.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

// Although nothing is listed meanwhile: `poll.interval` may be a week.
TEST(CoverageMetrics, WhatLeftAScopeCountsForADay) {
  constexpr int kDay = 24 * 60;
  StatusBoard board;
  CoverageBoard coverage;
  CoverageSnapshot seen;
  seen.left_rows = {{CoverageReason::LeftScope, samples::at(0)},
                    {CoverageReason::LeftScope, samples::at(9)},
                    {CoverageReason::OutOfSight, samples::at(0)}};
  coverage.set(seen);
  WallTime now = samples::at(kDay - 1);
  const Metrics metrics(board, coverage, {.now = [&] { return now; }});
  const auto counts = [&](const std::string& reason, int count) {
    return testing::HasSubstr("\ndefenderd_subscriptions_left_scope{reason=\"" + reason + "\"} " +
                              std::to_string(count) + "\n");
  };
  std::string text = metrics.render(ExpositionFormat::Prometheus);
  EXPECT_THAT(text, testing::AllOf(counts("LeftScope", 2), counts("OutOfSight", 1)));
  now = samples::at(kDay);
  text = metrics.render(ExpositionFormat::Prometheus);
  EXPECT_THAT(text, testing::AllOf(counts("LeftScope", 1), counts("OutOfSight", 0)));
}

}  // namespace
}  // namespace defenderd
