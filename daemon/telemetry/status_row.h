#pragma once
// The state of one declared subscription, for the metrics, the API and the page.

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/shared.h"
#include "core/actor.h"
#include "core/desired_state.h"
#include "core/outcome.h"
#include "telemetry/condition.h"

namespace defenderd {

struct DriftSince {
  Drift drift;
  WallTime since = {};
  bool operator==(const DriftSince&) const = default;
};

// What was reported before the restart. It goes on if the first reconcile finds the same.
struct EarlierState {
  State state = State::Unknown;
  WallTime since = {};
  Reason failing_for = Reason::AsDeclared;  // only if it was failing
  struct Known {
    ConditionStatus status = ConditionStatus::Unknown;
    WallTime last_transition = {};
    bool operator==(const Known&) const = default;
  };
  std::array<Known, kAllConditionTypes.size()> conditions = {};  // by ConditionType
  bool operator==(const EarlierState&) const = default;
};

// Who changed the fields that a new drift showed.
struct Attribution {
  std::vector<Field> fields = {};
  WallTime seen_at = {};  // when the drift was first observed
  Actor actor = {};
  bool operator==(const Attribution&) const = default;
};

// Anything that is or was not as declared: nothing for most of a fleet.
struct Differences {
  std::vector<DriftSince> drift = {};     // drift at the end of the last reconcile
  std::vector<Change> pending = {};       // changes that were planned and not applied
  std::vector<Change> last_changes = {};  // the changes applied at last_change
  std::vector<std::string> switched_on_by_service = {};  // at last_change
  ArmTrace trace = {};                                   // of the last request that has one
  std::vector<ExtensionFailure> unproven = {};           // see Outcome
  std::vector<Unconfirmed> unconfirmed = {};             // see Outcome
  std::optional<Attribution> attribution = {};           // of the last drift that has one
  std::optional<EarlierState> earlier = {};              // until this run knows its own

  // Who caused this drift, if that is known.
  [[nodiscard]] const Actor* actor_of(const DriftSince& left) const;
  bool operator==(const Differences&) const = default;
};

// How a subscription was observed: read directly, or by Azure Resource Graph.
enum class ObservedBy { Direct, Graph };
inline constexpr std::array kAllObservedBy{ObservedBy::Direct, ObservedBy::Graph};
[[nodiscard]] std::string_view to_text(ObservedBy by);  // "direct"

// Whether it is as declared: now, or when it was last observed, which may be before a restart.
enum class Known { AsDeclared, Different, NotKnown };
inline constexpr std::array kAllKnown{Known::AsDeclared, Known::Different, Known::NotKnown};
[[nodiscard]] std::string_view to_text(Known known);  // "as_declared"
[[nodiscard]] std::optional<Known> parse_known(std::string_view text);
[[nodiscard]] std::string_view last_known_text(Known last_known);  // "never_seen" for NotKnown

// One for each declared subscription: texts are shared, because nearly all of a fleet says the
// same.
struct StatusRow {
  Declaration desired;
  State state = State::Unknown;
  Reason reason = Reason::NotObservedYet;
  Shared<std::string> message = {};
  WallTime state_since = {};  // changes only when `state` does
  // The last that ARM showed, also after later failures. nullptr: nothing yet.
  std::shared_ptr<const Pricing> observed = {};
  Shared<Differences> differences = {};
  Shared<std::vector<Tag>> tags = {};  // in Azure, by the last good listing
  std::optional<WallTime> observed_directly = {};
  std::optional<WallTime> observed_by_graph = {};
  std::optional<WallTime> last_attempt = {};
  std::optional<WallTime> last_change = {};
  std::optional<WallTime> next_due = {};
  Known last_known = Known::NotKnown;  // at the last observation; NotKnown: never observed
  int consecutive_failures = 0;
  std::array<Condition, kAllConditionTypes.size()> conditions = {};
  std::uint64_t revision = 0;  // of the board when this row last changed
  bool observed_in_this_run = false;

  [[nodiscard]] const Condition& condition(ConditionType type) const {
    return conditions[static_cast<std::size_t>(type)];
  }
  // In either way; nullopt if it was not observed yet.
  [[nodiscard]] std::optional<WallTime> last_observed() const {
    return std::max(observed_directly, observed_by_graph);
  }
  [[nodiscard]] std::optional<ObservedBy> observed_by() const {
    if (!last_observed()) return std::nullopt;
    return observed_by_graph > observed_directly ? ObservedBy::Graph : ObservedBy::Direct;
  }
  [[nodiscard]] bool in_sync() const {
    return condition(ConditionType::InSync).status == ConditionStatus::True;
  }
  // NotKnown if the last observation failed; last_known has what was known before.
  [[nodiscard]] Known known() const {
    if (in_sync()) return Known::AsDeclared;
    const bool differs = condition(ConditionType::InSync).status == ConditionStatus::False;
    return differs ? Known::Different : Known::NotKnown;
  }
};

// A clock that ran ahead and is right again: no state and no drift began in the future.
void limit_to(StatusRow& row, WallTime now);

// Before its first reconcile.
[[nodiscard]] StatusRow new_row(const Declaration& desired, WallTime now);

// A drift that a reconcile found, whether or not it was corrected.
struct DriftSeen {
  Drift drift;
  WallTime since = {};  // first observed
  // Of a new drift: when the observation before showed the field as declared.
  std::optional<WallTime> as_declared = {};
  bool operator==(const DriftSeen&) const = default;
};
// `found_at`: when the reconcile observed.
[[nodiscard]] std::vector<DriftSeen> drift_seen(const StatusRow& before, const Outcome& outcome,
                                                WallTime found_at);
// nullptr if there is none of that field.
[[nodiscard]] const DriftSeen* find(const std::vector<DriftSeen>& seen, const Field& field);

// After a reconcile. `seen` says since when its drift lasts; what it does not name began `now`.
// `observed`, `next_due`, `consecutive_failures` and `revision` are the caller's.
[[nodiscard]] StatusRow updated(const StatusRow& before, const Outcome& outcome,
                                const std::vector<DriftSeen>& seen, WallTime now, ObservedBy by);

void note_observed(StatusRow& row, ObservedBy by, WallTime now);

}  // namespace defenderd
