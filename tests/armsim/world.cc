#include "armsim/world.h"

#include <algorithm>
#include <utility>

#include "armsim/activity_log.h"
#include "armsim/pricings.h"
#include "base/text.h"

namespace armsim {

void put_subscription(Core& core, Subscription subscription) {
  subscription.id = defenderd::to_lower(subscription.id);
  subscription.tenant = defenderd::to_lower(subscription.tenant);
  if (subscription.tenant.empty()) subscription.tenant = core.options.tenants.front();
  if (subscription.name.empty()) subscription.name = "sub-" + subscription.id.substr(0, 8);
  if (!subscription.plan.on) subscription.plan.extensions.clear();
  const auto [found, is_new] = core.subscriptions.try_emplace(subscription.id);
  Stored& stored = found->second;
  if (!is_new) {
    core.will_change(stored);
  } else if (core.options.behaviour.graph_lag.count() > 0) {
    stored.in_graph_since = core.now();
  }
  stored.subscription = std::move(subscription);
}

void note_change(Core& core, const std::string& id, const Caller& caller) {
  Stored* const stored = core.find(defenderd::to_lower(id));
  if (stored == nullptr) return;
  log_activity(core, *stored, {caller, std::string(kAiPlan), core.new_guid()});
}

void release_all(Core& core) {
  ++core.releases;
  core.wake.notify_all();
}

void expire_tokens(Core& core) {
  for (auto& [text, token] : core.tokens) token.expires = std::min(token.expires, core.now());
}

void forget_requests(Core& core) {
  // Requests at work will still be counted out: what they add must stay in place.
  const auto fresh = [](const Counters& old) {
    Counters counters;
    counters.in_flight = old.in_flight;
    counters.in_flight_peak = old.in_flight;
    return counters;
  };
  core.log.clear();
  core.totals = fresh(core.totals);
  for (auto& [id, stored] : core.subscriptions) stored.counters = fresh(stored.counters);
}

}  // namespace armsim
