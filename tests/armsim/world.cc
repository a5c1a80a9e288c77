#include "armsim/world.h"

#include <algorithm>
#include <utility>

#include "armsim/activity_log.h"
#include "armsim/ai_change.h"
#include "armsim/pricings.h"
#include "base/text.h"

namespace armsim {

namespace {

bool differ_in_accounts_only(Subscription before, const Subscription& after) {
  before.ai_accounts = after.ai_accounts;
  return before == after;
}

bool same_plans(const Subscription& one, const Subscription& other) {
  return one.plan == other.plan && one.other_plans == other.other_plans;
}

}  // namespace

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

void change_subscription(Core& core, Subscription changed, const Caller& caller) {
  const std::string id = defenderd::to_lower(changed.id);
  const Stored* const known = core.find(id);
  const Subscription before = known != nullptr ? known->subscription : Subscription{.id = id};
  if (known != nullptr) follow_plan(changed, before.plan.on, core.options.behaviour, core.now());
  const std::vector<AiWrite> writes =
      stamp_changes(before, changed, caller, core.options.behaviour, core.now());
  put_subscription(core, std::move(changed));
  Stored& stored = *core.find(id);
  for (const AiWrite& write : writes) {
    log_activity(core, stored,
                 {.caller = caller,
                  .correlation_id = core.new_guid(),
                  .action = write.action,
                  .resource_id = write.resource_id});
  }
  if (!writes.empty() && differ_in_accounts_only(before, stored.subscription)) return;
  // Others' writes lock the subscription as the caller's own do. What the service does itself is no
  // write.
  if (caller.kind != Caller::Kind::Service && !same_plans(before, stored.subscription))
    stored.busy_until = core.now() + core.options.behaviour.write_cool_down;
  log_activity(core, stored,
               {.caller = caller, .plan = std::string(kAiPlan), .correlation_id = core.new_guid()});
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
