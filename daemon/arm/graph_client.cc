#include "arm/graph_client.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

#include "arm/page_retry.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Source: azure-rest-api-specs, specification/resourcegraph/resource-manager/
// Microsoft.ResourceGraph/stable/2022-10-01/resourcegraph.json; the headers: Microsoft's "Guidance
// for throttled requests in Azure Resource Graph".
constexpr const char* kTarget =
    "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
constexpr int kRowsPerPage = 1000;  // the graph's maximum
constexpr int kMaxPages = 200;
constexpr std::uint64_t kMaxRows = 100'000;
constexpr std::size_t kMaxToken = 8192;
constexpr Duration kQuotaWindow = seconds(5);  // in which the quota is counted
// A longer one is not believed: one odd header would silence the graph for a day.
constexpr Duration kLongestQuotaWindow = minutes(1);

std::string_view header_of(const ArmAnswer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (iequals(key, name)) return value;
  }
  return {};
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// "hh:mm:ss", less than a day.
std::optional<Duration> time_span(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hours = number_of(text.substr(0, 2));
  const auto mins = number_of(text.substr(3, 2));
  const auto secs = number_of(text.substr(6, 2));
  if (!hours || !mins || !secs || *hours > 23 || *mins > 59 || *secs > 59) return std::nullopt;
  return std::chrono::hours(*hours) + minutes(*mins) + seconds(*secs);
}

std::string body_of(const GraphQuery& query, const std::string& skip_token) {
  JsonWriter body;
  body.begin_object();
  if (!query.management_groups.empty()) {
    body.key("managementGroups");
    body.begin_array();
    for (const std::string& group : query.management_groups) body.value(group);
    body.end_array();
  }
  body.key("options");
  body.begin_object();
  if (!skip_token.empty()) body.member("$skipToken", skip_token);
  body.member("$top", kRowsPerPage);
  body.member("resultFormat", "objectArray");
  body.end_object();
  body.member("query", query.text);
  if (!query.subscriptions.empty()) {
    body.key("subscriptions");
    body.begin_array();
    for (const SubscriptionId id : query.subscriptions) body.value(id.text());
    body.end_array();
  }
  body.end_object();
  return body.take();
}

Failure asking(Failure failure) {
  failure.message = "the query of Azure Resource Graph failed: " + failure.message;
  return failure;
}

Failure quota_used_up(Duration wait) {
  Failure failure;
  failure.reason = Reason::Throttled;
  failure.message = "its quota for this identity is used up for another " +
                    std::to_string(std::chrono::ceil<seconds>(wait).count()) + " s";
  failure.next = NextTry::ServerWait;
  failure.server_wait = wait;
  return failure;
}

Failure not_within(Duration patience) {
  Failure failure;
  failure.reason = Reason::Timeout;
  failure.message = "its pages did not end within " + format_duration(patience);
  return failure;
}

}  // namespace

GraphClient::GraphClient(ArmClient& arm, Clock& clock) : arm_(arm), clock_(clock) {}

Duration GraphClient::take_quota(const std::optional<TenantId>& tenant) {
  const MutexLock lock(mutex_);
  const auto found = quotas_.find(tenant);
  if (found == quotas_.end()) return Duration::zero();
  Quota& quota = found->second;
  const SteadyTime now = clock_.steady_now();
  if (quota.reset.until() <= now) return Duration::zero();
  if (quota.remaining <= 0) return quota.reset.until() - now;
  --quota.remaining;
  return Duration::zero();
}

void GraphClient::note_quota(const std::optional<TenantId>& tenant, const ArmAnswer& answer) {
  const auto remaining = number_of(header_of(answer, "x-ms-user-quota-remaining"));
  if (!remaining) return;
  const Duration resets_after =
      time_span(header_of(answer, "x-ms-user-quota-resets-after")).value_or(kQuotaWindow);
  const MutexLock lock(mutex_);
  Quota& quota = quotas_[tenant];
  quota.remaining = *remaining;
  quota.reset.set_until(clock_.steady_now() + std::min(resets_after, kLongestQuotaWindow));
}

void GraphClient::try_again(const std::optional<TenantId>& tenant) {
  const MutexLock lock(mutex_);
  const auto found = quotas_.find(tenant);
  if (found != quotas_.end()) found->second.reset.try_again(clock_.steady_now());
}

void GraphClient::try_again() {
  const MutexLock lock(mutex_);
  for (auto& [tenant, quota] : quotas_) quota.reset.try_again(clock_.steady_now());
}

ArmResult<ArmAnswer> GraphClient::page(const ArmCall& call, SteadyTime end,
                                       const std::stop_token& stop) {
  PageRetry retry(clock_, end, stop);
  while (true) {
    if (const Duration wait = take_quota(call.tenant); wait > Duration::zero()) {
      if (!retry.wait(wait)) return Unexpected(quota_used_up(wait));
      continue;
    }
    auto answer = arm_.call(call, stop);
    if (answer) note_quota(call.tenant, *answer);
    if (answer || !retry.wait_after(answer.error())) return answer;
  }
}

ArmResult<GraphAnswer> GraphClient::query(const GraphQuery& query, const GraphRow& take,
                                          const std::stop_token& stop) {
  const SteadyTime end = clock_.steady_now() + query.patience;
  ArmCall call;
  call.operation = ArmOperation::Graph;
  call.method = "POST";
  call.tenant = query.tenant;
  call.target = kTarget;
  std::set<std::string> tokens;
  std::string skip_token;
  GraphAnswer result;
  while (true) {
    call.body = body_of(query, skip_token);
    auto answer = page(call, end, stop);
    if (!answer) return Unexpected(asking(std::move(answer.error())));
    const auto refuse = [&](const std::string& what) {
      return Unexpected(asking(arm_.malformed(call, answer->trace, what)));
    };
    auto page = read_graph_page(answer->body, take);
    if (!page) return refuse(page.error().message);
    ++result.pages;
    result.rows += page->rows;
    result.subscription_limit_hit =
        result.subscription_limit_hit ||
        iequals(header_of(*answer, "x-ms-tenant-subscription-limit-hit"), "true");
    if (page->skip_token.empty()) {
      if (page->truncated) return refuse("the answer was cut off without a token for the rest");
      if (result.rows < page->total) {
        return refuse("the answer ends after " + std::to_string(result.rows) + " of " +
                      std::to_string(page->total) + " rows");
      }
      return result;
    }
    if (page->skip_token.size() > kMaxToken || !tokens.insert(page->skip_token).second) {
      return refuse("the pages of the answer form a cycle");
    }
    if (result.pages >= kMaxPages || result.rows > kMaxRows) {
      return refuse("the answer does not end");
    }
    if (clock_.steady_now() >= end) return Unexpected(asking(not_within(query.patience)));
    skip_token = std::move(page->skip_token);
  }
}

}  // namespace defenderd
