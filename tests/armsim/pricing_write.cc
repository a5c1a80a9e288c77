#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "armsim/activity_log.h"
#include "armsim/ai_change.h"
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
                                 const Subscription& subscription) {
  OperationStatuses result;
  std::vector<Extension> named = wish.extensions.value_or(std::vector<Extension>());
  for (const Extension& extension : after.extensions) {
    const bool changed = before.has_on(extension.name) != extension.enabled;
    const bool asked = find(named, extension.name) != nullptr && extension.enabled;
    if (!changed && !asked) continue;
    const auto& failing =
        extension.enabled ? subscription.failing_extensions : subscription.failing_disables;
    const auto failure = std::find_if(failing.begin(), failing.end(), [&](const auto& entry) {
      return iequals(entry.first, extension.name);
    });
    result[extension.name] =
        failure != failing.end() ? std::optional(failure->second) : std::nullopt;
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
    if (name == kAiPlan) subscription.failed_extensions.clear();
    return {};
  }
  if (!wish.sub_plan.empty()) plan.sub_plan = wish.sub_plan;
  if (!before.on) plan.enablement_time = dotnet_time(now);
  plan.extensions = extensions_after(before, wish, name == kAiPlan, behaviour);
  if (behaviour.normalises_is_enabled) {
    for (Extension& extension : plan.extensions) extension.shown.clear();
  }
  OperationStatuses statuses = statuses_after(before, plan, wish, subscription);
  if (name != kAiPlan) return statuses;
  for (const auto& [extension, failure] : statuses) {
    std::erase_if(subscription.failed_extensions, [&, &acted_on = extension](const auto& entry) {
      return iequals(entry.first, acted_on);
    });
    if (failure) subscription.failed_extensions[extension] = *failure;
  }
  return statuses;
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

// The answer to what the service does not take at all. Removes what it ignores.
std::optional<HttpAnswer> check_wish(const Subscription& subscription, const std::string& plan,
                                     const Behaviour& behaviour, PricingRequest& wish) {
  if (behaviour.checks_sub_plan && wish.on) {
    if (auto refusal = refuse_sub_plan(subscription, plan, wish.sub_plan)) return refusal;
  }
  if (plan != kAiPlan) return std::nullopt;
  if (behaviour.unknown_extensions != UnknownExtension::Stored && wish.extensions) {
    const auto unknown = std::stable_partition(
        wish.extensions->begin(), wish.extensions->end(), [&](const Extension& extension) {
          return is_known_extension(subscription, behaviour, extension.name);
        });
    if (unknown != wish.extensions->end() &&
        behaviour.unknown_extensions == UnknownExtension::Refused) {
      return arm_error(400, "InvalidInput",
                       "The extension '" + unknown->name + "' is not valid for the plan 'AI'.");
    }
    wish.extensions->erase(unknown, wish.extensions->end());
  }
  const std::string refusal = refusal_of(subscription, wish);
  if (!refusal.empty()) return arm_error(400, "InvalidInput", refusal);
  return std::nullopt;
}

bool is_json(const HttpRequest& request) {
  const std::string type = request.header("Content-Type").value_or("application/json");
  const std::string_view name = std::string_view(type).substr(0, type.find(';'));
  return iequals(defenderd::trim(name), "application/json");
}

// While it works other writes of the subscription are refused. False if it has not finished yet.
bool work(Core& core, Exchange& exchange) {
  if (Stored* const stored = core.find(exchange.route.subscription)) stored->writing = true;
  core.bump();
  core.wait_for_fault(exchange);
  return core.wait_for_write(exchange);
}

HttpAnswer write_pricing(Core& core, Exchange& exchange) {
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
  if (behaviour.json_only && !is_json(exchange.request)) {
    return arm_error(415, "UnsupportedMediaType",
                     "The content media type '" +
                         exchange.request.header("Content-Type").value_or("") +
                         "' is not supported. Only 'application/json' is supported.");
  }
  auto wish = parse_pricing_request(exchange.request.body);
  if (!wish) return wish.error();
  // Versions before extensions ignore them.
  if (exchange.entry.api_version < "2023-01-01") wish->extensions.reset();
  if (auto refusal = check_wish(stored->subscription, name, behaviour, *wish))
    return *std::move(refusal);
  if (stored->writing || core.now() < stored->busy_until) {
    return arm_error(409, "Conflict",
                     "Another update operation is in progress. Please retry in a few minutes");
  }
  if (!work(core, exchange)) return gateway_timeout();
  stored = core.find(exchange.route.subscription);  // it may have been removed meanwhile
  if (stored != nullptr) stored->writing = false;
  if (stored == nullptr || core.stopping)
    return arm_error(500, "InternalServerError", "The server encountered an internal error.");
  stored->busy_until = core.now() + behaviour.write_cool_down;
  core.will_change(*stored);
  Subscription& subscription = stored->subscription;
  const bool was_on = subscription.plan.on;
  const OperationStatuses statuses = apply(subscription, name, *wish, behaviour, core.now());
  follow_plan(subscription, was_on, behaviour, core.now());
  core.mark_applied(exchange);
  HttpAnswer answer = json_answer(
      behaviour.put_status,
      pricing_json(subscription, name, behaviour, exchange.entry.api_version, statuses));
  if (!behaviour.failed_reads_as_asked) {
    for (Extension& extension : plan_of(subscription, name).extensions) {
      const auto status = statuses.find(extension.name);
      if (status == statuses.end() || !status->second) continue;
      extension.enabled = !extension.enabled;
      extension.shown.clear();
    }
  }
  return answer;
}

}  // namespace

HttpAnswer put_pricing(Core& core, Exchange& exchange) {
  HttpAnswer answer = write_pricing(core, exchange);
  Stored* const stored = core.find(exchange.route.subscription);
  const auto token = authenticate(core, exchange);
  // One that ARM gave up on is in the log when it lands.
  if (stored == nullptr || !token || answer.status == 429 || answer.status == 504) return answer;
  log_activity(core, *stored,
               {caller_of(*token), exchange.route.pricing, exchange.correlation,
                exchange.request.header("x-ms-client-request-id").value_or(""),
                exchange.request.body, answer.status});
  return answer;
}

}  // namespace armsim
