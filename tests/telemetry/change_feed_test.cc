#include "telemetry/change_feed.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using samples::at;
using testing::ElementsAre;

JournalLine line(int minute, std::string result, int n = 1) {
  JournalLine line;
  line.time = format_rfc3339(at(minute));
  line.result = std::move(result);
  line.subscription_id = subscription_id(static_cast<unsigned>(n)).text();
  line.name = "sub-" + std::to_string(n);
  line.field = "plan";
  line.from = "off";
  line.to = "on";
  return line;
}

// Of a drift that was first observed then.
JournalLine of_drift(int minute, std::string result, int since) {
  JournalLine of = line(minute, std::move(result));
  of.since = format_rfc3339(at(since));
  return of;
}

JournalLine new_drift(int minute, std::string result) {
  JournalLine of = of_drift(minute, std::move(result), minute);
  of.as_declared = format_rfc3339(at(minute - 1));
  return of;
}

// "drift plan on -> off by eve 120s", newest first.
std::vector<std::string> told(const ChangeFeed& feed) {
  std::vector<std::string> texts;
  auto items = feed.snapshot().items;
  std::reverse(items.begin(), items.end());
  for (const auto& kept : items) {
    const ChangeItem& item = *kept;
    const JournalLine line = item.line().value_or(JournalLine());
    std::string text(to_text(item.event));
    if (!item.result.empty()) text += " " + item.result;
    text += " " + line.from + "->" + line.to;
    if (!line.actor.empty()) text += " by " + line.actor;
    if (item.begun && item.until) {
      const auto seconds =
          std::chrono::duration_cast<std::chrono::seconds>(*item.until - *item.begun);
      text += " " + std::to_string(seconds.count()) + "s";
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

TEST(ChangeFeed, ADriftAndItsCorrectionAreTwoItems) {
  ChangeFeed feed;
  feed.record(new_drift(10, "withheld"));
  EXPECT_THAT(told(feed), ElementsAre("correction withheld off->on", "drift on->off"));
  feed.record(of_drift(12, "applied", 10));
  EXPECT_THAT(told(feed), ElementsAre("correction applied off->on 120s",
                                      "correction withheld off->on", "drift on->off 120s"));
}

// Journals of earlier versions: the first line has the time of the observation, the others that of
// the first line.
TEST(ChangeFeed, ADriftEndsAlsoByALineWithAnotherSince) {
  ChangeFeed feed;
  feed.record(new_drift(10, "failed"));
  feed.record(of_drift(13, "applied", 11));
  EXPECT_THAT(told(feed), ElementsAre("correction applied off->on 120s",
                                      "correction failed off->on", "drift on->off 180s"));
}

TEST(ChangeFeed, WhoMadeADriftIsKnownLater) {
  ChangeFeed feed;
  feed.record(new_drift(10, "applied"));
  feed.record(line(11, "applied", 2));
  JournalLine answer = of_drift(15, "attributed", 10);
  answer.from = answer.to = "";
  answer.actor_kind = "user";
  answer.actor = "eve";
  answer.happened = format_rfc3339(at(8));
  answer.message = "plan changed by eve";
  feed.record(answer);
  EXPECT_THAT(told(feed),
              ElementsAre("correction applied off->on", "correction applied off->on by eve 0s",
                          "drift on->off by eve 120s"));
  EXPECT_EQ(feed.snapshot().items.front()->line()->message, "plan changed by eve");
}

// A journal of an earlier version does not say that a drift is new.
TEST(ChangeFeed, AnAnswerWithoutItsDriftIsAnItem) {
  ChangeFeed feed;
  feed.record(of_drift(10, "applied", 9));
  JournalLine answer = of_drift(15, "attributed", 9);
  answer.actor = "eve";
  feed.record(answer);
  EXPECT_THAT(told(feed),
              ElementsAre("drift off->on by eve 60s", "correction applied off->on by eve 60s"));
}

TEST(ChangeFeed, AResultTakesThePlaceOfTheUnknown) {
  ChangeFeed feed;
  feed.record(line(1, "unknown", 1));
  feed.record(line(1, "unknown", 2));
  feed.record(line(2, "failed", 1));
  EXPECT_THAT(told(feed), ElementsAre("correction failed off->on", "correction unknown off->on"));
  EXPECT_EQ(feed.snapshot().items.front()->subscription, subscription_id(2));
}

TEST(ChangeFeed, WhatIsNoChangeIsNoItem) {
  ChangeFeed feed;
  for (const std::string word : {"intent", "drift", "correction", "nonsense"})
    feed.record(line(1, word));
  EXPECT_TRUE(feed.snapshot().items.empty());
  for (const std::string word : {"ended", "finding", "finding_ended", "confirmed", "edited",
                                 "freeze", "thaw", "leads", "gap"})
    feed.record(line(2, word));
  EXPECT_EQ(feed.snapshot().items.size(), 9U);
}

TEST(ChangeFeed, PlacesGrowAndSurviveTheirText) {
  ChangeFeed feed;
  for (const int minute : {5, 5, 3, 6}) feed.record(line(minute, "failed"));
  const auto items = feed.snapshot().items;
  ASSERT_EQ(items.size(), 4U);
  for (std::size_t i = 1; i < items.size(); ++i) EXPECT_LT(items[i - 1]->place, items[i]->place);
  for (const auto& item : items) EXPECT_EQ(parse_change_place(to_text(item->place)), item->place);
  EXPECT_EQ(items.back()->place.number, 0U) << "of its millisecond";
  for (const std::string bad : {"", "-", "1", "1-", "-1", "1-x", "x-1", "1-1 ", "1-99999999999"})
    EXPECT_EQ(parse_change_place(bad), std::nullopt) << bad;
}

TEST(ChangeFeed, AnEditThatHoldsTheFleetDisplacesNoCorrections) {
  ChangeFeed feed(10);
  feed.known_since(at(0));
  for (int i = 1; i <= 5; ++i) feed.record(line(i, "applied"));
  for (int i = 6; i <= 50; ++i) feed.record(line(i, i % 2 == 0 ? "withheld" : "ended"));
  const auto held = feed.snapshot();
  ASSERT_EQ(held.items.size(), 10U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(held.items[i]->result, "applied");
  EXPECT_EQ(held.since, at(46)) << "of the time before, not all is known";
  for (int i = 51; i <= 60; ++i) feed.record(line(i, "applied"));
  EXPECT_EQ(feed.snapshot().items.size(), 10U);
  EXPECT_EQ(feed.snapshot().since, at(51)) << "the corrections have all of it";
}

TEST(ChangeFeed, IsBoundedAndSaysSinceWhenItKnows) {
  ChangeFeed few(3);
  EXPECT_EQ(few.snapshot().since, std::nullopt);
  few.known_since(at(0));
  for (int i = 1; i <= 3; ++i) few.record(line(i, "failed"));
  EXPECT_EQ(few.snapshot().since, at(0));
  few.record(line(4, "failed"));
  EXPECT_EQ(few.snapshot().since, at(2));
  EXPECT_EQ(few.snapshot().items.size(), 3U);

  ChangeFeed small(1000, 10'000);
  for (int i = 1; i <= 100; ++i) {
    JournalLine big = line(i, "failed");
    big.message = std::string(1000, 'x');
    small.record(big);
  }
  EXPECT_LT(small.snapshot().items.size(), 10U);
  EXPECT_GT(small.snapshot().items.size(), 3U);
}

}  // namespace
}  // namespace defenderd
