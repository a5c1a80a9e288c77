#include "kubesim/control.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "armsim/json_keys.h"
#include "base/result.h"
#include "base/time_text.h"
#include "kubesim/micro_time.h"
#include "kubesim/status.h"

namespace kubesim {
namespace {

using defenderd::Error;
using defenderd::Result;
using defenderd::Unexpected;
using Keyed = armsim::Json;  // as json_keys.h reads it

struct Call {
  Simulator& simulator;
  Core& core;
  const HttpRequest& request;
  Keyed body;  // an object
};
using Reply = Result<Json>;

template <class Target, class Value>
armsim::Key<Target> text_key(std::string_view name, Value Target::*member) {
  return {name, "a text", [member](Target& target, const Keyed& json) {
            return armsim::parse_text(json, target.*member);
          }};
}

armsim::Key<Fault> number_key(std::string_view name, int Fault::*member) {
  return {name, "a whole number", [member](Fault& fault, const Keyed& json) {
            return armsim::parse_number(json, fault.*member);
          }};
}

const std::vector<armsim::Key<Fault>>& fault_keys() {
  static const std::vector<armsim::Key<Fault>> all{
      {"kind", "answer, drop, slow, truncate, drip or replace-body",
       [](Fault& fault, const Keyed& json) {
         const auto kind = parse_fault_kind(json.is_string() ? json.get<std::string>() : "");
         if (kind) fault.kind = *kind;
         return kind.has_value();
       }},
      {"when", "before or after",
       [](Fault& fault, const Keyed& json) {
         fault.when = json == "after" ? When::After : When::Before;
         return json == "after" || json == "before";
       }},
      text_key<Fault>("verb", &Fault::verb),
      text_key<Fault>("resource", &Fault::resource),
      text_key<Fault>("name", &Fault::name),
      number_key("after", &Fault::after),
      number_key("times", &Fault::times),
      number_key("status", &Fault::status),
      text_key<Fault>("message", &Fault::message),
      text_key<Fault>("retryAfter", &Fault::retry_after),
      {"delay", "a duration like 250ms",
       [](Fault& fault, const Keyed& json) {
         const auto delay =
             defenderd::parse_duration(json.is_string() ? json.get<std::string>() : "");
         if (delay) fault.delay = std::chrono::floor<std::chrono::milliseconds>(*delay);
         return delay.has_value();
       }},
      {"hold", "true or false",
       [](Fault& fault, const Keyed& json) { return armsim::parse_on(json, fault.hold); }},
      {"bytes", "a whole number",
       [](Fault& fault, const Keyed& json) {
         int bytes = 0;
         if (!armsim::parse_number(json, bytes) || bytes < 1) return false;
         fault.bytes = static_cast<std::size_t>(bytes);
         return true;
       }},
  };
  return all;
}

Json to_json(const Fault& fault) {
  return {{"kind", to_string(fault.kind)},
          {"when", fault.when == When::After ? "after" : "before"},
          {"verb", fault.verb},
          {"resource", fault.resource},
          {"name", fault.name},
          {"after", fault.after},
          {"times", fault.times},
          {"status", fault.status},
          {"message", fault.message},
          {"retryAfter", fault.retry_after},
          {"delay", defenderd::format_duration(fault.delay)},
          {"hold", fault.hold},
          {"bytes", fault.bytes}};
}

Json to_json(const LoggedRequest& request) {
  return {{"sequence", request.sequence},
          {"received", format_micro_time(request.received)},
          {"verb", request.verb},
          {"resource", request.resource},
          {"namespace", request.namespace_},
          {"name", request.name},
          {"method", request.method},
          {"path", request.path},
          {"query", request.query},
          {"userAgent", request.user_agent},
          {"contentType", request.content_type},
          {"body", request.body},
          {"tokenAccepted", request.token_accepted},
          {"status", request.status},
          {"dropped", request.dropped},
          {"applied", request.applied},
          {"faulted", request.faulted},
          {"answer", request.answer}};
}

Reply get_faults(Call& call) {
  const std::scoped_lock lock(call.core.mutex);
  Json list = Json::array();
  for (const Fault& fault : call.core.faults.list()) list.push_back(to_json(fault));
  return Json{{"faults", std::move(list)}, {"held", call.core.held}};
}

Reply post_fault(Call& call) {
  Fault fault;
  // What replaces a body is rarely meant as an error; `status` says so.
  if (call.body.value("kind", "answer") == "replace-body") fault.status = 200;
  if (auto done = armsim::take_keys(fault, call.body, fault_keys()); !done)
    return Unexpected(done.error());
  call.simulator.fault(fault);
  return to_json(fault);
}

Reply delete_faults(Call& call) {
  call.simulator.clear_faults();
  return Json::object();
}

Reply post_release(Call& call) {
  call.simulator.release_held();
  return Json::object();
}

Reply post_away(Call& call) {
  bool away = true;
  if (call.body.contains("away") && !armsim::parse_on(call.body["away"], away))
    return Unexpected(Error{"'away' must be true or false"});
  if (away) {
    call.simulator.go_away();
  } else {
    call.simulator.come_back();
  }
  return Json{{"away", away}};
}

Reply get_requests(Call& call) {
  Json list = Json::array();
  const std::string since = call.request.parameter("since").value_or("0");
  for (const LoggedRequest& request : call.simulator.requests()) {
    if (request.sequence > std::strtoull(since.c_str(), nullptr, 10))
      list.push_back(to_json(request));
  }
  return Json{{"requests", std::move(list)}};
}

Reply delete_requests(Call& call) {
  call.simulator.clear_requests();
  return Json::object();
}

Reply get_objects(Call& call) {
  const std::scoped_lock lock(call.core.mutex);
  Json list = Json::array();
  for (const auto& [key, object] : call.core.objects) list.push_back(object);
  return Json{{"objects", std::move(list)}};
}

struct Right {
  std::string verb, resource;
};

Reply post_deny(Call& call) {
  Right right;
  const std::vector<armsim::Key<Right>> keys{text_key<Right>("verb", &Right::verb),
                                             text_key<Right>("resource", &Right::resource)};
  if (auto done = armsim::take_keys(right, call.body, keys); !done) return Unexpected(done.error());
  call.simulator.deny(right.verb, right.resource);
  return Json::object();
}

Reply delete_deny(Call& call) {
  call.simulator.allow_everything();
  return Json::object();
}

struct NewToken {
  std::string token;
  bool keep_old = false;
};

Reply post_token(Call& call) {
  NewToken token;
  const std::vector<armsim::Key<NewToken>> keys{
      text_key<NewToken>("token", &NewToken::token),
      {"keepOld", "true or false", [](NewToken& target, const Keyed& json) {
         return armsim::parse_on(json, target.keep_old);
       }}};
  if (auto done = armsim::take_keys(token, call.body, keys); !done) return Unexpected(done.error());
  if (token.token.empty()) return Unexpected(Error{R"(which one? {"token": "..."})"});
  call.simulator.set_token(token.token, token.keep_old);
  return Json::object();
}

Reply delete_token(Call& call) {
  call.simulator.revoke_token();
  return Json::object();
}

struct Control {
  std::string_view method, path, help;
  Reply (*call)(Call& call);
};

constexpr std::array<Control, 12> kEndpoints{{
    {"GET", "faults", "that are not used up, and how many requests are held", get_faults},
    {"POST", "faults", "add one, see below", post_fault},
    {"DELETE", "faults", "forget all", delete_faults},
    {"POST", "release", "let go of the requests held by a fault", post_release},
    {"POST", "away", R"({"away": true}: connections are refused; false: it is back)", post_away},
    {"GET", "requests", "?since=SEQUENCE", get_requests},
    {"DELETE", "requests", "forget them", delete_requests},
    {"GET", "objects", "every object as it is stored", get_objects},
    {"POST", "deny", R"({"verb": "update", "resource": "leases"}: takes the right away)",
     post_deny},
    {"DELETE", "deny", "gives every right back", delete_deny},
    {"POST", "token", R"({"token": "...", "keepOld": true}: it is in the file from now on)",
     post_token},
    {"DELETE", "token", "accepts none any more", delete_token},
}};

}  // namespace

HttpAnswer control(Simulator& simulator, Core& core, const HttpRequest& request) {
  Call call{simulator, core, request, Keyed::object()};
  if (!request.body.empty()) call.body = Keyed::parse(request.body, nullptr, false);
  if (!call.body.is_object()) return json_answer(400, {{"error", "the body is not a JSON object"}});
  for (const Control& endpoint : kEndpoints) {
    if (request.path != "/" + std::string(endpoint.path) || request.method != endpoint.method)
      continue;
    const Reply reply = endpoint.call(call);
    if (!reply) return json_answer(400, {{"error", reply.error().message}});
    return json_answer(200, *reply);
  }
  return json_answer(404, {{"error", "no such control: " + request.method + " " + request.path}});
}

std::string control_help() {
  std::string text = "Control (JSON, at the address in FOLDER/control_url, no token needed):\n";
  for (const Control& endpoint : kEndpoints) {
    std::string line = "  " + std::string(endpoint.method);
    line.resize(9, ' ');
    line += std::string(endpoint.path);
    line.resize(20, ' ');
    text += line + std::string(endpoint.help) + "\n";
  }
  return text +
         R"(A fault: kind (answer, drop, slow, truncate, drip, replace-body), when (before, after the
  request is carried out), verb (get, list, create, update, patch, delete), resource (leases,
  configmaps, namespaces), name, after (so many pass first), times (0 = always), status, message,
  retryAfter, delay, hold, bytes.
Example: the next two renewals are stored, but their answers are lost.
  curl -X POST $(cat FOLDER/control_url)/faults -d '{"kind": "drop", "when": "after",
    "verb": "update", "resource": "leases", "times": 2}'
)";
}

}  // namespace kubesim
