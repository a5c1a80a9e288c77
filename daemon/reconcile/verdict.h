#pragma once
// Judges a reconcile, without requests to ARM: what to compare, what the answers to a write mean,
// and the resulting state of the subscription. Pure.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/shared.h"
#include "core/outcome.h"
#include "reconcile/plan_store.h"

namespace defenderd {

// What earlier writes left open, see Outcome: nothing for most of a fleet.
struct Unresolved {
  std::vector<ExtensionFailure> unproven = {};
  std::vector<Unconfirmed> unconfirmed = {};
  [[nodiscard]] bool empty() const { return unproven.empty() && unconfirmed.empty(); }
  bool operator==(const Unresolved&) const = default;
};

// What earlier reconciles found out about the subscription.
struct Before {
  State state = State::Unknown;
  Reason reason = Reason::NotObservedYet;
  std::string message = {};
  Shared<Unresolved> unresolved = {};
};
[[nodiscard]] Before before_next(const Outcome& outcome);

// Updates the failures by what a read says: Succeeded ends one. Failed adds one if the extension is
// declared on, or is on although it must be off; a failure of one that is off as declared is old.
void note_statuses(std::vector<ExtensionFailure>& failures, const DesiredSubscription& desired,
                   const PlanRead& read);

// A wait, if a declared extension is among those that ARM reports as work in progress: what is
// shown of it proves nothing yet.
[[nodiscard]] std::optional<Failure> still_in_progress(const DesiredSubscription& desired,
                                                       const Pricing& shown,
                                                       const std::vector<std::string>& names);

// nullptr if there is none of that name.
[[nodiscard]] const ExtensionFailure* find_failure(const std::vector<ExtensionFailure>& failures,
                                                   std::string_view extension);

// diff(), except that an extension whose last operationStatus was Failed is not trusted: it drifts,
// observed as "unproven", until ARM has applied it.
[[nodiscard]] std::vector<Drift> compare(const DesiredSubscription& desired,
                                         const Pricing& observed,
                                         const std::vector<ExtensionFailure>& unproven);

// Extensions that are on after the write and were not before, and that the YAML does not name.
[[nodiscard]] std::vector<std::string> unasked(const DesiredSubscription& desired,
                                               const Pricing& before, const Pricing& after);

// Gives each Planned change its result, from the status of its extension, from what still differs,
// and from the answer to the write.
void judge(std::vector<Change>& changes, const std::vector<Drift>& left,
           const std::vector<ExtensionFailure>& failed, const PlanWritten& answer);

// Adds to the changes of unproven extensions, planned or withheld, why ARM failed them.
void explain_unproven(std::vector<Change>& changes, const std::vector<ExtensionFailure>& unproven);

// The first problem after a write that ARM answered: a failed change, or a drift that appeared
// meanwhile. nullopt: there is none.
[[nodiscard]] std::optional<Failure> failure_after_write(const Outcome& outcome);

// A wait that ARM asks for in normal operation (another update in progress, throttling). It is not
// a failure of the subscription.
[[nodiscard]] bool is_normal_wait(const Failure& failure);

// For what only a bug in defenderd can cause.
[[nodiscard]] Failure bug(std::string_view what);

// A normal wait is a failure that a person should check once it has lasted for kLongestNormalWait,
// alone or in turns with other failures. `lasted`: since the last attempt that did not fail.
void escalate(Outcome& outcome, const Before& before, Duration lasted);

// Fills result, state, reason and message from the rest of the outcome.
void conclude(Outcome& outcome, const Before& before, WallTime now);

}  // namespace defenderd
