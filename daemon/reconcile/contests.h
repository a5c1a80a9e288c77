#pragma once
// The fields of the whole fleet that something else keeps reverting (core/contested.h).

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/brake_memory.h"
#include "core/contested.h"
#include "core/ids.h"
#include "core/moment.h"
#include "core/outcome.h"
#include "core/write_gate.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class Contests {
 public:
  void set_rule(const ContestedRule& rule) { rule_ = rule; }

  // Who is known to have changed a field last, for people; "" if nobody is.
  using LastWriter = std::function<std::string(SubscriptionId, const Field&)>;
  // Withholds what must wait for its next correction.
  [[nodiscard]] SafetyVerdict judge(const DesiredSubscription& desired,
                                    const std::vector<Drift>& drifts, const Moment& now,
                                    const LastWriter& last_writer = {});
  void record(const Outcome& outcome, SteadyTime now);
  // Some are no longer declared. Whoever declares them again within a day finds them as they were:
  // taking an entry out and back in does not end a dispute.
  void forget_departed(const std::function<bool(SubscriptionId)>& is_declared, SteadyTime now);
  [[nodiscard]] bool is_contested(SubscriptionId id, const Field& field, bool desired) const;

  // What a restart must remember, sorted.
  [[nodiscard]] std::vector<RememberedContest> memory(const Moment& now) const;
  void recall(const std::vector<RememberedContest>& memory, WallTime saved, const Moment& now);
  // Increases if memory() may have changed; ages() if only when a field last differed has.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] std::uint64_t ages() const { return ages_; }

 private:
  using Histories = std::map<std::pair<Field, bool>, CorrectionHistory>;  // field and direction

  [[nodiscard]] ContestedRule rule_for(const DesiredSubscription& desired) const;
  // After its last correction or drift, of a subscription that is not declared.
  [[nodiscard]] Duration remembered_for() const;

  ContestedRule rule_;
  std::unordered_map<SubscriptionId, Histories> contests_;
  std::uint64_t revision_ = 0;
  std::uint64_t ages_ = 0;
};

}  // namespace defenderd
