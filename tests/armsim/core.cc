#include "armsim/core.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "armsim/arm_answer.h"
#include "armsim/arm_headers.h"
#include "armsim/control.h"
#include "armsim/endpoints.h"
#include "armsim/fault_answer.h"
#include "armsim/log_entry.h"
#include "armsim/pricings.h"
#include "base/text.h"

namespace armsim {

Core::Core(Options the_options)
    : options(std::move(the_options)),
      clock(options.clock == nullptr ? system_clock : *options.clock),
      random(options.seed) {
  if (options.tenants.empty()) options.tenants.emplace_back(kTenant);
  for (std::string& tenant : options.tenants) tenant = defenderd::to_lower(tenant);
}

HttpAnswer Core::handle(const HttpRequest& request) {
  Route route = find_route(request);
  if (route.endpoint == Endpoint::Control) return control(*this, request);
  std::unique_lock lock(mutex);
  land_late_writes(lock);
  Exchange exchange{request, std::move(route), lock, {}, {}, base_url, correlation_of(request)};
  if (const auto host = request.header("Host"); host && !host->empty())
    exchange.base_url = base_url.substr(0, base_url.find("://") + 3) + *host;
  arrive(exchange);
  wait(lock, options.behaviour.latency);
  HttpAnswer answer = dispatch_with_fault(exchange);
  depart(exchange, answer);
  return answer;
}

HttpAnswer Core::dispatch_with_fault(Exchange& exchange) {
  exchange.fault = faults.take(exchange.route.operation, exchange.route.subscription);
  if (!exchange.fault) return dispatch(exchange);
  const Fault& fault = *exchange.fault;
  exchange.entry.faulted = true;
  if (fault.kind == FaultKind::LandsLater) return postpone(exchange);
  HttpAnswer answer;
  if (fault.kind == FaultKind::Answer || fault.kind == FaultKind::DropBeforeEffect) {
    wait_for_fault(exchange);
    answer = answer_of(*this, exchange, fault);
    answer.wire.drop = fault.kind == FaultKind::DropBeforeEffect;
    return answer;
  }
  // A write waits where it works, so that it keeps others from writing.
  if (exchange.route.operation != Operation::Write) wait_for_fault(exchange);
  answer = dispatch(exchange);
  wait_for_fault(exchange);
  switch (fault.kind) {
    case FaultKind::AnswerAfterEffect:
      return answer_of(*this, exchange, fault);
    case FaultKind::DropAfterEffect:
      answer.wire.drop = true;
      break;
    case FaultKind::Truncate:
      answer.wire.cut_at = fault.bytes;
      break;
    case FaultKind::Drip:
      answer.wire.drip_bytes = std::max<std::size_t>(fault.bytes, 1);
      answer.wire.pause = fault.delay;
      break;
    case FaultKind::ReplaceBody:
      answer.body = message_of(fault, exchange.request);
      break;
    case FaultKind::AboutAnother:
      if (is_ai_read(exchange.route.operation)) return answer_about(exchange, fault.message);
      if (const Stored* const other = find(defenderd::to_lower(fault.message)))
        answer.body = pricing_json(other->subscription, std::string(kAiPlan), options.behaviour,
                                   exchange.entry.api_version)
                          .dump();
      break;
    case FaultKind::HugeBody:
      answer.body = R"({"padding":")" + std::string(fault.bytes, 'x') + R"("})";
      break;
    default:
      break;
  }
  return answer;
}

HttpAnswer Core::answer_about(Exchange& exchange, const std::string& subscription) {
  const std::string asked =
      std::exchange(exchange.route.subscription, defenderd::to_lower(subscription));
  HttpAnswer answer = dispatch(exchange);
  exchange.route.subscription = asked;
  return answer;
}

HttpAnswer Core::dispatch(Exchange& exchange) {
  const std::string& method = exchange.request.method;
  const bool get = method == "GET" || method == "HEAD";
  switch (exchange.route.endpoint) {
    case Endpoint::EntraToken:
      if (method == "POST") return entra_token(*this, exchange);
      break;
    case Endpoint::OpenIdConfiguration:
      if (get) return openid_configuration(*this, exchange);
      break;
    case Endpoint::CloudMetadata:
      if (get) return cloud_metadata(*this, exchange);
      break;
    case Endpoint::ImdsToken:
      if (get) return imds_token(*this, exchange);
      break;
    case Endpoint::AppServiceToken:
      if (get) return app_service_token(*this, exchange);
      break;
    case Endpoint::SubscriptionList:
      if (get) return list_subscriptions(*this, exchange);
      break;
    case Endpoint::Subscription:
      if (get) return get_subscription(*this, exchange);
      break;
    case Endpoint::ResourceGraph:
      if (method == "POST") return query_graph(*this, exchange);
      break;
    case Endpoint::ActivityLog:
      if (get) return list_activity(*this, exchange);
      break;
    case Endpoint::Provider:
      if (get) return get_provider(*this, exchange);
      break;
    case Endpoint::ProviderRegister:
      if (method == "POST") return register_provider(*this, exchange);
      break;
    case Endpoint::PricingList:
      if (get) return list_pricings(*this, exchange);
      break;
    case Endpoint::Pricing:
      if (get) return get_pricing(*this, exchange);
      if (method == "PUT") return put_pricing(*this, exchange);
      break;
    case Endpoint::AiAccountList:
      if (get) return list_ai_accounts(*this, exchange);
      break;
    case Endpoint::AiAccount:
      if (get) return get_ai_account(*this, exchange);
      break;
    case Endpoint::AiPartList:
      if (get) return list_ai_parts(*this, exchange);
      break;
    case Endpoint::AiPart:
      if (get) return get_ai_part(*this, exchange);
      break;
    case Endpoint::None:
    case Endpoint::Control:
      return arm_error(404, "MissingSubscription",
                       "The request did not have a subscription or a valid tenant level resource "
                       "provider.");
  }
  return arm_error(405, "MethodNotAllowed",
                   "The HTTP method '" + method + "' is not supported by this resource.");
}

void Core::arrive(Exchange& exchange) {
  LoggedRequest& entry = exchange.entry;
  entry = start_entry(exchange.request, exchange.route);
  entry.sequence = ++sequence;
  entry.received = now();
  count_arrival(totals, entry.operation);
  if (Stored* const stored = find(entry.subscription))
    count_arrival(stored->counters, entry.operation);
  log.push_back(entry);
  if (log.size() > options.log_limit) log.pop_front();
  bump();
}

void Core::depart(Exchange& exchange, HttpAnswer& answer) {
  add_headers(*this, exchange, answer);
  LoggedRequest& entry = exchange.entry;
  finish_entry(entry, answer);
  count_departure(totals, entry);
  if (Stored* const stored = find(entry.subscription)) count_departure(stored->counters, entry);
  // The log may have been cleared, or have lost its oldest entries.
  if (!log.empty() && entry.sequence >= log.front().sequence)
    log[entry.sequence - log.front().sequence] = entry;
  bump();
}

Stored::Level& Core::bucket(Stored& stored, const Exchange& exchange, bool writes) {
  if (options.behaviour.buckets_shared) {
    Buckets& shared = shared_buckets[exchange.caller];
    return writes ? shared.writes : shared.reads;
  }
  Stored::Budget& own = stored.budgets[exchange.caller];
  return writes ? own.write_bucket : own.read_bucket;
}

Stored* Core::find(const std::string& id) {
  const auto found = subscriptions.find(id);
  return found == subscriptions.end() ? nullptr : &found->second;
}

void Core::will_change(Stored& stored) {
  constexpr std::size_t kMostVersions = 64;
  constexpr auto kLongestLag = std::chrono::hours(48);
  std::erase_if(stored.before,
                [&](const Stored::Version& past) { return past.until + kLongestLag < now(); });
  if (stored.before.size() == kMostVersions) stored.before.erase(stored.before.begin());
  stored.before.push_back({stored.subscription, now()});
}

const Subscription* Core::graph_view(const Stored& stored) const {
  const TimePoint then = now() - options.behaviour.graph_lag;
  if (stored.in_graph_since > then) return nullptr;
  return &as_of(stored, then);
}

const Subscription& Core::read_view(const Stored& stored) const {
  return as_of(stored, now() - options.behaviour.read_lag);
}

const Subscription& Core::as_of(const Stored& stored, TimePoint then) const {
  for (const Stored::Version& past : stored.before) {
    if (past.until > then) return past.subscription;
  }
  return stored.subscription;
}

// The gateway gives up, the provider works on: until it has finished, others may not write.
HttpAnswer Core::postpone(Exchange& exchange) {
  Stored* const stored = find(exchange.route.subscription);
  const bool is_busy = stored != nullptr && (stored->writing || now() < stored->busy_until);
  if (stored == nullptr || is_busy || exchange.route.operation != Operation::Write)
    return dispatch(exchange);
  stored->writing = true;
  late_writes.push_back({now() + exchange.fault->delay, exchange.request});
  return gateway_timeout();
}

bool Core::wait_for_write(Exchange& exchange) {
  // ARM's own, for every provider.
  constexpr auto kPatience = std::chrono::seconds(60);
  const std::chrono::milliseconds takes = options.behaviour.write_takes;
  if (exchange.is_late) return true;
  if (takes <= kPatience) {
    wait(exchange.lock, takes);
    return true;
  }
  const TimePoint begin = now();
  wake.wait_for(exchange.lock, kPatience, [&] { return stopping || now() - begin >= kPatience; });
  late_writes.push_back({begin + takes, exchange.request});
  return false;
}

void Core::land_late_writes(std::unique_lock<std::mutex>& lock) {
  while (!late_writes.empty() && !stopping) {
    const auto first = std::find_if(late_writes.begin(), late_writes.end(),
                                    [&](const LateWrite& late) { return late.due <= now(); });
    if (first == late_writes.end()) return;
    const HttpRequest request = std::move(first->request);
    late_writes.erase(first);
    Exchange exchange{request,  find_route(request),    lock, {}, {},
                      base_url, correlation_of(request)};
    exchange.entry = start_entry(request, exchange.route);
    exchange.is_late = true;
    if (Stored* const stored = find(exchange.route.subscription)) stored->writing = false;
    (void)put_pricing(*this, exchange);  // nobody waits for the answer
    bump();
  }
}

std::string Core::correlation_of(const HttpRequest& request) {
  return request.header("x-ms-correlation-request-id").value_or(new_guid());
}

std::string Core::new_guid() {
  const auto part = [this](std::uint64_t mask) {
    return static_cast<unsigned long long>(random() & mask);
  };
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%08llx-%04llx-4%03llx-a%03llx-%012llx", part(0xFFFFFFFF),
                part(0xFFFF), part(0xFFF), part(0xFFF), part(0xFFFFFFFFFFFF));
  return text.data();
}

void Core::move_clock(std::chrono::milliseconds by) {
  offset += by;
  wake.notify_all();
}

void Core::bump() {
  ++version;
  changed.notify_all();
}

void Core::wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds length) {
  if (length.count() > 0) wake.wait_for(lock, length, [this] { return stopping; });
}

void Core::wait_for_fault(Exchange& exchange) {
  if (!exchange.fault || exchange.waited) return;
  exchange.waited = true;
  if (exchange.fault->kind != FaultKind::Drip) wait(exchange.lock, exchange.fault->delay);
  if (!exchange.fault->hold) return;
  ++held;
  bump();
  wake.wait(exchange.lock, [this, before = releases] { return stopping || releases != before; });
  --held;
  bump();
}

void Core::mark_applied(Exchange& exchange) {
  exchange.entry.carried_out = true;
  ++totals.writes_applied;
  if (Stored* const stored = find(exchange.route.subscription)) ++stored->counters.writes_applied;
}

}  // namespace armsim
