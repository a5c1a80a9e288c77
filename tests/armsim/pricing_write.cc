#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "armsim/arm_gate.h"
#include "armsim/endpoints.h"
#include "armsim/pricing_request.h"
#include "armsim/pricings.h"
#include "base/text.h"

namespace armsim {
namespace {

using defenderd::iequals;

Extension* find(std::vector<Extension>& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const Extension& extension) {
    return iequals(extension.name, name);
  });
  return found == list.end() ? nullptr : &*found;
}

void merge(std::vector<Extension>& into, const std::vector<Extension>& list) {
  for (const Extension& wanted : list) {
    Extension* const known = find(into, wanted.name);
    if (known == nullptr) {
      into.push_back(wanted);
      continue;
    }
    const std::string name = known->name;
    const std::string properties = known->properties;
    *known = wanted;
    known->name = name;  // Azure's spelling stays
    if (known->enabled && known->properties.empty()) known->properties = properties;
  }
}

// The extensions after a PUT that leaves the plan on.
std::vector<Extension> extensions_after(const Plan& before, const PricingRequest& wish,
                                        bool defaults_known, const Behaviour& behaviour) {
  std::vector<Extension> defaults;
  if (defaults_known) defaults = behaviour.default_extensions;
  std::vector<Extension> result;
  if (!before.on) {
    result = defaults;
    if (wish.extensions && !wish.extensions->empty()) {
      for (Extension& extension : result)
        extension.enabled = extension.enabled && behaviour.defaults_beside_list;
      if (behaviour.list_honoured_when_switching) merge(result, *wish.extensions);
    }
    return result;
  }
  result = before.extensions;
  if (!wish.extensions) {
    if (!behaviour.omitted_list_keeps) merge(result, defaults);
    return result;
  }
  if (!behaviour.list_merges) {
    for (Extension& extension : result) {
      extension.enabled = false;
      extension.shown.clear();
      extension.properties.clear();
    }
  }
  merge(result, *wish.extensions);
  return result;
}

// What was acted on: what changed, and what was asked to be on. One that stays off is not.
OperationStatuses statuses_after(const Plan& before, const Plan& after, const PricingRequest& wish,
                                 const std::map<std::string, std::string>& failing) {
  OperationStatuses result;
  std::vector<Extension> named = wish.extensions.value_or(std::vector<Extension>());
  for (const Extension& extension : after.extensions) {
    const bool changed = before.has_on(extension.name) != extension.enabled;
    const bool asked = find(named, extension.name) != nullptr && extension.enabled;
    if (!changed && !asked) continue;
    const auto failure = std::find_if(failing.begin(), failing.end(), [&](const auto& entry) {
      return iequals(entry.first, extension.name);
    });
    const bool fails = extension.enabled && failure != failing.end();
    result[extension.name] = fails ? std::optional(failure->second) : std::nullopt;
  }
  return result;
}

OperationStatuses apply(Subscription& subscription, const std::string& name,
                        const PricingRequest& wish, const Behaviour& behaviour, TimePoint now) {
  Plan& plan = plan_of(subscription, name);
  const Plan before = plan;
  plan.on = wish.on;
  if (wish.enforce) {
    plan.enforce = *wish.enforce;
  } else if (behaviour.omitted_enforce_resets) {
    plan.enforce = "False";
  }
  if (!wish.on) {
    plan.extensions.clear();
    plan.sub_plan.clear();
    plan.enablement_time.clear();
    return {};
  }
  if (!wish.sub_plan.empty()) plan.sub_plan = wish.sub_plan;
  if (!before.on) plan.enablement_time = dotnet_time(now);
  plan.extensions = extensions_after(before, wish, name == kAiPlan, behaviour);
  if (behaviour.normalises_is_enabled) {
    for (Extension& extension : plan.extensions) extension.shown.clear();
  }
  return statuses_after(before, plan, wish, subscription.failing_extensions);
}

// The message of the 400 to what this subscription does not take; "" where it takes it.
std::string refusal_of(const Subscription& subscription, const PricingRequest& wish) {
  const Plan& plan = subscription.plan;
  if (plan.on != wish.on && !subscription.refused_plan.empty()) return subscription.refused_plan;
  if (!wish.extensions) return "";
  for (const Extension& asked : *wish.extensions) {
    const auto refused =
        std::find_if(subscription.refused_extensions.begin(), subscription.refused_extensions.end(),
                     [&](const auto& entry) { return iequals(entry.first, asked.name); });
    if (refused == subscription.refused_extensions.end()) continue;
    const Extension* const now = plan.find(asked.name);
    if (now == nullptr || now->enabled != asked.enabled) return refused->second;
  }
  return "";
}

// While it works other writes of the subscription are refused.
void work(Core& core, Exchange& exchange) {
  if (Stored* const stored = core.find(exchange.route.subscription)) stored->writing = true;
  core.bump();
  core.wait_for_fault(exchange);
  core.wait(exchange.lock, core.options.behaviour.write_takes);
}

}  // namespace

HttpAnswer put_pricing(Core& core, Exchange& exchange) {
  auto admitted = admit(core, exchange,
                        {.action = "Microsoft.Security/pricings/write",
                         .type = "pricings",
                         .api_versions = pricing_api_versions(),
                         .writes = true,
                         .registration = true});
  if (!admitted) return admitted.error();
  Stored* stored = *admitted;
  const Behaviour& behaviour = core.options.behaviour;
  const std::string name = canonical_plan_name(stored->subscription, exchange.route.pricing);
  if (name.empty()) return unknown_plan(stored->subscription, behaviour, exchange.route.pricing);
  auto wish = parse_pricing_request(exchange.request.body);
  if (!wish) return wish.error();
  // Versions before extensions ignore them.
  if (exchange.entry.api_version < "2023-01-01") wish->extensions.reset();
  if (name == kAiPlan) {
    const std::string refusal = refusal_of(stored->subscription, *wish);
    if (!refusal.empty()) return arm_error(400, "InvalidInput", refusal);
  }
  if (stored->writing || core.now() < stored->busy_until) {
    return arm_error(409, "Conflict",
                     "Another update operation is in progress. Please retry in a few minutes");
  }
  work(core, exchange);
  stored = core.find(exchange.route.subscription);  // it may have been removed meanwhile
  if (stored != nullptr) stored->writing = false;
  if (stored == nullptr || core.stopping)
    return arm_error(500, "InternalServerError", "The server encountered an internal error.");
  stored->busy_until = core.now() + behaviour.write_cool_down;
  core.will_change(*stored);
  Subscription& subscription = stored->subscription;
  const OperationStatuses statuses = apply(subscription, name, *wish, behaviour, core.now());
  core.mark_applied(exchange);
  HttpAnswer answer = json_answer(
      behaviour.put_status,
      pricing_json(subscription, name, behaviour, exchange.entry.api_version, statuses));
  if (!behaviour.failed_reads_as_asked) {
    for (Extension& extension : plan_of(subscription, name).extensions) {
      const auto status = statuses.find(extension.name);
      if (status == statuses.end() || !status->second) continue;
      extension.enabled = false;
      extension.shown.clear();
    }
  }
  return answer;
}

}  // namespace armsim
