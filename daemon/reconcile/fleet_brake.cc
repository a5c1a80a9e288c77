#include "reconcile/fleet_brake.h"

#include <utility>

#include "base/text.h"

namespace defenderd {
namespace {

// While what is held keeps changing, its new code is told this often at most.
constexpr Duration kBetweenNotices = std::chrono::seconds(30);
constexpr std::size_t kCodeDigits = 8;

}  // namespace

FleetBrake::FleetBrake(BrakeKind kind, Hash hash)
    : brake_(kind),
      reason_(kind == BrakeKind::Disable ? Reason::DisableBrake : Reason::EnableBrake),
      hash_(std::move(hash)) {}

void FleetBrake::set_limit(std::optional<int> limit) {
  limited_ = limit.has_value();
  brake_.set_limit(limit);
}

void FleetBrake::set_confirmed(std::string code) {
  if (code == confirmed_) return;
  confirmed_ = std::move(code);
  told_.clear();  // a code that does not fit deserves an answer
}

// The same changes get another code once theirs was used: a confirmation is for once, even if it
// stays in the settings.
void FleetBrake::refresh_code() {
  if (code_of_ == brake_.revision()) return;
  code_of_ = brake_.revision();
  std::string text = brake_.held_text();
  do {
    code_ = hash_(text).substr(0, kCodeDigits);
    text += "again\n";
  } while (spent_.contains(code_));
}

BrakeNotice FleetBrake::notice(BrakeNotice::Kind kind, std::string message) const {
  return {kind, reason_, brake_.held(), std::move(message)};
}

FleetBrake::Settled FleetBrake::settle(bool fleet_is_known, SteadyTime now) {
  const Stand before = stand_;
  if (limited_ && !fleet_is_known) {
    stand_ = Stand::Waiting;
    return {};
  }
  if (brake_.holds()) return hold(before, now);
  stand_ = Stand::Open;
  Settled settled{before != Stand::Open, {}};
  if (std::exchange(announced_, false)) {
    settled.notice = notice(BrakeNotice::Kind::Released,
                            "the brake is released: what is wanted now is within its limit");
  }
  return settled;
}

FleetBrake::Settled FleetBrake::hold(Stand before, SteadyTime now) {
  refresh_code();
  if (iequals(code_, confirmed_)) {
    BrakeNotice confirmed =
        notice(BrakeNotice::Kind::Confirmed, "confirmed by the code " + code_ + ": exactly " +
                                                 std::to_string(brake_.held()) +
                                                 " held changes go through. The code is used up: "
                                                 "remove safety.confirm from the settings");
    spent_.insert(code_);
    code_of_.reset();
    brake_.confirm();
    announced_ = false;
    stand_ = Stand::Open;
    return {true, std::move(confirmed)};
  }
  stand_ = Stand::Holding;
  Settled settled{before == Stand::Waiting, {}};
  const bool quiet = announced_ && !told_.empty() && now - told_at_ < kBetweenNotices;
  if ((announced_ && told_ == code_) || quiet) return settled;
  std::string text = message();
  if (!confirmed_.empty() && !spent_.contains(to_lower(confirmed_))) {
    text += ". safety.confirm is " + confirmed_ + ", which is the code of other changes";
  }
  settled.notice = notice(BrakeNotice::Kind::Holding, std::move(text));
  announced_ = true;
  told_ = code_;
  told_at_ = now;
  return settled;
}

std::optional<Reason> FleetBrake::withholds(SubscriptionId id, const Field& field) const {
  switch (stand_) {
    case Stand::Open:
      return std::nullopt;
    case Stand::Waiting:
      if (brake_.is_confirmed(id, field)) return std::nullopt;
      return Reason::FleetNotObserved;
    case Stand::Holding:
      if (brake_.holds(id, field)) return reason_;
      return std::nullopt;
  }
  return std::nullopt;
}

std::string FleetBrake::message() const { return brake_.message(code_); }

}  // namespace defenderd
