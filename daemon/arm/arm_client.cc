#include "arm/arm_client.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

#include "arm/answer_codec.h"
#include "arm/claims_challenge.h"
#include "arm/error_table.h"
#include "arm/foreign_failure.h"
#include "base/hex.h"
#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "core/timing.h"
#include "net/foreign_answer.h"

namespace defenderd {
namespace {

using Kind = TransportError::Kind;

// More than any quota, and less than what a double counts exactly.
constexpr double kMostRemaining = 1e15;
constexpr std::string_view kRateLimitPrefix = "x-ms-ratelimit-remaining-";

// Gateways of Azure answer 502 and 503 so, and so do proxies.
constexpr std::string_view kPageOfHtml =
    " with a page of HTML; if this lasts, check the proxy, HTTPS_PROXY and NO_PROXY";

// A random (version 4) GUID; "" if the generator fails; the request is then sent without.
std::string new_request_id() {
  // Drawn for many at once: the cost of a call to the generator hardly depends on the amount.
  thread_local std::array<unsigned char, 1024> drawn{};
  thread_local std::size_t used = drawn.size();
  std::array<unsigned char, 16> bytes{};
  if (used + bytes.size() > drawn.size()) {
    if (RAND_bytes(drawn.data(), static_cast<int>(drawn.size())) != 1) return {};
    used = 0;
  }
  std::copy_n(drawn.data() + used, bytes.size(), bytes.data());
  used += bytes.size();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  return guid_text(bytes);
}

// "SOUTHAFRICANORTH:20260101T000000Z:" and a GUID: it names the region where ARM has its logs,
// which is what support has where an answer has no other id.
constexpr std::size_t kMaxRoutingId = 96;

std::string request_id_of(const HttpResponse& response) {
  const std::string id = foreign_text(response.header("x-ms-request-id"), 64);
  return id.empty() ? foreign_text(response.header("x-ms-routing-request-id"), kMaxRoutingId) : id;
}

ArmTrace trace_of(const HttpResponse& response, std::string client_request_id) {
  return {request_id_of(response), foreign_text(response.header("x-ms-correlation-request-id"), 64),
          std::move(client_request_id)};
}

ArmSilence silence_of(Kind kind) {
  switch (kind) {
    case Kind::Timeout:
      return ArmSilence::Timeout;
    case Kind::Tls:
      return ArmSilence::Tls;
    case Kind::Malformed:
    case Kind::TooLarge:
    case Kind::BadRequest:
      return ArmSilence::Malformed;
    case Kind::Connect:
    case Kind::Broken:
    case Kind::Stopped:
      return ArmSilence::Connection;
  }
  return ArmSilence::Connection;
}

Reason reason_of(Kind kind) {
  switch (kind) {
    case Kind::Timeout:
      return Reason::Timeout;
    case Kind::Tls:
      return Reason::TlsFailed;
    case Kind::Malformed:
    case Kind::TooLarge:
      return Reason::MalformedAnswer;
    case Kind::BadRequest:
      return Reason::InvalidRequest;
    case Kind::Connect:
    case Kind::Broken:
    case Kind::Stopped:
      return Reason::ConnectionFailed;
  }
  return Reason::ConnectionFailed;
}

// Not waited for here, which would block a worker: the subscription is due again later.
Failure kept_quiet(Throttle::Kind kind, Duration wait, Duration lasted) {
  Failure failure;
  failure.reason = Reason::Throttled;
  failure.message = "ARM throttles this tenant's principal; defenderd sends it no " +
                    std::string(kind == Throttle::Kind::Write ? "write" : "read") +
                    " for another " +
                    format_duration(std::chrono::ceil<std::chrono::seconds>(wait));
  failure.next = NextTry::ServerWait;
  failure.server_wait = wait;
  failure.lasted = lasted;
  return failure;
}

Failure too_late() {
  Failure failure;
  failure.reason = Reason::Timeout;
  failure.message = "not sent: its deadline has passed";
  return failure;
}

Throttle::Kind kind_of(const ArmCall& call) {
  return call.writes() ? Throttle::Kind::Write : Throttle::Kind::Read;
}

// A server that has a problem of its own, or ran out of time, does not say whether it throttles.
bool gave_up(int status) { return status == 408 || status >= 500; }

// Resource Graph has its own quota: its throttling is independent of ARM's. Nothing that the
// activity log or AI accounts answer may hold up the plans.
bool is_counted_by_arm(const ArmCall& call) {
  return call.operation != ArmOperation::Graph && call.operation != ArmOperation::Activity &&
         call.operation != ArmOperation::Inspect;
}

}  // namespace

ArmClient::ArmClient(Transport& transport, TokenCache& tokens, Throttle& throttle, Clock& clock,
                     ArmObserver observer, Options options)
    : transport_(transport),
      tokens_(tokens),
      throttle_(throttle),
      clock_(clock),
      observer_(std::move(observer)),
      options_(std::move(options)) {}

ArmResult<ArmAnswer> ArmClient::call(const ArmCall& call, const std::stop_token& stop) {
  auto token = tokens_.token(call.tenant, stop);
  if (!token) return Unexpected(std::move(token.error()));
  auto answer = attempt(call, *token, stop);
  if (answer || answer.error().http_status != 401 || answer.error().reason != Reason::Unauthorized)
    return answer;
  tokens_.drop(call.tenant, *token);
  if (call.has_turn) return answer;
  auto fresh = tokens_.token(call.tenant, stop);
  if (!fresh) {
    fresh.error().message += ". It was requested because " + answer.error().message;
    return Unexpected(std::move(fresh.error()));
  }
  if (fresh->reveal() == token->reveal()) return answer;  // refused already
  return attempt(call, *fresh, stop);
}

ArmResult<TokenOwner> ArmClient::own_identity(const std::optional<TenantId>& tenant,
                                              const std::stop_token& stop) {
  auto token = tokens_.token(tenant, stop);
  if (!token) return Unexpected(std::move(token.error()));
  return owner_of(*token);
}

ArmResult<Done> ArmClient::await_turn(const ArmCall& call, const std::stop_token& stop) {
  auto token = tokens_.token(call.tenant, stop);
  if (!token) return Unexpected(std::move(token.error()));
  if (auto failure = take_share(call, stop)) return Unexpected(*std::move(failure));
  return Done{};
}

std::optional<Failure> ArmClient::take_share(const ArmCall& call, const std::stop_token& stop) {
  const Throttle::Kind kind = kind_of(call);
  if (const Duration quiet = throttle_.blocked_for(call.tenant, kind); quiet > Duration::zero())
    return kept_quiet(kind, quiet, throttle_.throttled_for(call.tenant, kind));
  if (call.has_turn || throttle_.take(call.tenant, kind, stop)) return std::nullopt;
  return no_answer(call, {Kind::Stopped, "stopped while waiting for the request budget", false},
                   {});
}

ArmResult<ArmAnswer> ArmClient::attempt(const ArmCall& call, const Secret& token,
                                        const std::stop_token& stop) {
  if (auto failure = take_share(call, stop)) return Unexpected(*std::move(failure));
  HttpRequest request;
  request.origin = options_.resource_manager;
  request.method = call.method;
  request.target = call.target;
  const SteadyTime start = clock_.steady_now();
  if (start >= call.until) return Unexpected(too_late());
  request.timeout = std::min(options_.request_timeout, call.until - start);
  request.body = call.body;
  if (!call.body.empty() || call.writes()) request.content_type = "application/json";
  const std::string id = new_request_id();
  request.headers = {
      {"Authorization", "Bearer " + token.reveal()},
      {"Accept", "application/json"},
      {"Accept-Language", "en-US"},  // error messages are read by people and by the table
      {"User-Agent", options_.user_agent}};
  if (!id.empty()) request.headers.emplace_back("x-ms-client-request-id", id);
  auto response = transport_.send(request, stop);
  const Duration took = clock_.steady_now() - start;
  if (response ? response->sent_twice : response.error().sent_twice)
    throttle_.charge(call.tenant, kind_of(call));
  if (!response) {
    if (observer_.silent && response.error().kind != Kind::Stopped) {
      observer_.silent(call.operation, silence_of(response.error().kind), took);
    }
    return Unexpected(no_answer(call, response.error(), id));
  }
  report(call, *response, took);
  ArmTrace trace = trace_of(*response, id);
  if (auto foreign = foreign_failure(request, *response, trace)) {
    foreign->maybe_applied = call.writes();
    return Unexpected(*std::move(foreign));
  }
  if (response->status >= 200 && response->status < 300) {
    heard(call);
    return ArmAnswer{response->status, std::move(response->body), std::move(trace),
                     std::move(response->headers), start};
  }
  auto retry_after = parse_retry_after(response->header("Retry-After"), clock_.wall_now());
  if (retry_after) retry_after = std::min(*retry_after, kLongestServerWait);
  AskedOfArm asked{call.subscription, call.method, retry_after, std::move(trace)};
  if (response->status == 401) asked.challenge = claims_challenge(*response);
  Failure failure = judge_answer(response->status, decode_cloud_error(response->body), asked);
  failure.maybe_applied = failure.maybe_applied && call.writes();
  if (is_markup(*response)) failure.message += kPageOfHtml;
  if (failure.reason == Reason::Throttled) {
    if (observer_.throttled) observer_.throttled();
    const Duration wait = failure.server_wait.value_or(std::chrono::seconds(10));
    if (is_counted_by_arm(call) &&
        throttle_.throttled(call.tenant, call.subscription, kind_of(call), wait) &&
        observer_.paused) {
      observer_.paused(call.tenant, kind_of(call), wait);
    }
  } else if (!gave_up(response->status)) {
    heard(call);
  }
  return Unexpected(std::move(failure));
}

void ArmClient::heard(const ArmCall& call) {
  const bool resumes = is_counted_by_arm(call) && throttle_.heard(call.tenant, kind_of(call));
  if (resumes && observer_.resumed) observer_.resumed(call.tenant, kind_of(call));
}

void ArmClient::report(const ArmCall& call, const HttpResponse& response, Duration took) const {
  if (observer_.answered) observer_.answered(call.operation, response.status, took);
  std::optional<double> least;
  for (const auto& [name, value] : response.headers) {
    if (!iequals(std::string_view(name).substr(0, kRateLimitPrefix.size()), kRateLimitPrefix))
      continue;
    double remaining = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), remaining);
    if (error != std::errc() || !(remaining >= 0 && remaining <= kMostRemaining)) continue;
    least = std::min(least.value_or(remaining), remaining);
    if (observer_.rate_limit_remaining) observer_.rate_limit_remaining(to_lower(name), remaining);
  }
  if (least && is_counted_by_arm(call))
    throttle_.left(call.tenant, call.subscription, kind_of(call), *least);
}

Failure ArmClient::no_answer(const ArmCall& call, const TransportError& error,
                             const std::string& client_request_id) const {
  Failure failure;
  failure.reason = reason_of(error.kind);
  failure.message = outgoing_text(error.message);
  failure.next = error.kind == Kind::Stopped ? NextTry::ServerWait : NextTry::Soon;
  failure.trace.client_request_id = client_request_id;
  failure.maybe_applied = call.writes() && error.may_have_arrived;
  return failure;
}

Failure ArmClient::malformed(const ArmCall& call, const ArmTrace& trace,
                             const std::string& what) const {
  Failure failure;
  failure.reason = Reason::MalformedAnswer;
  failure.message = options_.resource_manager.text() + ": " + outgoing_text(what) +
                    "; check azure.endpoints.resourceManager and any proxy in between";
  failure.http_status = 200;
  failure.trace = trace;
  failure.maybe_applied = call.writes();
  return failure;
}

}  // namespace defenderd
