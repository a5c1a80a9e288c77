#pragma once
// The state of a fleet's brake: closed while the fleet is not known, holding with a code while too
// many changes are planned, and open once they are confirmed or fewer.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/brake.h"
#include "core/reason.h"
#include "core/spent_codes.h"
#include "reconcile/confirm_codes.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class BrakeState {
 public:
  enum class Stand { Open, Waiting, Holding };

  using Hash = ConfirmCodes::Hash;
  BrakeState(BrakeKind kind, Hash hash);

  // Counts planned and switched changes; evaluate() acts on them.
  Brake& counts() { return brake_; }
  [[nodiscard]] const Brake& counts() const { return brake_; }
  void set_rule(BrakeRule rule);
  // The code that a person has confirmed; "" is none.
  void set_confirmed(std::string code) { confirmed_ = std::move(code); }

  // The result of one evaluate().
  struct Step {
    Stand before = Stand::Open;
    Stand after = Stand::Open;
    std::string used_code = {};  // confirmed by this step; "" if none was
    std::size_t confirmed = 0;   // the changes that it confirms
    // Whether the verdict on waiting subscriptions may have changed.
    [[nodiscard]] bool moved() const;
  };
  // Adds a code that this uses to `spent`, and withdraws those that it showed for nothing.
  [[nodiscard]] Step evaluate(bool fleet_is_known, SteadyTime now, SpentCodes& spent);

  // Why this change must wait, as of the last evaluate(); nullopt allows it.
  [[nodiscard]] std::optional<Reason> withholds(SubscriptionId id, const Field& field) const;

  [[nodiscard]] Reason reason() const { return reason_; }
  // For people, about the held changes: all of them now, and each of them for as long as it is
  // held.
  [[nodiscard]] std::string message() const { return brake_.message(code_); }
  [[nodiscard]] std::string lasting_message() const { return brake_.lasting_message(); }
  [[nodiscard]] std::string code() const { return stand_ == Stand::Holding ? code_ : ""; }
  [[nodiscard]] std::size_t held() const { return stand_ == Stand::Holding ? brake_.held() : 0; }
  [[nodiscard]] const std::string& confirmed() const { return confirmed_; }

 private:
  void refresh_code(const SpentCodes& spent);

  Brake brake_;
  const Reason reason_;
  ConfirmCodes codes_;
  bool limited_ = false;
  std::string confirmed_;
  Stand stand_ = Stand::Open;
  std::string code_;
  std::optional<std::uint64_t> code_of_;  // the revision that the code belongs to
};

}  // namespace defenderd
