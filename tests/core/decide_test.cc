#include "core/decide.h"

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "support/builders.h"

namespace defenderd {
namespace {

constexpr WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);

Suspension suspended_until(WallTime until) { return {until, "tenant move", "platform team"}; }

struct Case {
  const char* description;
  DesiredSubscription desired;
  Pricing observed;
  bool observe_only;
  std::optional<Reason> withheld;  // of every change; nullopt: all are planned
  const char* words;               // in the message
};

std::ostream& operator<<(std::ostream& out, const Case& item) { return out << item.description; }

DesiredSubscription with(DesiredSubscription desired, Mode mode,
                         std::optional<Suspension> suspend = {}) {
  desired.mode = mode;
  desired.suspend = std::move(suspend);
  return desired;
}

class DecideTest : public testing::TestWithParam<Case> {};

TEST_P(DecideTest, WithholdsOrPlansEveryDrift) {
  const Case& item = GetParam();
  const std::vector<Drift> drifts = diff(item.desired, item.observed);
  ASSERT_FALSE(drifts.empty());
  const auto changes = decide(item.desired, item.observed, drifts, {kNow, item.observe_only, {}});
  ASSERT_EQ(changes.size(), drifts.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].drift, drifts[i]);
    EXPECT_EQ(changes[i].result, item.withheld ? ChangeResult::Withheld : ChangeResult::Planned);
    if (!item.withheld) continue;
    EXPECT_EQ(changes[i].reason, *item.withheld);
    EXPECT_NE(changes[i].message.find(item.words), std::string::npos) << changes[i].message;
  }
}

Pricing other_tier() {
  Pricing pricing = standard_plan();
  pricing.tier = Tier::Other;
  pricing.tier_text = "Premium";
  return pricing;
}

Pricing cut() {
  Pricing pricing = free_plan();
  pricing.is_cut = true;
  return pricing;
}

const DesiredSubscription kOn = declared(1, true, {evidence(true)});

INSTANTIATE_TEST_SUITE_P(
    Cases, DecideTest,
    testing::Values(Case{"enforce corrects", kOn, free_plan(), false, {}, ""},
                    Case{"observe never writes", with(kOn, Mode::Observe), free_plan(), false,
                         Reason::ObserveMode, "mode: enforce"},
                    Case{"--observe outranks enforce", kOn, free_plan(), true, Reason::ObserveMode,
                         "--observe"},
                    Case{"suspended",
                         with(kOn, Mode::Enforce, suspended_until(kNow + std::chrono::hours(1))),
                         free_plan(), false, Reason::Suspended,
                         "2026-03-01T01:00:00.000Z: tenant move (platform team)"},
                    Case{"a suspension ends on its second",
                         with(kOn, Mode::Enforce, suspended_until(kNow)),
                         free_plan(),
                         false,
                         {},
                         ""},
                    Case{"suspension outranks observe",
                         with(kOn, Mode::Observe, suspended_until(kNow + std::chrono::hours(1))),
                         free_plan(), true, Reason::Suspended, "suspended"},
                    Case{"a tier that nobody knows is not written over", kOn, other_tier(), false,
                         Reason::UnknownTier, "'Premium'"},
                    Case{"what is not carried along whole is not written back", kOn, cut(), false,
                         Reason::AnswerTooLarge, "64 KiB"},
                    Case{"nor switched off", declared(1, false), other_tier(), false,
                         Reason::UnknownTier, "'Premium'"}));

TEST(DecideTest, SafetyIsAskedForEachDriftAndWithholdsAlone) {
  const DesiredSubscription desired =
      declared(1, true, {{"AIModelScanner", true}, evidence(false)});
  const Pricing observed = standard_plan({{"AIModelScanner", false}, {"AIPromptEvidence", true}});
  Circumstances circumstances{kNow, false, [](const Drift& drift) -> std::optional<Withholding> {
                                if (drift.desired) return std::nullopt;
                                return Withholding{Reason::DisableBrake, "held"};
                              }};
  const auto changes = decide(desired, observed, diff(desired, observed), circumstances);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].result, ChangeResult::Planned);
  EXPECT_EQ(changes[1].reason, Reason::DisableBrake);
  EXPECT_EQ(changes[1].message, "held");
}

TEST(DecideTest, ExtensionsWaitWithThePlanTheyNeed) {
  const auto changes = decide(kOn, free_plan(), diff(kOn, free_plan()),
                              {kNow, false, [](const Drift& drift) -> std::optional<Withholding> {
                                 if (drift.field.is_plan())
                                   return Withholding{Reason::EnableBrake, "costs money"};
                                 ADD_FAILURE()
                                     << "asked for an extension that cannot exist without the plan";
                                 return std::nullopt;
                               }});
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[1].drift.field.text(), "promptEvidence");
  EXPECT_EQ(changes[1].reason, Reason::EnableBrake);
}

}  // namespace
}  // namespace defenderd
