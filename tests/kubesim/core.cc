#include "kubesim/core.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.h"
#include "kubesim/micro_time.h"
#include "kubesim/status.h"

namespace kubesim {
namespace {

constexpr std::size_t kMaxBody = 3UL * 1024 * 1024;  // of the API server, too
constexpr std::string_view kBearer = "Bearer ";

// Probes answer without a token, as where anonymous requests are limited to them.
bool is_probe(const std::string& path) {
  return path == "/healthz" || path == "/readyz" || path == "/livez";
}

std::string joined(const armsim::HeaderList& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    if (!text.empty()) text += "&";
    text += name;
    text += "=" + value;
  }
  return text;
}

// "Fri, 27 Nov 2026 04:11:52 GMT"
std::string http_date(defenderd::WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

bool accepts_json(const HttpRequest& request) {
  const std::string accepted = request.header("Accept").value_or("*/*");
  return accepted.find("json") != std::string::npos || accepted.find("*/*") != std::string::npos ||
         accepted.find("application/*") != std::string::npos;
}

}  // namespace

Core::Core(Options the_options)
    : options(std::move(the_options)),
      clock(options.clock == nullptr ? system_clock : *options.clock) {
  for (const std::string& ns :
       {std::string("default"), std::string("kube-system"), std::string("kube-public"),
        std::string("kube-node-lease"), options.service_namespace}) {
    add_namespace(ns);
  }
}

std::string Core::user() const {
  return "system:serviceaccount:" + options.service_namespace + ":" + options.service_account;
}

bool Core::allowed(const std::string& verb, const Resource& resource) const {
  const std::string plural(resource.plural);
  return !denied.contains({verb, plural}) && !denied.contains({"", plural}) &&
         !denied.contains({verb, ""}) && !denied.contains({"", ""});
}

const Json* Core::find(const Resource& resource, const std::string& ns,
                       const std::string& name) const {
  const auto found = objects.find({&resource, ns, name});
  return found == objects.end() ? nullptr : &found->second;
}

const Json& Core::store(const Resource& resource, Json object, const std::string& manager) {
  Json& meta = object["metadata"];
  const std::string ns = meta.value("namespace", "");
  const std::string name = meta.value("name", "");
  const std::string time = format_time(now());
  const Json* const old = find(resource, ns, name);
  meta["uid"] = old != nullptr ? (*old)["metadata"]["uid"]
                               : Json(random_letters(8) + "-0000-4000-8000-" + random_letters(12));
  meta["creationTimestamp"] = old != nullptr ? (*old)["metadata"]["creationTimestamp"] : Json(time);
  meta["resourceVersion"] = std::to_string(++resource_version);
  if (resource.schema != nullptr) {
    // Not the fields that each manager owns: nothing here applies on the server's side.
    meta["managedFields"] = Json::array({{{"apiVersion", resource.api_version()},
                                          {"fieldsType", "FieldsV1"},
                                          {"fieldsV1", Json::object()},
                                          {"manager", manager},
                                          {"operation", "Update"},
                                          {"time", time}}});
  }
  bump();
  return objects[{&resource, ns, name}] = std::move(object);
}

void Core::erase(const Resource& resource, const std::string& ns, const std::string& name) {
  if (objects.erase({&resource, ns, name}) > 0) ++resource_version;
  bump();
}

void Core::add_namespace(const std::string& ns) {
  if (find(namespaces(), "", ns) != nullptr) return;
  Json object{{"apiVersion", "v1"},
              {"kind", "Namespace"},
              {"metadata", {{"name", ns}, {"labels", {{"kubernetes.io/metadata.name", ns}}}}},
              {"spec", {{"finalizers", {"kubernetes"}}}},
              {"status", {{"phase", "Active"}}}};
  store(namespaces(), std::move(object), "kubesim");
}

std::string Core::random_letters(std::size_t count) {
  constexpr std::string_view kLetters = "0123456789abcdef";
  std::string text;
  while (text.size() < count) text += kLetters[random_() % kLetters.size()];
  return text;
}

void Core::bump() {
  ++version;
  changed.notify_all();
}

HttpAnswer Core::handle(const HttpRequest& request) {
  std::unique_lock lock(mutex);
  Exchange exchange{request, find_route(request), lock};
  arrive(exchange);
  HttpAnswer result = answer(exchange);
  depart(exchange, result);
  return result;
}

HttpAnswer Core::answer(Exchange& exchange) {
  if (stopping) {
    HttpAnswer nothing;
    nothing.wire.drop = true;
    return nothing;
  }
  const Route& route = exchange.route;
  exchange.fault = faults.take(
      route.verb, route.resource == nullptr ? "" : std::string(route.resource->plural), route.name);
  if (!exchange.fault) return dispatch(exchange);
  exchange.entry.faulted = true;
  return dispatch_with_fault(exchange);
}

HttpAnswer Core::dispatch_with_fault(Exchange& exchange) {
  const Fault& fault = *exchange.fault;
  const bool before = fault.when == When::Before && fault.kind != FaultKind::Truncate &&
                      fault.kind != FaultKind::ReplaceBody && fault.kind != FaultKind::Drip;
  HttpAnswer result;
  if (before) wait(exchange);
  // What the end interrupts is not carried out.
  if (!stopping && (!before || fault.kind == FaultKind::Slow)) result = dispatch(exchange);
  if (!before && fault.kind != FaultKind::Drip) wait(exchange);
  switch (fault.kind) {
    case FaultKind::Answer:
      result = injected(fault.status, fault.message, fault.retry_after, exchange.route, user());
      break;
    case FaultKind::Drop:
      result.wire.drop = true;
      break;
    case FaultKind::Slow:
      break;
    case FaultKind::Truncate:
      result.wire.cut_at = fault.bytes;
      break;
    case FaultKind::Drip:
      result.wire.drip_bytes = fault.bytes;
      result.wire.pause = fault.delay;
      break;
    case FaultKind::ReplaceBody:
      result.status = fault.status;
      result.body = fault.message;
      break;
  }
  if (stopping) result.wire.drop = true;
  return result;
}

HttpAnswer Core::dispatch(Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  const Route& route = exchange.route;
  exchange.entry.token_accepted = is_known(request);
  if (!exchange.entry.token_accepted && !is_probe(request.path)) return unauthorized();
  if (route.resource != nullptr && !allowed(route.verb, *route.resource))
    return forbidden(route, user());
  if (request.body.size() > kMaxBody) return too_large();
  if (route.resource == nullptr) return answer_discovery(request);
  if (!accepts_json(request)) return not_acceptable();
  return answer_objects(*this, exchange);
}

bool Core::is_known(const HttpRequest& request) const {
  const std::string header = request.header("Authorization").value_or("");
  return defenderd::iequals(std::string_view(header).substr(0, kBearer.size()), kBearer) &&
         tokens.contains(std::string(defenderd::trim(header.substr(kBearer.size()))));
}

void Core::wait(Exchange& exchange) {
  const Fault& fault = *exchange.fault;
  std::unique_lock<std::mutex>& lock = exchange.lock;
  note(exchange.entry);
  if (fault.delay.count() > 0) wake.wait_for(lock, fault.delay, [this] { return stopping; });
  if (!fault.hold) return;
  ++held;
  bump();
  const std::uint64_t seen = releases;
  wake.wait(lock, [&] { return stopping || releases != seen; });
  --held;
}

void Core::arrive(Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  LoggedRequest& entry = exchange.entry;
  entry.sequence = ++sequence;
  entry.received = now();
  entry.verb = exchange.route.verb;
  if (exchange.route.resource != nullptr) entry.resource = exchange.route.resource->plural;
  entry.namespace_ = exchange.route.ns;
  entry.name = exchange.route.name;
  entry.method = request.method;
  entry.path = request.path;
  entry.query = joined(request.query);
  entry.user_agent = request.header("User-Agent").value_or("");
  entry.content_type = request.header("Content-Type").value_or("");
  entry.body = request.body;
  if (log.size() >= options.log_limit) log.pop_front();
  log.push_back(entry);
  bump();
}

void Core::depart(Exchange& exchange, HttpAnswer& answer) {
  answer.headers.emplace_back("Audit-Id", random_letters(8) + "-0000-4000-8000-000000000000");
  answer.headers.emplace_back("Cache-Control", "no-cache, private");
  answer.headers.emplace_back("Date", http_date(now()));
  LoggedRequest& entry = exchange.entry;
  entry.dropped = answer.wire.drop || answer.wire.cut_at.has_value();
  entry.status = answer.wire.drop ? 0 : answer.status;
  entry.answer = answer.wire.drop ? "" : answer.body;
  note(entry);
}

void Core::note(const LoggedRequest& entry) {
  // Unless the log was cleared meanwhile.
  const auto found = std::find_if(log.rbegin(), log.rend(), [&](const LoggedRequest& logged) {
    return logged.sequence == entry.sequence;
  });
  if (found != log.rend()) *found = entry;
  bump();
}

}  // namespace kubesim
