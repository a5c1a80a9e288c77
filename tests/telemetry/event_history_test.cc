#include "telemetry/event_history.h"

#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using samples::at;

JournalLine line(WallTime time, std::string result, bool is_drift = false) {
  JournalLine line;
  line.time = format_rfc3339(time);
  line.result = std::move(result);
  if (is_drift) line.as_declared = format_rfc3339(time);
  return line;
}

TEST(EventHistory, CountsWhatEachHourHad) {
  EventHistory history;
  EXPECT_EQ(history.memory(), EventHistory::Memory());
  history.known_since(at(5));
  history.known_since(at(7));
  history.record(line(at(10), "withheld", true));
  history.record(line(at(20), "applied"));
  history.record(line(at(59), "failed"));
  history.record(line(at(60), "applied", true));
  history.record(line(at(61), "edited"));
  for (const std::string word : {"intent", "unknown", "attributed", "freeze", "gap", "ended"})
    history.record(line(at(62), word));
  const EventHistory::Memory memory = history.memory();
  EXPECT_EQ(memory.since, at(5));
  ASSERT_EQ(memory.hours.size(), 2U);
  EXPECT_EQ(memory.hours.at(at(0)), (EventCounts{1, 1, 1, 1, 0}));
  EXPECT_EQ(memory.hours.at(at(60)), (EventCounts{1, 1, 0, 0, 1}));
}

TEST(EventHistory, IsBoundedAndTheOldestHoursGo) {
  EventHistory history;
  for (int hour = 0; hour < 1000; ++hour) history.record(line(at(60 * hour), "applied"));
  const auto hours = history.memory().hours;
  EXPECT_EQ(hours.size(), kEventHours);
  EXPECT_EQ(hours.rbegin()->first, at(60 * 999));
  EXPECT_LT(format(history.memory()).size(), 40'000U) << "its part of the state";
}

// The state may be older than the journal, which may have been rotated away.
TEST(EventHistory, StateAndJournalTogetherCountEachEventOnce) {
  EventHistory before;
  before.known_since(at(0));
  for (int i = 0; i < 3; ++i) before.record(line(at(1), "applied"));
  for (int i = 0; i < 5; ++i) before.record(line(at(61), "applied"));
  const auto saved = parse_event_section(format(before.memory()));
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_EQ(*saved, before.memory());

  EventHistory after;
  after.known_since(at(60));
  for (int i = 0; i < 7; ++i) after.record(line(at(61), "applied"));  // two after the last save
  after.recall(*saved);
  EXPECT_EQ(after.memory().since, at(0));
  EXPECT_EQ(after.memory().hours.at(at(0)).corrections, 3U) << "only in the state";
  EXPECT_EQ(after.memory().hours.at(at(60)).corrections, 7U) << "in both";

  EventHistory without_journal;
  without_journal.known_since(at(200));
  without_journal.recall(*saved);
  EXPECT_EQ(without_journal.memory(), before.memory());
}

TEST(EventHistory, AnUnknownFormIsAnError) {
  ASSERT_TRUE(parse_event_section(R"({"hours":[["2026-01-01T00:00:00.000Z",1,2,3,4,5]]})"));
  for (const std::string bad :
       {"", "[]", "{}", R"({"hours":[[]]})", R"({"since":"then","hours":[]})",
        R"({"hours":[["2026-01-01T00:00:00.000Z",1,2,3,4]]})",
        R"({"hours":[["2026-01-01T00:00:00.000Z",1,2,3,4,-5]]})"})
    EXPECT_FALSE(parse_event_section(bad)) << bad;
}

}  // namespace
}  // namespace defenderd
