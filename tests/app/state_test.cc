#include "app/state.h"

#include <gmock/gmock.h>

#include "app/safety_rules.h"
#include "app/state_sections.h"
#include "base/time_text.h"
#include "support/builders.h"
#include "support/fake_clock.h"
#include "telemetry/safety_section.h"
#include "telemetry/state_folder.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::HasSubstr;

TEST(BrakeWindow, IsTheLongerOfAnHourAndTwoIntervals) {
  PollSettings poll;
  EXPECT_EQ(brake_window(poll), Duration(1h));
  poll.full_interval = 10h;
  EXPECT_EQ(brake_window(poll), Duration(1h)) << "each is read directly at each interval";
  poll.strategy = PollStrategy::ResourceGraph;
  EXPECT_EQ(brake_window(poll), Duration(20h)) << "the graph may hide a drift for so long";
  poll = {.interval = 45min};
  EXPECT_EQ(brake_window(poll), Duration(90min));
}

class StateTest : public StateFolder {
 protected:
  [[nodiscard]] std::string in(const std::string& name) const { return folder_ + "/" + name; }
};

TEST_F(StateTest, LiesBesideAJournalThatIsAFile) {
  Settings settings;
  EXPECT_EQ(state_path(settings), "");
  settings.journal_file = "-";
  EXPECT_EQ(state_path(settings), "");
  settings.journal_file = "/dev/full";
  EXPECT_EQ(state_path(settings), "");
  settings.journal_file = in("journal.jsonl");
  EXPECT_EQ(state_path(settings), "") << "there is none";
  put(settings.journal_file, "");
  EXPECT_EQ(state_path(settings), in("state.json"));
  settings.state_file = in("elsewhere");
  EXPECT_EQ(state_path(settings), in("elsewhere"));
  settings.journal_file = "";
  EXPECT_EQ(state_path(settings), in("elsewhere"));
}

TEST_F(StateTest, IsNeverTheJournalItself) {
  Settings settings;
  settings.journal_file = in("state.json");
  put(settings.journal_file, "");
  EXPECT_FALSE(open_state(settings)) << "by the default";
  settings.journal_file = in("journal");
  put(settings.journal_file, "");
  settings.state_file = folder_ + "/./journal";
  const auto opened = open_state(settings);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message,
              HasSubstr("is also journal.file: use another name for state.file"));
}

TEST_F(StateTest, WithoutAFileNothingIsKept) {
  const auto opened = open_state(Settings{});
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, nullptr);
}

std::string line(const std::string& time, const std::string& rest, unsigned n) {
  return R"({"time":"2026-01-01T)" + time + "Z\"," + rest + R"(,"subscription_id":")" +
         subscription_id(n).text() + "\"}\n";
}

TEST_F(StateTest, TheJournalTellsWhatWasSwitched) {
  const std::string off = R"("field":"plan","from":"on","to":"off")";
  put(in("journal"),
      line("09:00:00", R"("result":"applied",)" + off, 1) +
          line("10:00:00", R"("result":"applied",)" + off, 2) +
          line("10:00:01", R"("result":"applied","field":"promptEvidence","to":"off")", 3) +
          line("10:00:02", R"("result":"applied","field":"AINew","to":"on")", 4) +
          line("10:00:03", R"("result":"failed","reason":"Timeout",)" + off, 5) +
          line("10:00:04", R"("result":"failed","maybe_applied":true,)" + off, 6) +
          line("10:00:05", R"("result":"withheld",)" + off, 7) +
          line("10:00:06", R"("result":"intent",)" + off, 8) +
          line("10:00:07", R"("result":"applied","confirmed":"3f2a91bc",)" + off, 9) +
          "no line at all\n");
  SafetyMemory memory;
  memory.brakes[0].confirmed = {{{subscription_id(9), Field::plan(kDeclaredPlan)}, "3f2a91bc"},
                                {{subscription_id(10), Field::plan(kDeclaredPlan)}, "3f2a91bc"}};
  merge_journal(memory, in("journal"), *parse_rfc3339("2026-01-01T10:00:00Z"));
  const auto at = [](int second) {
    return *parse_rfc3339("2026-01-01T10:00:00Z") + std::chrono::seconds(second);
  };
  EXPECT_EQ(memory.brakes[0].switched,
            (std::vector<RememberedSwitch>{
                {{subscription_id(2), Field::plan(kDeclaredPlan)}, at(0)},
                {{subscription_id(3), Field::extension(kDeclaredPlan, "AIPromptEvidence")}, at(1)},
                {{subscription_id(6), Field::plan(kDeclaredPlan)}, at(4)},
                {{subscription_id(8), Field::plan(kDeclaredPlan)}, at(6)}}));
  EXPECT_EQ(memory.brakes[1].switched,
            (std::vector<RememberedSwitch>{
                {{subscription_id(4), Field::extension(kDeclaredPlan, "AINew")}, at(2)}}));
  EXPECT_THAT(memory.spent_codes, Each("3f2a91bc"));
  EXPECT_FALSE(memory.spent_codes.empty());
  EXPECT_EQ(memory.brakes[0].confirmed,
            (std::vector<RememberedConfirmation>{
                {{subscription_id(10), Field::plan(kDeclaredPlan)}, "3f2a91bc"}}))
      << "the other one is done";
  SafetyMemory empty;
  merge_journal(empty, in("none"), {});
  EXPECT_EQ(empty, SafetyMemory{});
}

