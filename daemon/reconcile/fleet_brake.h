#pragma once
// A brake as the fleet meets it: closed while the fleet is not known, holding with a code while too
// much is wanted, and open once what it holds was confirmed or has become less.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "core/brake.h"
#include "core/reason.h"

namespace defenderd {

// What became of a brake, for the log.
struct BrakeNotice {
  enum class Kind { Holding, Confirmed, Released };
  Kind kind = Kind::Holding;
  Reason reason = Reason::DisableBrake;
  std::size_t changes = 0;
  std::string message = {};
};

// Not thread-safe: its owner locks.
class FleetBrake {
 public:
  // `hash` gives hexadecimal; its first eight digits become the code of what is held.
  using Hash = std::function<std::string(std::string_view)>;
  FleetBrake(BrakeKind kind, Hash hash);

  // Counts what is wanted and what was applied; settle() draws the conclusions.
  Brake& counts() { return brake_; }
  void set_limit(std::optional<int> limit);
  // The code that a person has confirmed; "" is none.
  void set_confirmed(std::string code);

  struct Settled {
    bool moved = false;  // what waited has something new to learn
    std::optional<BrakeNotice> notice = {};
  };
  [[nodiscard]] Settled settle(bool fleet_is_known, SteadyTime now);

  // Why this change must wait, as of the last settle(); nullopt lets it through.
  [[nodiscard]] std::optional<Reason> withholds(SubscriptionId id, const Field& field) const;
  // For people, of what is held now.
  [[nodiscard]] std::string message() const;
  [[nodiscard]] std::string code() const { return stand_ == Stand::Holding ? code_ : ""; }
  [[nodiscard]] std::size_t held() const { return stand_ == Stand::Holding ? brake_.held() : 0; }

 private:
  enum class Stand { Open, Waiting, Holding };

  void refresh_code();
  Settled hold(Stand before, SteadyTime now);
  [[nodiscard]] BrakeNotice notice(BrakeNotice::Kind kind, std::string message) const;

  Brake brake_;
  const Reason reason_;
  const Hash hash_;
  bool limited_ = false;
  std::string confirmed_;
  Stand stand_ = Stand::Open;
  std::string code_;
  std::optional<std::uint64_t> code_of_;  // the brake's revision that the code was made of
  std::set<std::string> spent_;           // codes that let their changes through
  bool announced_ = false;                // a notice says that it holds
  std::string told_;                      // the code that this notice named
  SteadyTime told_at_;
};

}  // namespace defenderd
