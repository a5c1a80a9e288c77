#pragma once
// The result of one reconcile of one subscription.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/desired_state.h"
#include "core/diff.h"
#include "core/failure.h"
#include "core/pricing.h"
#include "core/reason.h"

namespace defenderd {

enum class ChangeResult { Planned, Applied, Failed, Withheld };
inline constexpr std::array kAllChangeResults{ChangeResult::Applied, ChangeResult::Failed,
                                              ChangeResult::Withheld};
[[nodiscard]] std::string_view to_text(ChangeResult result);  // "applied"
[[nodiscard]] std::optional<ChangeResult> parse_change_result(std::string_view text);

// What was, or would be, written for a drift.
struct Change {
  Drift drift;
  ChangeResult result = ChangeResult::Planned;
  Reason reason = Reason::AsDeclared;  // why withheld or failed
  std::string message = {};            // the same for people
  ArmTrace trace = {};                 // of the PUT, where there was one
  std::string confirmed = {};          // the code that let it through a brake; "" if it needed none
  bool operator==(const Change&) const = default;
};

// A change that was written, and that no read has shown since.
struct Unconfirmed {
  Drift drift;
  ArmTrace trace = {};    // of the last PUT
  SteadyTime written_at;  // when that was answered or given up
  WallTime written = {};  // the same, as a restart must remember it
  int writes = 1;         // that ARM accepted in a row, none of them confirmed
  bool accepted = true;   // false: the answer to the last PUT does not say so
  bool reported = false;  // as applied, because the answer to the PUT showed it
  bool operator==(const Unconfirmed&) const = default;
};

enum class ReconcileResult { InSync, Corrected, Withheld, Failed, Retry, Panic };
inline constexpr std::array kAllReconcileResults{
    ReconcileResult::InSync, ReconcileResult::Corrected, ReconcileResult::Withheld,
    ReconcileResult::Failed, ReconcileResult::Retry,     ReconcileResult::Panic};
[[nodiscard]] std::string_view to_text(ReconcileResult result);  // "in_sync"

struct Outcome {
  DesiredSubscription desired;
  ReconcileResult result = ReconcileResult::Failed;
  State state = State::Unknown;
  Reason reason = Reason::NotObservedYet;
  std::string message = {};              // for people: what the problem is and what to do
  std::optional<Pricing> observed = {};  // the last that ARM showed in this reconcile
  std::vector<Change> changes = {};      // one per drift
  std::vector<Drift> drift_left = {};    // what differs at the end
  // Extensions that the service also switched on and that the YAML does not mention.
  std::vector<std::string> switched_on_by_service = {};
  // Extensions whose last operationStatus was Failed: ARM may show them as declared although they
  // are not, so they are not trusted until ARM has reported that they work.
  std::vector<ExtensionFailure> unproven = {};
  std::vector<Unconfirmed> unconfirmed = {};
  // Written by an earlier reconcile, and shown by a read only now. Those that were not reported yet
  // are also in `changes`.
  std::vector<Unconfirmed> confirmed = {};
  std::optional<Failure> failure = {};
  bool operator==(const Outcome&) const = default;
};

}  // namespace defenderd
