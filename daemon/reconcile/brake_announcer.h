#pragma once
// When a brake is logged: when it holds, with its code, as soon as the held changes have been the
// same for a second; again when they have become a different set; and once when it releases them.

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/reason.h"
#include "reconcile/brake_state.h"

namespace defenderd {

// What happened to a brake, for the log.
struct BrakeNotice {
  enum class Kind {
    Holding,
    Confirmed,
    Released,
    Incomplete,  // what is known is judged without the subscriptions of a list that cannot be read
  };
  Kind kind = Kind::Holding;
  Reason reason = Reason::DisableBrake;
  std::size_t changes = 0;
  std::string message = {};
  std::string code = {};  // the one that was used; only of Confirmed
};

// What is wrong with the code in the settings while it confirms nothing, to end a message with; ""
// if there is none.
[[nodiscard]] std::string about_confirm(const std::string& confirm, const SpentCodes& spent);

// When a code is announced. It belongs to a set that changes while many subscriptions are
// reconciled: a code that is announced at once is void a moment later. Not thread-safe.
class CodeNews {
 public:
  // Whether `code`, which is valid now, is to be announced now: it was the same for a second, or
  // changes all the time and 30 seconds have passed. Once.
  [[nodiscard]] bool is_due(const std::string& code, SteadyTime now);
  // The same code is announced again.
  void repeat() { announced_.clear(); }
  // Nothing has a code.
  void end() { *this = {}; }

 private:
  std::string announced_;
  SteadyTime announced_at_;
  std::string seen_;  // the latest one
  SteadyTime seen_at_;
};

// Not thread-safe: its owner locks.
class BrakeAnnouncer {
 public:
  // A code that does not match is reported.
  void confirmed_code_changed() { codes_.repeat(); }

  [[nodiscard]] std::optional<BrakeNotice> announce(const BrakeState& brake,
                                                    const BrakeState::Step& step,
                                                    const SpentCodes& spent, SteadyTime now);

 private:
  [[nodiscard]] std::optional<BrakeNotice> holding(const BrakeState& brake, const SpentCodes& spent,
                                                   SteadyTime now);

  bool announced_ = false;  // a notice says that it holds
  CodeNews codes_;
};

}  // namespace defenderd
