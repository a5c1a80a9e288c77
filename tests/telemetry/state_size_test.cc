// The bounds of the state document: no real fleet meets them.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/json_bounds.h"
#include "core/brake_memory.h"
#include "support/builders.h"
#include "telemetry/findings_section.h"
#include "telemetry/questions_section.h"
#include "telemetry/safety_section.h"
#include "telemetry/state_document.h"
#include "telemetry/state_store.h"
#include "telemetry/status_memory.h"
#include "telemetry/status_section.h"

namespace defenderd {
namespace {

const WallTime kAt = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
constexpr const char* kGuid = "00000000-0000-4000-8000-000000000001";
// The longest message of a change that is withheld has some 400 characters.
const std::string kMessage(400, 'm');

std::vector<Drift> all_fields() {
  std::vector<Drift> drifts{{Field::plan(kDeclaredPlan), true, "off"}};
  for (const char* const name :
       {"AIPromptEvidence", "AIPromptSharingWithPurview", "AIModelScanner"})
    drifts.push_back({Field::extension(kDeclaredPlan, name), true, "off"});
  return drifts;
}

// Subscriptions whose four fields were corrected, differ again, and are held by the brake that
// counts the corrections; who did that is known of the first time and asked of the second.
class WorstFleet {
 public:
  explicit WorstFleet(unsigned count) {
    for (unsigned n = 1; n <= count; ++n) add(subscription_id(n));
  }
  [[nodiscard]] std::string document() const {
    return format(StateDocument{kAt,
                                {{"safety", format(safety_)},
                                 {"subscriptions", format(status_)},
                                 {"questions", format(questions_)},
                                 {"findings", format(findings_)}}});
  }

 private:
  void add(SubscriptionId id) {
    const ArmTrace trace{kGuid, kGuid, kGuid};
    RememberedRow row{id, {State::Held, kAt}, Known::Different, {kAt, kAt}};
    for (auto& condition : row.state.conditions) condition = {ConditionStatus::False, WallTime()};
    row.observed = std::make_shared<const Pricing>(standard_plan());
    row.last_change = kAt;
    row.differences.trace = trace;
    row.differences.attribution = Attribution{
        {}, kAt, {ActorKind::User, "alice@contoso.com", "Azure portal", "192.0.2.1", kAt, kGuid}};
    ActorQuestion question{id, TenantId::parse(kGuid), {}, kAt, kAt, {kGuid, kGuid, kGuid}};
    for (const Drift& drift : all_fields()) {
      row.differences.drift.push_back({drift, kAt});
      row.differences.pending.push_back(
          {drift, ChangeResult::Withheld, Reason::EnableBrake, kMessage, {}});
      row.differences.last_changes.push_back(
          {drift, ChangeResult::Applied, Reason::AsDeclared, "", trace});
      row.differences.attribution->fields.push_back(drift.field);
      question.fields.push_back(drift.field);
      safety_.brakes[1].switched.push_back({{id, drift.field}, kAt});
    }
    status_.others.push_back(std::move(row));
    questions_.push_back(std::move(question));
    findings_.push_back({id, FindingKind::ContentFilterOptedOut, std::string(150, 'r'), kAt});
  }

  StatusMemory status_;
  SafetyMemory safety_;
  std::vector<ActorQuestion> questions_;
  std::vector<RememberedFinding> findings_;
};

// It grows evenly with the fleet: a hundred subscriptions have a hundredth of both.
TEST(StateSize, TenThousandOfTheWorstSubscriptionsAreWithinTheBounds) {
  constexpr std::size_t kPart = 100;
  const std::string text = WorstFleet(10'000 / kPart).document();
  ASSERT_TRUE(parse_state_document(text));
  EXPECT_LT(text.size(), kMaxStateBytes / kPart);
  EXPECT_TRUE(is_shallow_json(text, kMaxStateValues / kPart));
  EXPECT_FALSE(is_shallow_json(text, kMaxStateValues / kPart / 3)) << "nor is it far from them";
}

}  // namespace
}  // namespace defenderd
