#include "core/rollout.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"

namespace defenderd {
namespace {

bool is_pending(const RolloutMember& member) { return member.writable && !member.reached; }

// Later waves wait for it.
bool is_open(const RolloutMember& member) {
  return member.writable && (!member.reached || member.differs);
}

// It speaks against the rest of the roll-out.
bool is_failing(const RolloutMember& member) {
  if (!member.writable || !member.started || member.excused) return false;
  return member.reached ? member.differs : member.failed;
}

std::string number(std::size_t count, std::string_view singular, std::string_view plural) {
  return std::to_string(count) + " " + std::string(count == 1 ? singular : plural);
}

}  // namespace

void Rollout::count(SubscriptionId id, const RolloutMember& member, bool add) {
  Wave& wave = waves_.at(member.wave);
  const auto move = [add](std::size_t& number, bool concerns) {
    if (concerns) number += add ? 1 : static_cast<std::size_t>(-1);
  };
  move(wave.members, member.writable);
  move(wave.open, is_open(member));
  move(wave.pending, is_pending(member));
  move(pending_, is_pending(member));
  move(wave.failed, is_pending(member) && member.failed);
  move(waiting_, member.waits);
  if (!is_failing(member)) return;
  if (add) {
    failing_.insert(id);
  } else {
    failing_.erase(id);
  }
}

void Rollout::update(SubscriptionId id, RolloutMember& member, const RolloutMember& now) {
  if (member == now) return;
  if (member.reached != now.reached || member.started != now.started ||
      member.excused != now.excused)
    ++revision_;
  if (is_failing(member) != is_failing(now)) code_.clear();
  count(id, member, false);
  member = now;
  count(id, member, true);
}

void Rollout::leave(SubscriptionId id, RolloutMember& member) {
  if (is_failing(member)) code_.clear();
  count(id, member, false);
  if (member.reached || member.started) ++revision_;
  member = {};
}

std::optional<Withholding> Rollout::judge(SubscriptionId id, RolloutMember& member,
                                          SteadyTime now) {
  RolloutMember next = member;
  next.waits = false;
  std::optional<Withholding> why;
  if (!is_pending(member)) {
    update(id, member, next);
    return std::nullopt;  // drift
  }
  while (!starts_.empty() && now - starts_.front() >= rule_.interval) starts_.pop_front();
  const int first = barrier();
  if (first < member.wave) {
    why = {Reason::WaitsForEarlierWave, wave_message(first)};
  } else if (member.started) {
    // it has its turn already
  } else if (is_stopped()) {
    why = {Reason::RolloutStopped, stopped_message()};
  } else if (rule_.subscriptions &&
             starts_.size() >= static_cast<std::size_t>(*rule_.subscriptions)) {
    why = {Reason::Paced, pace_message()};
  }
  next.waits = why.has_value();
  if (!why && !member.started) {
    next.started = true;
    if (rule_.subscriptions) starts_.push_back(now);
    if (rule_.subscriptions || rule_.stop_after_failures) ++given_;
  }
  update(id, member, next);
  return why;
}

int Rollout::barrier() const {
  const auto* const first =
      std::find_if(waves_.begin(), waves_.end(), [](const Wave& wave) { return wave.open > 0; });
  return static_cast<int>(first - waves_.begin());
}

bool Rollout::is_stopped() const {
  return rule_.stop_after_failures && pending_ > 0 &&
         failing_.size() >= static_cast<std::size_t>(*rule_.stop_after_failures);
}

std::vector<WaveProgress> Rollout::progress() const {
  std::vector<WaveProgress> result;
  for (int wave = 0; wave < kWaves; ++wave) {
    const Wave& counts = waves_.at(static_cast<std::size_t>(wave));
    if (counts.members > 0) result.push_back({wave, counts.members, counts.pending, counts.failed});
  }
  return result;
}

std::string Rollout::wave_message(int wave) const {
  return "waits for wave " + std::to_string(wave) + ", in which " +
         number(waves_.at(static_cast<std::size_t>(wave)).open, "subscription is",
                "subscriptions are") +
         " not as declared yet";
}

std::string Rollout::pace_message() const {
  return "waits for its turn: safety.pace lets " +
         number(static_cast<std::size_t>(rule_.subscriptions.value_or(0)), "subscription",
                "subscriptions") +
         " be written within " + format_duration(rule_.interval) + ", and " +
         std::to_string(pending_) + " are not as declared yet";
}

std::string Rollout::stopped_message() const {
  return "the roll-out has stopped: " +
         number(failing_.size(), "subscription that it has written fails or has drifted back",
                "subscriptions that it has written fail or have drifted back") +
         "; safety.pace stops after " + std::to_string(rule_.stop_after_failures.value_or(0)) +
         ". It continues automatically when they are as declared. To go on without them, add "
         "`confirm: " +
         code_ + "` under `safety:` in the settings";
}

}  // namespace defenderd
