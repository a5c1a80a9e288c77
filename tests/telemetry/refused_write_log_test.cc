// A PUT that fails is one line, however many fields it was to write.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/fake_clock.h"
#include "telemetry/outcome_log.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kWho = "sub-1 (00000000-0000-4000-8000-000000000001)";

class RefusedWriteLogTest : public testing::Test {
 protected:
  std::vector<std::string> lines(const Outcome& outcome) {
    lines_.clear();
    outcomes_.record(outcome);
    return lines_;
  }
  // Plan and prompt evidence were to be switched on, and ARM has refused the PUT.
  static Outcome refused() {
    Outcome outcome = samples::failed(1, Reason::Forbidden, 403);
    outcome.failure->message = "the identity may not write";
    outcome.observed = samples::pricing(false, false);
    for (Drift drift :
         {Drift{Field::plan(kDeclaredPlan), true, "off"}, samples::evidence_drift()}) {
      outcome.drift_left.push_back(drift);
      outcome.changes.push_back({std::move(drift), ChangeResult::Failed, Reason::Forbidden,
                                 outcome.failure->message, outcome.failure->trace});
    }
    return outcome;
  }

  FakeClock clock_;
  std::vector<std::string> lines_;
  Logger log_{LogLevel::Info, LogFormat::Text, clock_,
              [this](std::string_view line) { lines_.emplace_back(line.substr(25)); }};
  Incidents incidents_{clock_};
  OutcomeLog outcomes_{log_, incidents_};
};

TEST_F(RefusedWriteLogTest, IsOneLineThatNamesTheFields) {
  EXPECT_THAT(lines(refused()),
              ElementsAre(HasSubstr("ERROR failed  " + kWho +
                                    " plan: off -> on, promptEvidence: off -> on: the identity may "
                                    "not write  reason=Forbidden")));
  EXPECT_THAT(lines(refused()), IsEmpty());
  EXPECT_THAT(lines(samples::in_sync(1)),
              ElementsAre(HasSubstr("recovered  " + kWho + " recovered, state in_sync")));
}

TEST_F(RefusedWriteLogTest, NamesTheFieldsAlsoIfAReadFailedInTheSameWay) {
  EXPECT_THAT(lines(samples::failed(1, Reason::Forbidden, 403)),
              ElementsAre(AllOf(HasSubstr("failed"), Not(HasSubstr("->")))));
  EXPECT_THAT(lines(refused()), ElementsAre(HasSubstr("plan: off -> on, promptEvidence")));
  EXPECT_THAT(lines(refused()), IsEmpty());
}

TEST_F(RefusedWriteLogTest, AFieldThatFailedByItselfHasItsOwnLine) {
  Outcome outcome = refused();
  outcome.changes[0].result = ChangeResult::Applied;
  outcome.changes[1].reason = Reason::ExtensionFailed;
  outcome.changes[1].message = "ARM answered 200, but this extension failed";
  outcome.failure->reason = Reason::ExtensionFailed;
  outcome.failure->message = "promptEvidence: " + outcome.changes[1].message;
  EXPECT_THAT(lines(outcome),
              ElementsAre(HasSubstr("corrected"), HasSubstr("change_failed"), HasSubstr("failed")));
}

}  // namespace
}  // namespace defenderd
