#pragma once
// When a brake is logged: once when it starts to hold, with its code; again when the held changes
// become a different set, but not too often; and once when it releases them.

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/reason.h"
#include "reconcile/brake_state.h"

namespace defenderd {

// What happened to a brake, for the log.
struct BrakeNotice {
  enum class Kind { Holding, Confirmed, Released };
  Kind kind = Kind::Holding;
  Reason reason = Reason::DisableBrake;
  std::size_t changes = 0;
  std::string message = {};
  std::string code = {};  // the one that was used; only of Confirmed
};

// What is wrong with the code in the settings while it confirms nothing, to end a message with; ""
// if there is none.
[[nodiscard]] std::string about_confirm(const std::string& confirm, const SpentCodes& spent);

// Not thread-safe: its owner locks.
class BrakeAnnouncer {
 public:
  // A code that does not match is reported.
  void confirmed_code_changed() { reported_code_.clear(); }

  [[nodiscard]] std::optional<BrakeNotice> announce(const BrakeState& brake,
                                                    const BrakeState::Step& step,
                                                    const SpentCodes& spent, SteadyTime now);

 private:
  [[nodiscard]] std::optional<BrakeNotice> holding(const BrakeState& brake, const SpentCodes& spent,
                                                   SteadyTime now);

  bool announced_ = false;     // a notice says that it holds
  std::string reported_code_;  // the code in that notice
  SteadyTime reported_at_;
};

}  // namespace defenderd
