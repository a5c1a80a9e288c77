#include "desired/at_rest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace defenderd {
namespace {

using namespace std::chrono_literals;

constexpr Duration kNever = 1h;

// What is seen from `from` on, until the next of them.
struct Step {
  Duration from;
  Writer writer;
  bool changed = true;  // at `from`
  Oddity oddity = Oddity::None;
};

struct Case {
  const char* description;
  std::vector<Step> steps;
  Duration taken_at;  // kNever: not within the hour
};

// Checks every 50 ms and at each step.
Duration taken_at(const std::vector<Step>& steps) {
  AtRest rest;
  std::size_t next = 0;
  RestCheck check;
  for (Duration now = 0ms; now < kNever; now += 50ms) {
    check.changed = false;
    while (next < steps.size() && steps[next].from <= now) {
      check.writer = steps[next].writer;
      check.oddity = steps[next].oddity;
      check.changed = check.changed || steps[next].changed;
      ++next;
    }
    check.at = SteadyTime(now);
    if (!rest.judge(check)) return now;
  }
  return kNever;
}

// Closed after each of `count` appends.
std::vector<Step> appends(int count, Duration every) {
  std::vector<Step> steps;
  for (int i = 0; i < count; ++i) steps.push_back({i * every, Writer::Done});
  return steps;
}

TEST(AtRest, IsTakenWhenItIsAtRest) {
  for (const Case& one : std::vector<Case>{
           {"renamed into place in a folder", {{0ms, Writer::Done}}, 150ms},
           {"renamed into place", {{0ms, Writer::Placed}}, 0ms},
           {"renamed into place and then written",
            {{0ms, Writer::AtWork}, {100ms, Writer::Placed, true}},
            100ms},
           {"renamed into place without its end",
            {{0ms, Writer::Placed, true, Oddity::EndMissing}},
            10s},
           {"written and closed", {{0ms, Writer::AtWork}, {50ms, Writer::Done, false}}, 200ms},
           {"written at two checks and closed",
            {{0ms, Writer::AtWork}, {100ms, Writer::AtWork}, {150ms, Writer::Done, false}},
            300ms},
           {"open for 15 s without a byte, then closed",
            {{0ms, Writer::AtWork}, {15s, Writer::Done, false}},
            15s + 150ms},
           {"streamed for a minute",
            {{0ms, Writer::AtWork}, {30s, Writer::AtWork}, {60s, Writer::Done, false}},
            60s + 150ms},
           {"never closed", {{0ms, Writer::AtWork}}, kNever},
           {"two edits in a row", {{0ms, Writer::Done}, {100ms, Writer::Done}}, 300ms},
           {"without its end", {{0ms, Writer::Done, true, Oddity::EndMissing}}, 10s},
           {"without a line end", {{0ms, Writer::Done, true, Oddity::NoLineEnd}}, 10s},
           {"broken off after a pause",
            {{0ms, Writer::AtWork}, {15s, Writer::Done, false, Oddity::EndMissing}},
            25s},
           {"without its end, which comes later",
            {{0ms, Writer::Done, true, Oddity::EndMissing}, {4s, Writer::Done}},
            12s},
           {"files are missing", {{0ms, Writer::Done, true, Oddity::FilesMissing}}, 20s},
           {"nothing tells", {{0ms, Writer::Unknown}}, 20s},
           {"nothing tells, and it changes again",
            {{0ms, Writer::Unknown}, {15s, Writer::Unknown}},
            35s},
           {"nothing tells until it is closed",
            {{0ms, Writer::Unknown}, {5s, Writer::Done, false}},
            5s + 150ms},
       }) {
    EXPECT_EQ(taken_at(one.steps), one.taken_at) << one.description;
  }
}

TEST(AtRest, AFileThatIsAppendedToRestsTwiceAsLongAsItHasGrown) {
  for (const Duration every : {50ms, 100ms}) {
    for (const int count : {2, 3, 10, 40}) {
      const auto steps = appends(count, every);
      const Duration last = steps.back().from;
      EXPECT_EQ(taken_at(steps), last + std::clamp<Duration>(2 * last, 150ms, 10s))
          << count << " appends";
    }
  }
  // Never in between, as long as it goes on at that pace.
  EXPECT_GT(taken_at(appends(1000, 100ms)), 100s);
}

TEST(AtRest, WhatIsAppendedAfterItTookEffectBelongsToTheSameGrowth) {
  AtRest rest;
  RestCheck check{.changed = true, .writer = Writer::Done, .appended = true};
  EXPECT_EQ(rest.judge(check), kAppendRest);
  check.changed = false;
  check.at += kAppendRest;
  EXPECT_EQ(rest.judge(check), std::nullopt);
  rest.reset();
  check.changed = true;
  check.at += 1s;
  EXPECT_EQ(rest.judge(check), 2 * (kAppendRest + 1s)) << "it has been growing since the first";
  rest.reset();
  check.at += 10s;
  EXPECT_EQ(rest.judge(check), kAppendRest) << "long afterwards: another edit";
}

TEST(AtRest, CountsWhatIsKnownOfTheTimeBeforeTheFirstCheck) {
  AtRest rest;
  EXPECT_EQ(rest.judge({SteadyTime(1h), true, 30s, Writer::Unknown}), std::nullopt);
  rest.reset();
  EXPECT_EQ(rest.judge({SteadyTime(1h), true, 12s, Writer::Unknown}), 8s);
  rest.reset();
  EXPECT_EQ(rest.judge({SteadyTime(1h), true, 12s, Writer::Done, Oddity::NoLineEnd}), std::nullopt);
  rest.reset();
  EXPECT_EQ(rest.judge({SteadyTime(1h), true, -5s, Writer::Done}), kRestAfterClose)
      << "a file from the future is new";
}

TEST(AtRest, IsOverdueAfterAMinute) {
  AtRest rest;
  EXPECT_FALSE(rest.overdue(SteadyTime(1h)));
  (void)rest.judge({SteadyTime(1h), true, {}, Writer::AtWork});
  EXPECT_TRUE(rest.pending());
  EXPECT_FALSE(rest.overdue(SteadyTime(1h + 59s)));
  EXPECT_TRUE(rest.overdue(SteadyTime(1h + 60s)));
  rest.reset();
  EXPECT_FALSE(rest.pending());
  EXPECT_FALSE(rest.overdue(SteadyTime(2h)));
}

}  // namespace
}  // namespace defenderd
