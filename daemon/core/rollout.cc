#include "core/rollout.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/list_text.h"
#include "base/time_text.h"
#include "base/with_count.h"

namespace defenderd {
namespace {

constexpr std::size_t kMostNamed = 3;  // of those that a wave waits for

constexpr std::string_view kMissingWaves =
    "waits until the scopes are resolved, because an earlier wave may have more subscriptions";
constexpr std::string_view kUnsure =
    "waits until every subscription that the roll-out had written before the restart has been "
    "read, because it may have to stop";
// Without what changes while it is stopped: a subscription is not read again for that.
constexpr std::string_view kStopped =
    "the roll-out has stopped, because too many subscriptions that it has written fail or have "
    "drifted back. It continues automatically when they are as declared. The status page and the "
    "log (event `brake`) show how many they are, and the code to continue without them";

bool is_pending(const RolloutMember& member) { return member.writable && !member.reached; }

// Later waves wait for it.
bool is_open(const RolloutMember& member) {
  return member.writable && !member.excused && (!member.reached || member.differs);
}

// It speaks against the rest of the roll-out.
bool is_failing(const RolloutMember& member) {
  if (!member.writable || !member.started || member.excused) return false;
  return member.reached ? member.differs : member.failed;
}

}  // namespace

void Rollout::count(const RolloutMember& member, bool add) {
  Wave& wave = waves_.at(member.wave);
  const auto move = [add](std::size_t& number, bool concerns) {
    if (concerns) number += add ? 1 : static_cast<std::size_t>(-1);
  };
  move(wave.members, member.writable);
  move(wave.pending, is_pending(member));
  move(pending_, is_pending(member));
  move(wave.failed, is_pending(member) && member.failed);
  move(waiting_, member.waits);
  move(unsure_, member.writable && member.unsure);
}

void Rollout::list(SubscriptionId id, const RolloutMember& before, const RolloutMember& now) {
  const auto keep = [id](std::set<SubscriptionId>& ids, bool listed, bool concerns) {
    if (listed == concerns) return;
    if (concerns) {
      ids.insert(id);
    } else {
      ids.erase(id);
    }
  };
  if (is_failing(before) != is_failing(now)) {
    code_.clear();
    ++revision_;
  }
  keep(failing_, is_failing(before), is_failing(now));
  if (before.wave != now.wave) waves_.at(before.wave).open.erase(id);
  keep(waves_.at(now.wave).open, before.wave == now.wave && is_open(before), is_open(now));
}

void Rollout::update(SubscriptionId id, RolloutMember& member, const RolloutMember& now) {
  if (member == now) return;
  if (member.reached != now.reached || member.started != now.started ||
      member.excused != now.excused)
    ++revision_;
  list(id, member, now);
  count(member, false);
  member = now;
  count(member, true);
}

void Rollout::leave(SubscriptionId id, RolloutMember& member) {
  list(id, member, {.wave = member.wave});
  count(member, false);
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
  why = why_not(member);
  next.waits = why.has_value();
  if (!why && !member.started) {
    next.started = true;
    if (rule_.subscriptions) starts_.push_back(now);
    if (rule_.subscriptions || rule_.stop_after_failures) ++given_;
  }
  update(id, member, next);
  return why;
}

std::optional<Withholding> Rollout::why_not(const RolloutMember& member) const {
  if (const int first = barrier(); first < member.wave)
    return Withholding{Reason::WaitsForEarlierWave, wave_message(first)};
  if (missing_.members && member.wave > 0)
    return Withholding{Reason::WaitsForEarlierWave, std::string(kMissingWaves)};
  if (member.started) return std::nullopt;  // it has its turn already
  if (rule_.stop_after_failures && (unsure_ > 0 || missing_.started))
    return Withholding{Reason::FleetNotObserved, std::string(kUnsure)};
  if (is_stopped()) return Withholding{Reason::RolloutStopped, std::string(kStopped)};
  if (rule_.subscriptions && starts_.size() >= static_cast<std::size_t>(*rule_.subscriptions))
    return Withholding{Reason::Paced, pace_message()};
  return std::nullopt;
}

int Rollout::barrier() const {
  const auto* const first = std::find_if(waves_.begin(), waves_.end(),
                                         [](const Wave& wave) { return !wave.open.empty(); });
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
  const auto& open = waves_.at(static_cast<std::size_t>(wave)).open;
  std::string text = "waits for wave " + std::to_string(wave) + ", in which " +
                     with_count(open.size(), "subscription is", "subscriptions are") +
                     " not as declared yet: ";
  std::vector<std::string> named;
  for (const SubscriptionId id : open) {
    if (named.size() == kMostNamed) break;
    named.push_back(name_of_(id));
  }
  text += joined(named);
  if (open.size() > kMostNamed)
    text += " and " + with_count(open.size() - kMostNamed, "other", "others");
  return text;
}

std::string Rollout::pace_message() const {
  return "waits for its turn: safety.pace lets " +
         with_count(static_cast<std::size_t>(rule_.subscriptions.value_or(0)), "subscription",
                    "subscriptions") +
         " be written within " + format_duration(rule_.interval) + ", and " +
         with_count(pending_, "is not as declared yet", "are not as declared yet");
}

std::string Rollout::stopped_message() const {
  return "the roll-out has stopped: " +
         with_count(failing_.size(), "subscription that it has written fails or has drifted back",
                    "subscriptions that it has written fail or have drifted back") +
         "; safety.pace stops after " + std::to_string(rule_.stop_after_failures.value_or(0)) +
         ". It continues automatically when they are as declared. To continue without them, add "
         "`confirm: " +
         code_ + "` under `safety:` in the settings";
}

}  // namespace defenderd