class JournalBesideStateTest : public StateTest {
 protected:
  static constexpr const char* kOff = R"("result":"applied","field":"plan","from":"on","to":"off")";

  JournalBesideStateTest() {
    settings_.journal_file = in("journal");
    set_wall(at("10:10:00"));
  }
  void set_wall(WallTime to) {
    clock_.set_wall_clock(std::chrono::duration_cast<Duration>(to - clock_.wall_now()));
  }
  // Of plans 1 and 2, switched off at 10:00:00, saved at 10:00:01.
  [[nodiscard]] static std::string saved_section() {
    SafetyMemory memory;
    memory.brakes[0].switched = {{plan(1), at("10:00:00")}, {plan(2), at("10:00:00")}};
    return format(memory);
  }
  [[nodiscard]] static BrakeChange plan(unsigned n) {
    return {subscription_id(n), Field::plan(kDeclaredPlan)};
  }
  [[nodiscard]] static WallTime at(const std::string& time) {
    return *parse_rfc3339("2026-01-01T" + time + "Z");
  }
  // What the safety knows after a start.
  [[nodiscard]] SafetyMemory read() {
    Safety safety(clock_, WritePermit(), {},
                  {[](std::string_view text) { return std::string(text.substr(0, 8)); }});
    const auto done =
        safety_section(safety, settings_, clock_).read(saved_section(), at("10:00:01"));
    EXPECT_TRUE(done);
    return safety.memory();
  }

  Settings settings_;
  FakeClock clock_;
};

TEST_F(JournalBesideStateTest, WhatCouldNotBeSavedIsReadFromTheJournal) {
  put(in("journal"), line("09:30:00", kOff, 8) + line("10:00:00", kOff, 1) +
                         line("10:05:00", kOff, 2) + line("10:05:01", kOff, 3) +
                         line("10:05:02", kOff, 4) + line("10:05:03", kOff, 4) +
                         line("10:05:04",
                              R"("result":"applied","confirmed":"3f2a91bc",)"
                              R"("field":"plan","to":"off")",
                              5));
  const SafetyMemory memory = read();
  EXPECT_EQ(memory.brakes[0].switched, (std::vector<RememberedSwitch>{{plan(1), at("10:00:00")},
                                                                      {plan(2), at("10:05:00")},
                                                                      {plan(3), at("10:05:01")},
                                                                      {plan(4), at("10:05:03")}}))
      << "each once; what the state knew before it was saved is not read again";
  EXPECT_EQ(memory.spent_codes, std::vector<std::string>{"3f2a91bc"});
}

TEST_F(JournalBesideStateTest, AClockThatWasSetBackHidesNothing) {
  set_wall(at("09:40:00"));
  put(in("journal"), line("08:30:00", kOff, 7) + line("09:30:00", kOff, 3));
  const SafetyMemory memory = read();
  EXPECT_EQ(memory.brakes[0].switched.size(), 3U);
}

TEST_F(JournalBesideStateTest, WithoutAJournalTheStateIsWhatWasSaved) {
  EXPECT_EQ(read().brakes[0].switched.size(), 2U);
}

}  // namespace
}  // namespace defenderd
