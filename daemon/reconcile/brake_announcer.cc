#include "reconcile/brake_announcer.h"

#include <utility>

namespace defenderd {
namespace {

// While the set of held changes keeps changing, its new code is logged at most this often.
constexpr Duration kBetweenNotices = std::chrono::seconds(30);

}  // namespace

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
    return BrakeNotice{BrakeNotice::Kind::Confirmed, brake.reason(), step.confirmed,
                       "confirmed by the code " + step.used_code + ": exactly " +
                           std::to_string(step.confirmed) +
                           " held changes are released. The code cannot be used again: remove "
                           "safety.confirm from the settings",
                       step.used_code};
  }
  switch (step.after) {
    case BrakeState::Stand::Waiting:
      return std::nullopt;
    case BrakeState::Stand::Holding:
      return holding(brake, spent, now);
    case BrakeState::Stand::Open:
      if (!std::exchange(announced_, false)) return std::nullopt;
      return BrakeNotice{BrakeNotice::Kind::Released, brake.reason(), 0,
                         "the brake is released: the planned changes are within its limit"};
  }
  return std::nullopt;
}

std::optional<BrakeNotice> BrakeAnnouncer::holding(const BrakeState& brake, const SpentCodes& spent,
                                                   SteadyTime now) {
  const std::string code = brake.code();
  const bool quiet = announced_ && !reported_code_.empty() && now - reported_at_ < kBetweenNotices;
  if ((announced_ && reported_code_ == code) || quiet) return std::nullopt;
  std::string text = brake.message() + about_confirm(brake.confirmed(), spent);
  announced_ = true;
  reported_code_ = code;
  reported_at_ = now;
  return BrakeNotice{BrakeNotice::Kind::Holding, brake.reason(), brake.held(), std::move(text)};
}

}  // namespace defenderd
