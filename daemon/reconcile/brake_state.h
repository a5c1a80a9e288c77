#pragma once
// A brake as the fleet meets it: closed while the fleet is not known, holding with a code while too
// much is wanted, and open once what it holds was confirmed or has become less.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "core/brake.h"
#include "core/reason.h"
#include "core/spent_codes.h"

namespace defenderd {

// Not thread-safe: its owner locks.
class BrakeState {
 public:
  enum class Stand { Open, Waiting, Holding };

  // `hash` gives hexadecimal; its first eight digits become the code of what is held.
  using Hash = std::function<std::string(std::string_view)>;
  BrakeState(BrakeKind kind, Hash hash);

  // Counts what is wanted and what was switched; settle() draws the conclusions.
  Brake& counts() { return brake_; }
  [[nodiscard]] const Brake& counts() const { return brake_; }
  void set_rule(BrakeRule rule);
  // The code that a person has confirmed; "" is none.
  void set_confirmed(std::string code) { confirmed_ = std::move(code); }

  // What one settle() has changed.
  struct Step {
    Stand before = Stand::Open;
    Stand after = Stand::Open;
    std::string used_code = {};   // of what was confirmed by this step; "" when nothing was
    std::size_t let_through = 0;  // the changes that it stands for
    // Whether what waited has something new to learn.
    [[nodiscard]] bool moved() const;
  };
  // A code that is used up by this is added to `spent`.
  [[nodiscard]] Step settle(bool fleet_is_known, SteadyTime now, SpentCodes& spent);

  // Why this change must wait, as of the last settle(); nullopt lets it through.
  [[nodiscard]] std::optional<Reason> withholds(SubscriptionId id, const Field& field) const;

  [[nodiscard]] Reason reason() const { return reason_; }
  // For people, of what is held now.
  [[nodiscard]] std::string message() const { return brake_.message(code_); }
  [[nodiscard]] std::string code() const { return stand_ == Stand::Holding ? code_ : ""; }
  [[nodiscard]] std::size_t held() const { return stand_ == Stand::Holding ? brake_.held() : 0; }
  [[nodiscard]] const std::string& confirmed() const { return confirmed_; }

 private:
  void refresh_code(const SpentCodes& spent);

  Brake brake_;
  const Reason reason_;
  const Hash hash_;
  bool limited_ = false;
  std::string confirmed_;
  Stand stand_ = Stand::Open;
  std::string code_;
  std::optional<std::uint64_t> code_of_;  // the brake's revision that the code was made of
};

}  // namespace defenderd
