#pragma once
// Contested: a field that drifts back after each correction has another writer, so defenderd
// corrects it less and less often. Pure.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/diff.h"

namespace defenderd {

// How many corrections of a field, in what time, make it contested.
struct ContestedRule {
  int corrections = 3;
  Duration within = std::chrono::hours(1);
  // Between two checks of the subscription, and the share by which that varies. A correction needs
  // a check, so a short time could never hold that many.
  Duration interval = Duration::zero();
  double jitter = 0;
  // The time that counts: `within`, or what this many checks and one more take.
  [[nodiscard]] Duration window() const;
  bool operator==(const ContestedRule&) const = default;
};

// The pause after the last correction of a field that has become contested; it doubles with each
// further correction. Neither is shorter than two intervals: at least every other check only looks,
// so that it shows as contested.
inline constexpr Duration kFirstPause = std::chrono::minutes(10);
inline constexpr Duration kLongestPause = std::chrono::hours(1);

// A history as a restart must remember it, in wall time.
struct RememberedCorrections {
  std::vector<WallTime> corrections = {};  // oldest first
  WallTime active_at = {};
  int fought = 0;
  bool contested = false;
  bool operator==(const RememberedCorrections&) const = default;
};

// The corrections of one field in one direction.
class CorrectionHistory {
 public:
  void corrected(SteadyTime now, const ContestedRule& rule);

  // It differs (again).
  void drifted(SteadyTime now, const ContestedRule& rule);

  [[nodiscard]] bool contested() const { return contested_; }
  // When it was last corrected or seen to differ.
  [[nodiscard]] SteadyTime active_at() const { return active_at_; }
  // While contested: when the next correction is allowed.
  [[nodiscard]] SteadyTime next_correction(const ContestedRule& rule) const;

  // For a field that does not differ: whether this has lasted long enough to forget the history.
  [[nodiscard]] bool is_over(SteadyTime now, const ContestedRule& rule) const;

  // `saved` is when it was remembered: a clock that was set back since then makes nothing younger.
  [[nodiscard]] RememberedCorrections memory(SteadyTime now, WallTime wall) const;
  [[nodiscard]] static CorrectionHistory recalled(const RememberedCorrections& memory,
                                                  WallTime saved, SteadyTime now, WallTime wall);

 private:
  std::vector<SteadyTime> corrections_;  // the last ones, oldest first
  SteadyTime active_at_;
  int fought_ = 0;  // corrections since it became contested
  bool contested_ = false;
};

// For people: what happens, who is or may be behind it, what to do, and when it is tried again.
// `last_writer`: who is known to have changed the field last, and when; "" if nobody is.
[[nodiscard]] std::string contested_message(const Drift& drift, const ContestedRule& rule,
                                            WallTime next_correction,
                                            const std::string& last_writer = {});

}  // namespace defenderd
