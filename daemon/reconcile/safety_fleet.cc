// When the fleet is known: what the brakes and waves must wait for before they judge.

#include <string>
#include <utility>

#include "base/time_text.h"
#include "reconcile/safety.h"

namespace defenderd {

void Safety::note_suspensions(const DesiredState& desired) {
  suspended_.clear();
  const WallTime now = clock_.wall_now();
  for (const DesiredSubscription& subscription : desired.subscriptions) {
    if (is_suspended(subscription, now))
      suspended_.emplace(subscription.suspend->until, subscription.id);
  }
}

// What a suspension withheld does not count. Several may end at the same moment: nothing is
// switched off before all of them were read again, or the first ones would pass uncounted.
void Safety::end_suspensions(News& news) {
  const WallTime now = clock_.wall_now();
  while (!suspended_.empty() && suspended_.begin()->first <= now) {
    const SubscriptionId id = suspended_.begin()->second;
    suspended_.erase(suspended_.begin());
    const auto known = members_.find(id);
    if (known == members_.end()) continue;
    Member& member = known->second;
    if (std::exchange(member.attempted, false)) ++to_come_;
    member.observed = false;
    news.due.push_back(id);
  }
}

void Safety::end_wait_for_scopes(News& news) {
  if (!awaits_scopes() || clock_.steady_now() - *incomplete_since_ < kLongestWaitForScopes) return;
  gave_up_on_scopes_ = true;
  news.notices.push_back(
      {BrakeNotice::Kind::Incomplete, Reason::FleetNotObserved, members_.size(),
       "a list of subscriptions that scopes need could not be read for " +
           format_duration(kLongestWaitForScopes) +
           " (event `discovery_failed`), so the brakes and waves consider only the " +
           std::to_string(members_.size()) + " known subscriptions"});
}

std::string Safety::waiting_message() const {
  if (awaits_scopes()) {
    return "waits until the scopes are resolved, because the brake counts the whole fleet, and a "
           "list of subscriptions has not been read yet; if that keeps failing, the brake decides "
           "on the known subscriptions after " +
           format_duration(kLongestWaitForScopes);
  }
  return "waits until every declared subscription has been observed, because the brake counts the "
         "whole fleet; " +
         std::to_string(to_come_) + " of " + std::to_string(members_.size()) +
         (to_come_ == 1 ? " is" : " are") + " not observed yet";
}

void Safety::mark_attempted(Member& member) {
  if (!std::exchange(member.attempted, true)) --to_come_;
}

void Safety::pass_time() {
  News news;
  {
    const MutexLock lock(mutex_);
    evaluate(news);
  }
  publish(news);
}

void Safety::fleet_is_incomplete() {
  const MutexLock lock(mutex_);
  if (!incomplete_since_) incomplete_since_ = clock_.steady_now();
}

void Safety::fleet_is_complete() {
  News news;
  {
    const MutexLock lock(mutex_);
    incomplete_since_.reset();
    gave_up_on_scopes_ = false;
    brakes_.forget_recalled([this](SubscriptionId id)
                                REQUIRES(mutex_) { return members_.contains(id); });
    rollout_.forget_reached();
    forget_contests();
    evaluate(news);
  }
  publish(news);
}

}  // namespace defenderd
