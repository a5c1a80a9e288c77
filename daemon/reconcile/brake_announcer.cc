#include "reconcile/brake_announcer.h"

#include <utility>

#include "base/with_count.h"

namespace defenderd {
namespace {

// How long a set must have been the same, and how often it is logged while it keeps changing.
constexpr Duration kStable = std::chrono::seconds(1);
constexpr Duration kBetweenNotices = std::chrono::seconds(30);

}  // namespace

bool CodeNews::is_due(const std::string& code, SteadyTime now) {
  if (seen_.empty()) announced_at_ = now;
  if (seen_ != code) {
    seen_ = code;
    seen_at_ = now;
  }
  if (announced_ == code) return false;
  if (now - seen_at_ < kStable && now - announced_at_ < kBetweenNotices) return false;
  announced_ = code;
  announced_at_ = now;
  return true;
}

std::string about_confirm(const std::string& confirm, const SpentCodes& spent) {
  if (confirm.empty()) return {};
  if (spent.is_withdrawn(confirm)) {
    return ". safety.confirm is " + confirm +
           ", which came too late: the changes that it was for went away before, and it does not "
           "confirm later ones";
  }
  return ". safety.confirm is " + confirm +
         (spent.contains(confirm) ? ", which was already used: a code works once"
                                  : ", which is for other changes");
}

std::optional<BrakeNotice> BrakeAnnouncer::announce(const BrakeState& brake,
                                                    const BrakeState::Step& step,
                                                    const SpentCodes& spent, SteadyTime now) {
  if (!step.used_code.empty()) {
    announced_ = false;
    codes_.end();
    return BrakeNotice{BrakeNotice::Kind::Confirmed, brake.reason(), step.confirmed,
                       "confirmed by the code " + step.used_code + ": exactly " +
                           with_count(step.confirmed, "held change is", "held changes are") +
                           " released. The code cannot be used again: remove "
                           "safety.confirm from the settings",
                       step.used_code};
  }
  switch (step.after) {
    case BrakeState::Stand::Waiting:
      return std::nullopt;
    case BrakeState::Stand::Holding:
      return holding(brake, spent, now);
    case BrakeState::Stand::Open:
      codes_.end();
      if (!std::exchange(announced_, false)) return std::nullopt;
      return BrakeNotice{BrakeNotice::Kind::Released, brake.reason(), 0,
                         "the brake is released: the planned changes are within its limit"};
  }
  return std::nullopt;
}

std::optional<BrakeNotice> BrakeAnnouncer::holding(const BrakeState& brake, const SpentCodes& spent,
                                                   SteadyTime now) {
  if (!codes_.is_due(brake.code(), now)) return std::nullopt;
  announced_ = true;
  std::string text = brake.message() + about_confirm(brake.confirmed(), spent);
  return BrakeNotice{BrakeNotice::Kind::Holding, brake.reason(), brake.held(), std::move(text)};
}

}  // namespace defenderd
