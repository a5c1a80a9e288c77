// Azure Resource Graph: POST /providers/Microsoft.ResourceGraph/resources. It shows the world as it
// was a while ago, and only what the caller may read.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "armsim/arm_answer.h"
#include "armsim/arm_gate.h"
#include "armsim/endpoints.h"
#include "armsim/graph_rows.h"
#include "armsim/kql.h"
#include "base/text.h"
#include "base/time_text.h"

namespace armsim {
namespace {

using defenderd::iequals;
using defenderd::Result;
using defenderd::to_lower;
using defenderd::Unexpected;

constexpr std::array<std::string_view, 4> kApiVersions{"2019-04-01", "2021-03-01", "2022-10-01",
                                                       "2024-04-01"};
constexpr std::string_view kTokenPrefix = "ew0KICAi";

HttpAnswer refuse(const Core& core, int status, const std::string& code,
                  const std::string& message) {
  HttpAnswer answer =
      arm_error(status, status == 400 ? "BadRequest" : code,
                "Please provide below info when asking for support: timestamp = " +
                    defenderd::format_rfc3339(core.now()) + ", correlationId = unknown.");
  Json body = Json::parse(answer.body);
  body["error"]["details"] = Json::array({{{"code", code}, {"message", message}}});
  return json_answer(status, body);
}

HttpAnswer invalid(const Core& core, const std::string& message) {
  return refuse(core, 400, "InvalidQuery",
                "Query is invalid. Please refer to the documentation for the Azure Resource Graph "
                "service and fix the error before retrying. " +
                    message);
}

// "hh:mm:ss", rounded up.
std::string time_span(std::chrono::milliseconds left) {
  const auto whole = std::chrono::ceil<std::chrono::seconds>(left).count();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02lld:%02lld:%02lld",
                static_cast<long long>(whole / 3600), static_cast<long long>(whole / 60 % 60),
                static_cast<long long>(whole % 60));
  return text.data();
}

struct QuotaHeaders {
  int remaining = 0;
  std::chrono::milliseconds resets_after{0};
  bool exceeded = false;
};

QuotaHeaders take_quota(Core& core, const Exchange& exchange) {
  const Behaviour& behaviour = core.options.behaviour;
  Core::GraphQuota& quota = core.graph_quotas[exchange.caller];
  const TimePoint now = core.now();
  if (quota.resets <= now) quota = {0, now + behaviour.graph_quota_window};
  const bool limited = behaviour.graph_quota > 0;
  const int most = limited ? behaviour.graph_quota : 15;
  const bool exceeded = limited && quota.used >= most;
  if (!exceeded && limited) ++quota.used;
  return {most - quota.used,
          std::chrono::duration_cast<std::chrono::milliseconds>(quota.resets - now), exceeded};
}

struct Scope {
  std::set<std::string> subscriptions;      // in lower case
  std::set<std::string> management_groups;  // in lower case
};

bool take_texts(const Json& body, const char* name, std::set<std::string>& into) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return true;
  if (!found->is_array()) return false;
  for (const Json& item : *found) {
    if (!item.is_string()) return false;
    into.insert(to_lower(item.get<std::string>()));
  }
  return true;
}

bool is_below(const Subscription& subscription, const std::set<std::string>& groups) {
  return groups.contains(subscription.tenant) ||
         std::any_of(subscription.management_groups.begin(), subscription.management_groups.end(),
                     [&](const std::string& group) { return groups.contains(to_lower(group)); });
}

// What the caller may read in the scope, as the graph shows it now.
struct Readable {
  std::vector<const Subscription*> shown;
  bool any = false;        // may read one, whether or not the graph shows it
  bool limit_hit = false;  // of a scope that is no list of subscriptions
};

Readable readable(const Core& core, const Token& token, const Scope& scope) {
  Readable result;
  std::size_t seen = 0;
  const auto look = [&](const Stored& stored) {
    const Subscription& now = stored.subscription;
    if (!now.is_in(token.tenant) || now.access == Access::None || now.state == "Deleted") return;
    result.any = true;
    const Subscription* const then = core.graph_view(stored);
    if (then != nullptr && then->in_graph) result.shown.push_back(then);
  };
  if (!scope.subscriptions.empty()) {
    for (const std::string& id : scope.subscriptions) {
      const auto found = core.subscriptions.find(id);
      if (found != core.subscriptions.end()) look(found->second);
    }
    return result;
  }
  const auto most = static_cast<std::size_t>(core.options.behaviour.graph_subscription_limit);
  for (const auto& [id, stored] : core.subscriptions) {
    if (!scope.management_groups.empty() &&
        !is_below(stored.subscription, scope.management_groups)) {
      continue;
    }
    if (++seen > most) {
      result.limit_hit = true;
      break;
    }
    look(stored);
  }
  return result;
}

// The client's options besides the query.
struct PageRequest {
  std::size_t skip = 0;
  std::size_t top = 100;
  bool table = false;
};

std::string token_for(std::size_t skip, std::size_t fingerprint) {
  return std::string(kTokenPrefix) + std::to_string(skip) + "." + std::to_string(fingerprint);
}

// Only with the query and the scope of the page before.
std::optional<std::size_t> skip_of(const std::string& token, std::size_t fingerprint) {
  if (!token.starts_with(kTokenPrefix)) return std::nullopt;
  const char* const begin = token.data() + kTokenPrefix.size();
  std::size_t skip = 0;
  if (std::from_chars(begin, token.data() + token.size(), skip).ec != std::errc() ||
      token != token_for(skip, fingerprint)) {
    return std::nullopt;
  }
  return skip;
}

