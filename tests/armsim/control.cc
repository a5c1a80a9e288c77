#include "armsim/control.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "armsim/arm_answer.h"
#include "armsim/fault_json.h"
#include "armsim/log_json.h"
#include "armsim/subscription_json.h"
#include "armsim/world.h"
#include "base/text.h"
#include "base/time_text.h"

namespace armsim {
namespace {

using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;

struct Call {
  const HttpRequest& request;
  std::string id;  // what follows /_control/subscriptions/
  Json body;       // an object
};
using Reply = Result<Json>;

Reply get_subscriptions(Core& core, const Call& call) {
  if (!call.id.empty()) {
    const Stored* const stored = core.find(call.id);
    if (stored == nullptr) return Unexpected(Error{"no subscription " + call.id});
    return to_json(stored->subscription);
  }
  Json list = Json::array();
  for (const auto& [id, stored] : core.subscriptions) list.push_back(to_json(stored.subscription));
  return Json{{"subscriptions", std::move(list)}};
}

// Adds a new one with PUT, changes what is there with POST.
Reply write_subscription(Core& core, const Call& call) {
  if (call.id.empty()) return Unexpected(Error{"which one? /_control/subscriptions/{id}"});
  Subscription subscription;
  const Stored* const stored = core.find(call.id);
  if (call.request.method == "POST") {
    if (stored == nullptr) return Unexpected(Error{"no subscription " + call.id});
    subscription = stored->subscription;
  }
  Json body = call.body;
  Caller caller;
  if (body.contains("actor")) {
    auto read = caller_from(body["actor"]);
    if (!read) return Unexpected(read.error());
    caller = *std::move(read);
    body.erase("actor");
  }
  if (auto done = change(subscription, body); !done) return Unexpected(done.error());
  subscription.id = call.id;
  change_subscription(core, std::move(subscription), caller);
  return to_json(core.find(call.id)->subscription);
}

Reply delete_subscription(Core& core, const Call& call) {
  if (core.subscriptions.erase(call.id) == 0)
    return Unexpected(Error{"no subscription " + call.id});
  return Json::object();
}

Reply get_behaviour(Core& core, const Call& /*call*/) {
  Json json = Json::object();
  for (const BehaviourField& field : list_behaviour(core.options.behaviour))
    json[field.name] = field.value;
  return json;
}

Reply post_behaviour(Core& core, const Call& call) {
  Behaviour behaviour = core.options.behaviour;
  for (const auto& [name, value] : call.body.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (auto done = set_behaviour(behaviour, name, text); !done) return Unexpected(done.error());
  }
  core.options.behaviour = std::move(behaviour);
  return get_behaviour(core, call);
}

Reply get_faults(Core& core, const Call& /*call*/) {
  Json list = Json::array();
  for (const Fault& fault : core.faults.list()) list.push_back(to_json(fault));
  return Json{{"faults", std::move(list)}, {"held", core.held}};
}

Reply post_fault(Core& core, const Call& call) {
  auto fault = fault_from(call.body);
  if (!fault) return Unexpected(fault.error());
  core.faults.add(*std::move(fault));
  return get_faults(core, call);
}

Reply delete_faults(Core& core, const Call& call) {
  core.faults.clear();
  return get_faults(core, call);
}

Reply post_release(Core& core, const Call& /*call*/) {
  release_all(core);
  return Json::object();
}

Reply get_requests(Core& core, const Call& call) {
  std::uint64_t since = 0;
  const std::string text = call.request.parameter("since").value_or("0");
  if (std::from_chars(text.data(), text.data() + text.size(), since).ptr !=
      text.data() + text.size()) {
    return Unexpected(Error{"since must be the sequence of a request, not '" + text + "'"});
  }
  const std::string id = defenderd::to_lower(call.request.parameter("subscription").value_or(""));
  const auto operation = call.request.parameter("operation");
  if (operation && !parse_operation(*operation))
    return Unexpected(Error{"unknown operation '" + *operation + "'"});
  Json list = Json::array();
  for (const LoggedRequest& entry : core.log) {
    if (entry.sequence <= since || (!id.empty() && entry.subscription != id)) continue;
    if (operation && *parse_operation(*operation) != entry.operation) continue;
    list.push_back(to_json(entry));
  }
  return Json{{"requests", std::move(list)}, {"last", core.sequence}};
}

Reply delete_requests(Core& core, const Call& /*call*/) {
  forget_requests(core);
  return Json::object();
}

Reply get_counters(Core& core, const Call& call) {
  const auto id = call.request.parameter("subscription");
  if (!id) return to_json(core.totals);
  const Stored* const stored = core.find(defenderd::to_lower(*id));
  if (stored == nullptr) return Unexpected(Error{"no subscription " + *id});
  return to_json(stored->counters);
}

Reply get_clock(Core& core, const Call& /*call*/) {
  return Json{{"now", defenderd::format_rfc3339(core.now())}};
}

Reply post_clock(Core& core, const Call& call) {
  const Json by = call.body.value("advance", Json());
  const auto duration =
      by.is_string() ? defenderd::parse_duration(by.get<std::string>()) : std::nullopt;
  if (!duration) return Unexpected(Error{R"(expected {"advance": "10m"})"});
  core.move_clock(std::chrono::duration_cast<std::chrono::milliseconds>(*duration));
  return get_clock(core, call);
}

// Nothing is changed when one of them is wrong.
Reply post_credentials(Core& core, const Call& call) {
  Options changed = core.options;
  int imds_gone = core.imds_gone;
  bool expire = false;
  for (const auto& [name, value] : call.body.items()) {
    const bool texts = value.is_array() && std::all_of(value.begin(), value.end(),
                                                       [](const Json& v) { return v.is_string(); });
    if (name == "clientSecret" && value.is_string()) {
      changed.client_secret = value.get<std::string>();
    } else if (name == "federatedTokens" && texts) {
      changed.federated_tokens = value.get<std::vector<std::string>>();
    } else if (name == "certificates" && texts) {
      changed.certificates = value.get<std::vector<std::string>>();
    } else if (name == "imdsGone" && value.is_number_integer()) {
      imds_gone = value.get<int>();
    } else if (name == "expireTokens" && value.is_boolean()) {
      expire = value.get<bool>();
    } else {
      return Unexpected(
          Error{"expected clientSecret (text), federatedTokens, certificates (lists "
                "of text), imdsGone (a number) or expireTokens (true), not '" +
                name + "'"});
    }
  }
  core.options = std::move(changed);
  core.imds_gone = imds_gone;
  if (expire) expire_tokens(core);
  return Json::object();
}

struct Control {
  std::string_view method;
  std::string_view path;
  std::string_view help;
  Reply (*call)(Core&, const Call&);
};

constexpr std::array<Control, 16> kEndpoints{{
    {"GET", "subscriptions", "all, or /subscriptions/{id}", get_subscriptions},
    {"PUT", "subscriptions", "/{id}: add or replace, keys as in --state", write_subscription},
    {"POST", "subscriptions", "/{id}: change what is named: drift", write_subscription},
    {"DELETE", "subscriptions", "/{id}: remove", delete_subscription},
    {"GET", "behaviour", "the switches", get_behaviour},
    {"POST", "behaviour", R"({"list_merges": "false", ...})", post_behaviour},
    {"GET", "faults", "that are not used up, and requests held", get_faults},
    {"POST", "faults", "add one, see below", post_fault},
    {"DELETE", "faults", "forget all", delete_faults},
    {"POST", "release", "let go of the requests held by a fault", post_release},
    {"GET", "requests", "?since=SEQ&subscription=ID&operation=write", get_requests},
    {"DELETE", "requests", "forget log and counters", delete_requests},
    {"GET", "counters", "?subscription=ID", get_counters},
    {"GET", "clock", "the simulator's time", get_clock},
    {"POST", "clock", R"({"advance": "10m"})", post_clock},
    {"POST", "credentials", "clientSecret, expireTokens: true, imdsGone: 3, ...", post_credentials},
}};

HttpAnswer bad(int status, const std::string& message) {
  return json_answer(status, {{"error", message}});
}

}  // namespace

HttpAnswer control(Core& core, const HttpRequest& request) {
  constexpr std::string_view kPrefix = "/_control/";
  std::string_view rest = request.path;
  rest.remove_prefix(std::min(rest.size(), kPrefix.size()));
  const std::size_t slash = rest.find('/');
  const std::string_view name = rest.substr(0, slash);
  Call call{request, "", Json::object()};
  if (slash != std::string_view::npos) call.id = defenderd::to_lower(rest.substr(slash + 1));
  if (!request.body.empty()) call.body = Json::parse(request.body, nullptr, false);
  if (!call.body.is_object()) return bad(400, "the body is not a JSON object");
  for (const Control& endpoint : kEndpoints) {
    if (endpoint.path != name || endpoint.method != request.method) continue;
    std::unique_lock lock(core.mutex);
    core.land_late_writes(lock);
    Reply reply = endpoint.call(core, call);
    core.land_late_writes(lock);  // the clock may have moved
    if (!reply) return bad(400, reply.error().message);
    if (request.method != "GET") core.bump();
    return json_answer(200, *reply);
  }
  return bad(404, "no such control: " + request.method + " " + request.path);
}

std::string control_help() {
  std::string text = "Control (JSON, below /_control, no token needed):\n";
  for (const Control& endpoint : kEndpoints) {
    std::string line = "  " + std::string(endpoint.method);
    line.resize(9, ' ');
    line += std::string(endpoint.path);
    line.resize(24, ' ');
    text += line + std::string(endpoint.help) + "\n";
  }
  return text +
         R"(A subscription: id, name, tenant, state, registered, registration, registeringPolls,
  access (none|read|write), mayRegister, planOffered, locked, deniedByPolicy, plan (on|off),
  extensions ({"AIPromptEvidence": "on"}), enforce, properties, failingExtensions, failingDisables,
  failedExtensions, refusedExtensions, refusedPlan, otherPlans, inGraph, activityReadable,
  tags ({"env": "prod"}), managementGroups (["mg"]), aiRegistered, deniedAiReads, aiAccounts
  ({"group/name": {"deployments": {"gpt": {"raiPolicyName": "x"}}}}, see the README).
Who changes it, for the activity log: actor ({"kind": "user", "name": "alice@contoso.com",
  "appId": "...", "objectId": "...", "address": "192.0.2.7"}; kind user, application, policy or
  service, which leaves no event).
A fault: kind (answer, answer-after-effect, lands-later, drop-before-effect, drop-after-effect,
  truncate, drip, replace-body, huge-body, about-another, slow), operation (any, token, read,
  write, list, accounts, account, deployments, rai-policies, defender-settings, graph, activity,
  provider, register, subscriptions, discovery), subscription, after (so many pass first), times
  (0 = always), probability, seed, status, code, message, retryAfter, delay, hold, bytes.
Example: someone switches the plan off, and half of all reads are throttled.
  curl -X POST $URL/_control/subscriptions/$ID -d '{"plan": "off",
    "actor": {"kind": "user", "name": "alice@contoso.com"}}'
  curl -X POST $URL/_control/faults -d '{"operation": "read", "status": 429,
    "code": "TooManyRequests", "retryAfter": 5, "times": 0, "probability": 0.5}'
)";
}

}  // namespace armsim
