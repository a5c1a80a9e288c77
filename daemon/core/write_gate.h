#pragma once
// The gate that every write passes: may this change be written now, and if not, why not?
//
// It is asked when changes are decided, and again right before each PUT, when time has passed and
// the plan may have been read again. Its rules are one table; the first rule that withholds a
// change gives the reason that people see. Whatever a rule needs besides the declaration and the
// observation is in Circumstances, which are captured anew each time. Pure.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/desired_state.h"
#include "core/diff.h"
#include "core/freeze.h"
#include "core/leadership.h"
#include "core/pricing.h"
#include "core/reason.h"

namespace defenderd {

// Why a change must wait.
struct Withholding {
  Reason reason = Reason::ObserveMode;
  std::string message = {};  // for people: why, and how to allow it
  bool operator==(const Withholding&) const = default;
};

// What the fleet's safety (brakes, contested fields) says about the drifts of one subscription.
class SafetyVerdict {
 public:
  // The first verdict on a field counts.
  void withhold(Field field, Withholding why) {
    withheld_.emplace_back(std::move(field), std::move(why));
  }
  // A brake would hold it, and a code confirmed it.
  void confirm(Field field, std::string code) {
    confirmed_.emplace_back(std::move(field), std::move(code));
  }
  // nullptr allows it.
  [[nodiscard]] const Withholding* on(const Field& field) const;
  // The code; "" if it was not needed.
  [[nodiscard]] std::string confirmed(const Field& field) const;

 private:
  std::vector<std::pair<Field, Withholding>> withheld_;
  std::vector<std::pair<Field, std::string>> confirmed_;
};

// What this run of the program may write at all, whatever is declared.
class WritePermit {
 public:
  WritePermit() = default;                                                    // what is declared
  [[nodiscard]] static WritePermit observing() { return WritePermit(true); }  // --observe: nothing
  // The same, but nothing that a freeze forbids. The source must outlive the result.
  [[nodiscard]] WritePermit unless_frozen(const FreezeSource& freezes) const {
    WritePermit result = *this;
    result.freezes_ = &freezes;
    return result;
  }
  // The same, but nothing unless this replica leads. The source must outlive the result.
  [[nodiscard]] WritePermit while_leading(const LeadershipSource& leadership) const {
    WritePermit result = *this;
    result.leadership_ = &leadership;
    return result;
  }

  [[nodiscard]] bool only_observes() const { return observes_; }
  [[nodiscard]] std::shared_ptr<const ActiveFreezes> freezes(WallTime now) const {
    return freezes_ == nullptr ? nullptr : freezes_->at(now);
  }
  // nullopt if there is one replica, which needs no leader.
  [[nodiscard]] std::optional<LeadershipStanding> standing() const {
    if (leadership_ == nullptr) return std::nullopt;
    return leadership_->standing();
  }
  // When each write has to have ended.
  [[nodiscard]] SteadyTime write_until() const {
    const auto now = standing();
    return now ? now->write_until : SteadyTime::max();
  }

 private:
  explicit WritePermit(bool observes) : observes_(observes) {}
  bool observes_ = false;
  const FreezeSource* freezes_ = nullptr;
  const LeadershipSource* leadership_ = nullptr;
};

struct Circumstances {
  WallTime now;
  WritePermit permit = {};
  // nullptr if it is not asked: a brake counts what it allows, so it is asked only when changes are
  // decided.
  const SafetyVerdict* safety = nullptr;
  // False: the declaration that is asked about was replaced or taken out meanwhile.
  bool is_in_force = true;
};

// May something be written to this subscription? Rules that need a missing part do not apply.
struct WriteQuestion {
  const DesiredSubscription& desired;
  Circumstances circumstances;
  const Pricing* observed = nullptr;
  const Drift* drift = nullptr;
};

struct WriteRule {
  Reason reason;
  State state;  // of a subscription that has a change withheld for this reason
  // The message for people if the rule withholds the change; nullopt allows it.
  std::optional<std::string> (*withholds)(const WriteQuestion&);
};
// In order of precedence. A reason can have several rules.
[[nodiscard]] std::span<const WriteRule> write_rules();

// Why nothing is written for a declaration that is no longer in force.
inline constexpr std::string_view kStale =
    "the declaration changed while this subscription was reconciled; it is reconciled again";

// nullopt: it may be written.
[[nodiscard]] std::optional<Withholding> withheld(const WriteQuestion& question);

[[nodiscard]] State state_when_withheld(Reason reason);

// True while the YAML's suspension of this subscription is in force.
[[nodiscard]] bool is_suspended(const DesiredSubscription& desired, WallTime now);

}  // namespace defenderd
