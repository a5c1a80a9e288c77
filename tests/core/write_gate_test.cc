// The rules of the write gate, row by row.

#include "core/write_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"

namespace defenderd {
namespace {

using testing::HasSubstr;

constexpr WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
constexpr auto kHour = std::chrono::hours(1);

// A question that no rule withholds. Each row of the table spoils it in one way.
struct Spoiled {
  DesiredSubscription desired = declared(1, true, {evidence(true)});
  Pricing observed = free_plan();
  WallTime now = kNow;
  WritePermit permit = {};
  SafetyVerdict safety = {};
  Drift drift{Field::plan(kDeclaredPlan), true, "off"};
  bool is_in_force = true;

  [[nodiscard]] WriteQuestion question() const {
    return {desired, {now, permit, &safety, is_in_force}, &observed, &drift};
  }
};

void suspend(Spoiled& it) {
  it.desired.suspend = Suspension{kNow + kHour, "tenant move", "platform team"};
}
void unknown_tier(Spoiled& it) {
  it.observed.tier = Tier::Other;
  it.observed.tier_text = "Premium";
}
void replaced(Spoiled& it) { it.is_in_force = false; }
void cut(Spoiled& it) { it.observed.is_cut = true; }
void observing_run(Spoiled& it) { it.permit = WritePermit::observing(); }
class AlwaysFrozen final : public FreezeSource {
 public:
  [[nodiscard]] std::shared_ptr<const ActiveFreezes> at(WallTime now) const override {
    return std::make_shared<const ActiveFreezes>(ActiveFreezes{
        {std::make_shared<const Freeze>(Freeze{.reason = "shorter"}), now + kHour},
        {std::make_shared<const Freeze>(Freeze{.reason = "year-end", .by = "board"}), {}}});
  }
};
void frozen(Spoiled& it) {
  static const AlwaysFrozen freezes;
  it.permit = it.permit.unless_frozen(freezes);
}
class AStandby final : public LeadershipSource {
 public:
  [[nodiscard]] LeadershipStanding standing() const override {
    return {false, {}, "this replica is a standby; the leader is other"};
  }
};
void not_the_leader(Spoiled& it) {
  static const AStandby standby;
  it.permit = it.permit.while_leading(standby);
}
void observe_mode(Spoiled& it) { it.desired.mode = Mode::Observe; }
template <Reason reason>
void held(Spoiled& it) {
  it.safety = {};
  it.safety.withhold(it.drift.field, {reason, "the safety says so"});
}

struct Row {
  const char* description;
  void (*spoil)(Spoiled&);
  Reason reason;
  State state;
  const char* words;  // in the message
};

// In order of precedence.
const std::vector<Row> kRows{
    {"suspended", suspend, Reason::Suspended, State::Suspended,
     "suspended until 2026-03-01T01:00:00.000Z: tenant move (platform team)"},
    {"an unknown tier is not overwritten", unknown_tier, Reason::UnknownTier, State::Drifted,
     "'Premium'"},
    {"what is not carried along whole is not written back", cut, Reason::AnswerTooLarge,
     State::Drifted, "64 KiB"},
    {"--observe", observing_run, Reason::ObserveMode, State::Drifted, "--observe"},
    {"mode: observe", observe_mode, Reason::ObserveMode, State::Drifted, "mode: enforce"},
    {"not the leader", not_the_leader, Reason::NotLeader, State::Held, "the leader is other"},
    {"frozen: of several the one that ends last is named", frozen, Reason::Frozen, State::Held,
     "frozen until the freeze is removed: year-end (board)"},
    {"the declaration was edited or taken out", replaced, Reason::FleetNotObserved, State::Held,
     "the declaration changed"},
    {"the fleet is not known", held<Reason::FleetNotObserved>, Reason::FleetNotObserved,
     State::Held, "the safety says so"},
    {"contested", held<Reason::Contested>, Reason::Contested, State::Contested,
     "the safety says so"},
    {"the brake on switching off", held<Reason::DisableBrake>, Reason::DisableBrake, State::Held,
     "the safety says so"},
    {"the brake on switching on", held<Reason::EnableBrake>, Reason::EnableBrake, State::Held,
     "the safety says so"},
    {"an earlier wave is not complete", held<Reason::WaitsForEarlierWave>,
     Reason::WaitsForEarlierWave, State::Held, "the safety says so"},
    {"the roll-out has stopped", held<Reason::RolloutStopped>, Reason::RolloutStopped, State::Held,
     "the safety says so"},
    {"the pace", held<Reason::Paced>, Reason::Paced, State::Held, "the safety says so"},
};

TEST(WriteGate, LetsThroughWhatNothingWithholds) {
  const Spoiled nothing;
  EXPECT_EQ(withheld(nothing.question()), std::nullopt);
}

TEST(WriteGate, EachRowWithholdsForItsReason) {
  ASSERT_EQ(kRows.size(), write_rules().size());
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    const Row& row = kRows[i];
    SCOPED_TRACE(row.description);
    Spoiled spoiled;
    row.spoil(spoiled);
    const WriteQuestion question = spoiled.question();
    EXPECT_EQ(write_rules()[i].reason, row.reason);
    EXPECT_EQ(write_rules()[i].state, row.state);
    EXPECT_TRUE(write_rules()[i].withholds(question));
    const auto why = withheld(question);
    ASSERT_TRUE(why);
    EXPECT_EQ(why->reason, row.reason);
    EXPECT_EQ(state_when_withheld(why->reason), row.state);
    EXPECT_THAT(why->message, HasSubstr(row.words));
  }
}

TEST(WriteGate, AnEarlierRowPrecedesALaterOne) {
  for (std::size_t first = 0; first < kRows.size(); ++first) {
    for (std::size_t second = first + 1; second < kRows.size(); ++second) {
      SCOPED_TRACE(std::string(kRows[first].description) + ", " + kRows[second].description);
      Spoiled spoiled;
      kRows[second].spoil(spoiled);
      kRows[first].spoil(spoiled);  // later, as the safety has one verdict on a field
      const auto why = withheld(spoiled.question());
      ASSERT_TRUE(why);
      EXPECT_EQ(why->reason, kRows[first].reason);
      EXPECT_THAT(why->message, HasSubstr(kRows[first].words));
    }
  }
}

TEST(WriteGate, ASuspensionEndsOnItsSecond) {
  Spoiled spoiled;
  suspend(spoiled);
  spoiled.now = kNow + kHour;
  EXPECT_EQ(withheld(spoiled.question()), std::nullopt);
}

TEST(WriteGate, WhatIsNotGivenHasNoSay) {
  Spoiled spoiled;
  unknown_tier(spoiled);
  held<Reason::DisableBrake>(spoiled);
  EXPECT_EQ(withheld({spoiled.desired, {kNow, {}, &spoiled.safety}}), std::nullopt)
      << "no observation, no drift";
  EXPECT_EQ(withheld({spoiled.desired, {kNow}, &spoiled.observed})->reason, Reason::UnknownTier)
      << "as right before a PUT";
  suspend(spoiled);
  EXPECT_EQ(withheld({spoiled.desired, {kNow}})->reason, Reason::Suspended);
}

TEST(WriteGate, AVerdictOnAnotherFieldHasNoSay) {
  Spoiled spoiled;
  held<Reason::DisableBrake>(spoiled);
  spoiled.drift.field = Field::extension(kDeclaredPlan, std::string(kPromptEvidence));
  EXPECT_EQ(withheld(spoiled.question()), std::nullopt);
}

TEST(WriteGate, AVerdictWithoutARowWithholdsAllTheSame) {
  Spoiled spoiled;
  held<Reason::Throttled>(spoiled);
  ASSERT_TRUE(withheld(spoiled.question()));
  EXPECT_EQ(withheld(spoiled.question())->reason, Reason::Throttled);
}

TEST(SafetyVerdict, TheFirstOnAFieldStands) {
  SafetyVerdict verdict;
  const Drift drift{Field::plan(kDeclaredPlan), false, "on"};
  EXPECT_EQ(verdict.on(drift.field), nullptr);
  verdict.withhold(drift.field, {Reason::Contested, "first"});
  verdict.withhold(drift.field, {Reason::DisableBrake, "second"});
  ASSERT_NE(verdict.on(drift.field), nullptr);
  EXPECT_EQ(verdict.on(drift.field)->message, "first");
}

}  // namespace
}  // namespace defenderd
