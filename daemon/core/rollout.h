#pragma once
// A roll-out: what an edit wants reaches the fleet wave by wave, at a pace, and stops when too much
// of it fails. Drift that others caused is not a roll-out and never waits for one: a declaration
// that a subscription has reached once is kept at once. Pure.
//
// Of a wave, a subscription is written only when nothing in an earlier wave is pending, failing or
// held, unless a code left it behind. The pace lets this many subscriptions be written within an
// interval; those that it has let through stay so. If enough of these fail or drift back, the rest
// of the roll-out is held until they do not, or until a code confirms it. After a restart the rest
// waits until it is known which of them do.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/ids.h"
#include "core/write_gate.h"

namespace defenderd {

inline constexpr int kWaves = 100;  // 0 to 99

struct RolloutRule {
  std::optional<int> subscriptions = {};        // within an interval; nullopt: any number
  std::optional<int> stop_after_failures = {};  // nullopt: never
  Duration interval = std::chrono::minutes(5);
  bool operator==(const RolloutRule&) const = default;
};

// One declared subscription in the roll-out.
struct RolloutMember {
  std::uint8_t wave = 0;
  bool writable = false;  // its declaration lets it be written: enforced and not suspended
  bool reached = false;   // it was once as it is declared now
  bool differs = false;   // it has changes that are to be written, or that a brake holds
  bool failed = false;    // its last reconcile
  bool started = false;   // the pace has let it through
  bool excused = false;   // its failure was confirmed
  bool unsure = false;    // started by an earlier run, and not attempted in this one
  bool waits = false;     // for its wave or its turn
  bool operator==(const RolloutMember&) const = default;
};

struct WaveProgress {
  int wave = 0;
  std::size_t subscriptions = 0;  // that can be written
  std::size_t pending = 0;        // of these, not yet as declared
  std::size_t failed = 0;         // of these
  bool operator==(const WaveProgress&) const = default;
};

// Not thread-safe: its owner locks. Members belong to its owner, which changes them only here.
class Rollout {
 public:
  // How messages call a subscription.
  using NameOf = std::function<std::string(SubscriptionId)>;
  explicit Rollout(NameOf name_of) : name_of_(std::move(name_of)) {}

  void set_rule(const RolloutRule& rule) { rule_ = rule; }

  // Replaces what is known of a member; one that is new was RolloutMember{}.
  void update(SubscriptionId id, RolloutMember& member, const RolloutMember& now);
  void leave(SubscriptionId id, RolloutMember& member);

  // Why it must wait; nullopt: it may be written, and has its turn from now on.
  [[nodiscard]] std::optional<Withholding> judge(SubscriptionId id, RolloutMember& member,
                                                 SteadyTime now);

  // What is not declared yet, because scopes are not resolved: subscriptions of any wave, and some
  // that an earlier run has started.
  struct Missing {
    bool members = false;
    bool started = false;
    bool operator==(const Missing&) const = default;
  };
  void set_missing(Missing missing) { missing_ = missing; }

  // The first wave that is not complete; kWaves if all are. When it increases, or is_stopped() or
  // is_blind() ends, those that wait can be judged again.
  [[nodiscard]] int barrier() const;
  [[nodiscard]] bool is_stopped() const;
  // Whether somebody may have to wait who is not known yet.
  [[nodiscard]] bool is_blind() const {
    return missing_.members || missing_.started || unsure_ > 0;
  }
  // Nothing is pending: who had a turn, and what was confirmed, no longer matters.
  [[nodiscard]] bool is_over() const { return pending_ == 0; }

  // Whether somebody waits for an earlier wave, or for its turn.
  [[nodiscard]] bool anyone_waits() const { return waiting_ > 0; }
  // Those that fail or have drifted back, sorted: a code confirms exactly these.
  [[nodiscard]] const std::set<SubscriptionId>& failing() const { return failing_; }
  // The code for people; "" unless it is stopped, and whenever failing() becomes different.
  void set_code(std::string code) { code_ = std::move(code); }
  [[nodiscard]] const std::string& code() const { return code_; }
  [[nodiscard]] std::string stopped_message() const;

  // The waves that have subscriptions, in order.
  [[nodiscard]] std::vector<WaveProgress> progress() const;

  // When turns were given within the interval, oldest first.
  [[nodiscard]] const std::deque<SteadyTime>& starts() const { return starts_; }
  void recall(std::deque<SteadyTime> starts) { starts_ = std::move(starts); }
  // Increases when a restart must remember something new; before_write: before the next write.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] std::uint64_t before_write() const { return given_; }

 private:
  struct Wave {
    std::size_t members = 0;
    std::size_t pending = 0;  // not reached
    std::size_t failed = 0;
    std::set<SubscriptionId> open = {};  // those that later waves wait for
  };
  void count(const RolloutMember& member, bool add);
  void list(SubscriptionId id, const RolloutMember& before, const RolloutMember& now);
  [[nodiscard]] std::optional<Withholding> why_not(const RolloutMember& member) const;
  [[nodiscard]] std::string wave_message(int wave) const;
  [[nodiscard]] std::string pace_message() const;

  const NameOf name_of_;
  RolloutRule rule_;
  std::array<Wave, kWaves> waves_{};
  std::size_t pending_ = 0;
  std::size_t waiting_ = 0;
  std::size_t unsure_ = 0;
  Missing missing_;
  std::set<SubscriptionId> failing_;
  std::deque<SteadyTime> starts_;
  std::string code_;
  std::uint64_t revision_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace defenderd