Result<PageRequest> page_request(const Json& body, std::size_t fingerprint) {
  PageRequest page;
  const Json options = body.value("options", Json::object());
  if (!options.is_object()) return Unexpected(defenderd::Error{"options is no object"});
  const Json top = options.value("$top", Json(100));
  const Json skip = options.value("$skip", Json(0));
  const Json format = options.value("resultFormat", Json("objectArray"));
  if (!top.is_number_integer() || top < 1 || top > 1000 || !skip.is_number_integer() || skip < 0)
    return Unexpected(defenderd::Error{"$top must be from 1 to 1000"});
  page.top = top.get<std::size_t>();
  page.skip = skip.get<std::size_t>();
  page.table = format.is_string() && iequals(format.get<std::string>(), "table");
  if (const auto token = options.find("$skipToken"); token != options.end() && !token->is_null()) {
    const auto from = token->is_string() ? skip_of(token->get<std::string>(), fingerprint)
                                         : std::optional<std::size_t>();
    if (!from) return Unexpected(defenderd::Error{"the $skipToken is not of this query"});
    page.skip = *from;
  }
  return page;
}

Json as_table(const std::vector<Json>& rows) {
  Json columns = Json::array();
  Json lines = Json::array();
  for (const Json& row : rows) {
    Json line = Json::array();
    for (const auto& [name, value] : row.items()) {
      if (lines.empty()) {
        columns.push_back({{"name", name},
                           {"type", value.is_object() || value.is_array() ? "object" : "string"}});
      }
      line.push_back(value);
    }
    lines.push_back(std::move(line));
  }
  return {{"columns", std::move(columns)}, {"rows", std::move(lines)}};
}

// One page. Without `id` in the rows, or where the graph cuts off, what does not fit is lost.
Json page_of(const std::vector<Json>& rows, const PageRequest& request, const Behaviour& behaviour,
             std::size_t fingerprint) {
  const std::size_t from = std::min(request.skip, rows.size());
  const auto most = static_cast<std::size_t>(std::max(behaviour.graph_page_size, 1));
  const std::size_t to = std::min(rows.size(), from + std::min(request.top, most));
  const std::vector<Json> page(rows.begin() + static_cast<std::ptrdiff_t>(from),
                               rows.begin() + static_cast<std::ptrdiff_t>(to));
  const bool more = to < rows.size();
  const bool pages = !rows.empty() && rows.front().contains("id") && !behaviour.graph_cuts_off;
  Json body = {{"totalRecords", static_cast<std::uint64_t>(rows.size())},
               {"count", static_cast<std::uint64_t>(page.size())},
               {"data", request.table ? as_table(page) : Json(page)},
               {"facets", Json::array()},
               {"resultTruncated", more && !pages ? "true" : "false"}};
  if (more && pages) body["$skipToken"] = token_for(to, fingerprint);
  return body;
}

HttpAnswer answer_query(Core& core, const Token& token, const Json& body) {
  const Json text = body.value("query", Json());
  if (!text.is_string()) return invalid(core, "The query is missing.");
  auto query = Kql::parse(text.get<std::string>());
  if (!query) return invalid(core, query.error().message);
  if (!is_graph_table(query->table())) return invalid(core, "UnknownTable: " + query->table());
  Scope scope;
  if (!take_texts(body, "subscriptions", scope.subscriptions) ||
      !take_texts(body, "managementGroups", scope.management_groups)) {
    return refuse(core, 400, "InvalidScopes", "The scopes are no lists of texts.");
  }
  std::string bound = text.get<std::string>();
  for (const std::string& id : scope.subscriptions) bound += id;
  for (const std::string& id : scope.management_groups) bound += id;
  const std::size_t fingerprint = std::hash<std::string>()(bound);
  auto page = page_request(body, fingerprint);
  if (!page) return refuse(core, 400, "InvalidOptions", page.error().message);
  const Readable seen = readable(core, token, scope);
  if (!seen.any) {
    return arm_error(403, "AuthorizationFailed",
                     "The client '" + core.options.client_id + "' with object id '" +
                         token.object_id +
                         "' does not have authorization to read any of the requested scopes.");
  }
  const std::vector<Json> rows = query->run(graph_rows(*query, seen.shown, core.options.behaviour));
  HttpAnswer answer = json_answer(200, page_of(rows, *page, core.options.behaviour, fingerprint));
  if (seen.limit_hit) answer.headers.emplace_back("x-ms-tenant-subscription-limit-hit", "true");
  return answer;
}

}  // namespace

HttpAnswer query_graph(Core& core, Exchange& exchange) {
  auto token = authenticate(core, exchange);
  if (!token) return token.error();
  if (auto refusal = check_api_version(exchange, kApiVersions, "resources")) return *refusal;
  const QuotaHeaders quota = take_quota(core, exchange);
  HttpAnswer answer;
  if (quota.exceeded) {
    answer = refuse(core, 429, "RateLimiting",
                    "Client application has been throttled and should not attempt to repeat the "
                    "request until an amount of time has elapsed. Please see "
                    "https://aka.ms/resourcegraph-throttling for help.");
    answer.headers.emplace_back(
        "Retry-After",
        std::to_string(std::chrono::ceil<std::chrono::seconds>(quota.resets_after).count()));
  } else {
    const Json body = Json::parse(exchange.request.body, nullptr, false);
    answer = body.is_object() ? answer_query(core, *token, body)
                              : invalid(core, "The body is not a JSON object.");
  }
  answer.headers.emplace_back("x-ms-user-quota-remaining", std::to_string(quota.remaining));
  answer.headers.emplace_back("x-ms-user-quota-resets-after", time_span(quota.resets_after));
  return answer;
}

}  // namespace armsim
