#include "telemetry/share_history.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "telemetry/samples.h"

namespace defenderd {
namespace {

using samples::at;

KnownCounts counts(std::size_t as_declared, std::size_t different, std::size_t not_known) {
  KnownCounts result;
  result.now = {as_declared, different, not_known};
  return result;
}

TEST(ShareHistory, HasTheLastSweepOfEachHourForAWeekAndOfSixHoursForAMonth) {
  ShareHistory history;
  EXPECT_TRUE(history.samples().empty());
  history.record(counts(1, 2, 3), at(5));
  history.record(counts(4, 5, 6), at(55));
  history.record(counts(7, 8, 9), at(61));
  EXPECT_EQ(history.samples(), (std::vector<ShareSample>{{at(55), 4, 5, 6}, {at(61), 7, 8, 9}}));
  for (int hour = 2; hour < 2000; ++hour) history.record(counts(1, 0, 0), at(60 * hour));
  const std::vector<ShareSample> samples = history.samples();
  EXPECT_LE(samples.size(), kShareSamples);
  EXPECT_EQ(samples.back().at, at(60 * 1999));
  EXPECT_EQ(samples[samples.size() - kShareHours].at, at(60 * (2000 - 168))) << "by the hour";
  EXPECT_EQ(samples[samples.size() - kShareHours - 1].at, at(60 * 1829)) << "at 05:00";
  EXPECT_EQ(samples[samples.size() - kShareHours - 2].at, at(60 * 1823)) << "at 23:00";
  EXPECT_EQ(samples.front().at, at(60 * 1283)) << "no more than 30 days";
}

TEST(ShareHistory, ThinsOutOnlyWhatIsOlderThanAWeek) {
  ShareHistory history;
  history.record(counts(1, 0, 0), at(0));
  history.record(counts(2, 0, 0), at(60));
  history.record(counts(3, 0, 0), at(60 * 8 * 24));
  EXPECT_EQ(history.samples(),
            (std::vector<ShareSample>{{at(60), 2, 0, 0}, {at(60 * 8 * 24), 3, 0, 0}}));
}

// A document of an earlier version.
TEST(ShareHistory, AWeekByTheHourIsReadAndThinnedOutAsItGrowsOld) {
  std::vector<ShareSample> week;
  for (int hour = 0; hour < 168; ++hour) week.push_back({at(60 * hour), 1, 0, 0});
  ShareHistory history;
  const auto read = parse_share_section(format(week));
  ASSERT_TRUE(read) << read.error().message;
  history.recall(*read);
  EXPECT_EQ(history.samples(), week);
  history.record(counts(2, 0, 0), at(60 * 24 * 20));
  EXPECT_EQ(history.samples().size(), 28U + 1U);
}

TEST(ShareHistory, ForgetsADayThatIsToComeWhenTheClockIsSetBack) {
  ShareHistory history;
  history.record(counts(1, 0, 0), at(60));
  history.record(counts(2, 0, 0), at(60 * 24));
  history.record(counts(3, 0, 0), at(120));
  EXPECT_EQ(history.samples(), (std::vector<ShareSample>{{at(60), 1, 0, 0}, {at(120), 3, 0, 0}}));
}

TEST(ShareHistory, OutlivesARestart) {
  ShareHistory before;
  for (int hour = 0; hour < 5; ++hour) before.record(counts(10, 1, 0), at(60 * hour));
  const auto read = parse_share_section(format(before.samples()));
  ASSERT_TRUE(read) << read.error().message;
  ShareHistory after;
  after.recall(*read);
  EXPECT_EQ(after.samples(), before.samples());
  after.record(counts(11, 0, 0), at(60 * 5));
  EXPECT_EQ(after.samples().size(), 6U);
  EXPECT_GT(after.revision(), 0U);
}

TEST(ShareHistory, AnUnknownFormIsAnError) {
  ASSERT_TRUE(parse_share_section(R"([["2026-01-01T00:00:00.000Z",1,2,3]])"));
  for (const std::string bad :
       {"", "{}", "[1]", "[[]]", R"([["2026-01-01T00:00:00.000Z",1,2]])", R"([["then",1,2,3]])",
        R"([["2026-01-01T00:00:00.000Z",1,-2,3]])", R"([["2026-01-01T00:00:00.000Z",1,2,"3"]])"})
    EXPECT_FALSE(parse_share_section(bad)) << bad;
}

}  // namespace
}  // namespace defenderd
