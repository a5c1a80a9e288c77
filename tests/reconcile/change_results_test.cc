#include "reconcile/change_results.h"

#include <gtest/gtest.h>

#include "support/builders.h"

namespace defenderd {
namespace {

const Field kPlan = Field::plan(kDeclaredPlan);
const Field kEvidence = Field::extension(kDeclaredPlan, std::string(kPromptEvidence));
const Field kScanner = Field::extension(kDeclaredPlan, std::string(kModelScanner));

// The plan is applied, evidence and scanner are planned.
Changes sample() {
  return {{{kPlan, true, "off"}, ChangeResult::Applied},
          {{kEvidence, true, "off"}},
          {{kScanner, true, "off"}}};
}

Failure timeout() {
  Failure failure;
  failure.reason = Reason::Timeout;
  failure.message = "no answer";
  failure.trace.request_id = "r1";
  return failure;
}

TEST(ChangeResults, MarkNothingButWhatIsPlanned) {
  Changes changes = sample();
  fail_planned(changes, timeout());
  EXPECT_EQ(changes[0], sample()[0]) << "what is known of a change stays";
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(changes[i].result, ChangeResult::Failed);
    EXPECT_EQ(changes[i].reason, Reason::Timeout);
    EXPECT_EQ(changes[i].message, "no answer");
    EXPECT_EQ(changes[i].trace.request_id, "r1");
  }
  EXPECT_TRUE(planned(changes).empty());
}

TEST(ChangeResults, MarkTheGivenDriftsAlone) {
  Changes changes = sample();
  fail_planned(changes, {changes[0].drift, changes[2].drift}, timeout());
  EXPECT_EQ(changes[0].result, ChangeResult::Applied);
  EXPECT_EQ(changes[1].result, ChangeResult::Planned);
  EXPECT_EQ(changes[2].result, ChangeResult::Failed);
  EXPECT_EQ(planned(changes), std::vector<Drift>{changes[1].drift});

  changes = sample();
  withhold_planned(changes, {changes[1].drift}, {Reason::Suspended, "until noon"});
  EXPECT_TRUE(is_withheld(changes, kEvidence));
  EXPECT_EQ(changes[1].reason, Reason::Suspended);
  EXPECT_EQ(changes[1].message, "until noon");
  EXPECT_FALSE(is_withheld(changes, kScanner));
  EXPECT_TRUE(concerns(changes, kScanner));
  EXPECT_TRUE(has(changes, ChangeResult::Withheld));
  EXPECT_FALSE(has(changes, ChangeResult::Failed));
}

TEST(ChangeResults, ARefusalIsOfOneExtension) {
  Failure failure = timeout();
  failure.reason = Reason::InvalidRequest;
  Changes changes = sample();
  fail_refused(changes, {"aipromptevidence", failure});
  EXPECT_EQ(changes[1].reason, Reason::ExtensionFailed);
  EXPECT_NE(changes[1].message.find("Azure rejects"), std::string::npos) << changes[1].message;
  EXPECT_EQ(changes[2].result, ChangeResult::Planned);

  failure.reason = Reason::PolicyDenied;
  fail_refused(changes, {std::string(kModelScanner), failure});
  EXPECT_EQ(changes[2].reason, Reason::PolicyDenied);
  EXPECT_EQ(changes[2].message, "no answer") << "the policy's own words";
}

TEST(ChangeResults, WhatIsOnlyPausedIsStillWanted) {
  const auto wanted = [](ChangeResult result, Reason reason = Reason::AsDeclared) {
    return is_still_wanted({{kPlan, false, "on"}, result, reason});
  };
  EXPECT_TRUE(wanted(ChangeResult::Planned));
  EXPECT_TRUE(wanted(ChangeResult::Failed));
  EXPECT_FALSE(wanted(ChangeResult::Applied));
  for (const Reason reason : {Reason::Frozen, Reason::NotLeader, Reason::DisableBrake,
                              Reason::FleetNotObserved, Reason::WaitsForEarlierWave})
    EXPECT_TRUE(wanted(ChangeResult::Withheld, reason)) << to_text(reason);
  for (const Reason reason : {Reason::ObserveMode, Reason::Suspended, Reason::Contested})
    EXPECT_FALSE(wanted(ChangeResult::Withheld, reason)) << to_text(reason);
}

}  // namespace
}  // namespace defenderd
