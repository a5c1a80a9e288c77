#include "armsim/activity_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "armsim/arm_answer.h"
#include "armsim/arm_gate.h"
#include "armsim/endpoints.h"
#include "base/text.h"
#include "base/time_text.h"

namespace armsim {
namespace {

using defenderd::iequals;

constexpr std::array<std::string_view, 1> kApiVersions{"2015-04-01"};
constexpr std::size_t kMostEvents = 10'000;  // of one subscription
constexpr auto kRetention = std::chrono::hours(24 * 90);

// Which events a request asks for.
struct Filter {
  TimePoint from{};
  TimePoint to{};
  std::string key{};  // resourceProvider, ...; "" = all
  std::string value{};
};

std::string sub_status_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 400:
      return "BadRequest";
    case 403:
      return "Forbidden";
    case 409:
      return "Conflict";
    default:
      return std::to_string(status);
  }
}

// "" for a resource that is in none.
std::string group_in(const std::string& resource_id) {
  constexpr std::string_view kGroups = "/resourceGroups/";
  const std::size_t at = resource_id.find(kGroups);
  if (at == std::string::npos) return "";
  const std::size_t from = at + kGroups.size();
  return resource_id.substr(from, resource_id.find('/', from) - from);
}

void add(Core& core, Stored& stored, Activity event) {
  event.event_id = core.new_guid();
  stored.activity.push_back(std::move(event));
  if (stored.activity.size() > kMostEvents) stored.activity.pop_front();
}

// "name op 'value'". azure-cli writes times without quotes and without a zone, which is UTC then.
std::optional<std::array<std::string, 3>> read_clause(std::string_view clause) {
  clause = defenderd::trim(clause);
  const std::size_t first = clause.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  const std::string_view rest = defenderd::trim(clause.substr(first));
  const std::size_t second = rest.find(' ');
  if (second == std::string_view::npos) return std::nullopt;
  std::string_view value = defenderd::trim(rest.substr(second));
  const bool is_quoted = value.size() >= 2 && value.front() == '\'' && value.back() == '\'';
  if (is_quoted) value = value.substr(1, value.size() - 2);
  if (!is_quoted && !iequals(clause.substr(0, first), "eventTimestamp")) return std::nullopt;
  return std::array{std::string(clause.substr(0, first)), std::string(rest.substr(0, second)),
                    std::string(value)};
}

std::vector<std::string_view> split_by_and(std::string_view text) {
  constexpr std::string_view kAnd = " and ";
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(kAnd);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + kAnd.size());
  }
}

bool take_clause(const std::array<std::string, 3>& clause, Filter& filter) {
  const auto& [name, operation, value] = clause;
  if (iequals(name, "eventTimestamp")) {
    const auto zoned = defenderd::parse_rfc3339(value);
    const auto time = zoned ? zoned : defenderd::parse_rfc3339(value + "Z");
    if (!time || (operation != "ge" && operation != "le")) return false;
    (operation == "ge" ? filter.from : filter.to) = *time;
    return true;
  }
  static constexpr std::array<std::string_view, 4> kKeys{"resourceGroupName", "resourceUri",
                                                         "resourceProvider", "correlationId"};
  const bool known =
      std::any_of(kKeys.begin(), kKeys.end(),
                  [&, &its = name](std::string_view key) { return iequals(key, its); });
  if (!known || operation != "eq" || !filter.key.empty()) return false;
  filter.key = name;
  filter.value = value;
  return true;
}

// The allowed patterns, and no others.
std::optional<Filter> read_filter(const std::string& text) {
  Filter filter;
  for (const std::string_view part : split_by_and(text)) {
    const auto clause = read_clause(part);
    if (!clause || !take_clause(*clause, filter)) return std::nullopt;
  }
  if (filter.from == TimePoint{} || filter.to == TimePoint{}) return std::nullopt;
  return filter;
}

bool fits(const Filter& filter, const Activity& event) {
  if (event.at < filter.from || event.at > filter.to) return false;
  if (filter.key.empty()) return true;
  if (iequals(filter.key, "resourceProvider")) return iequals(event.provider, filter.value);
  if (iequals(filter.key, "correlationId")) return iequals(event.correlation_id, filter.value);
  if (iequals(filter.key, "resourceUri")) return iequals(event.resource_id, filter.value);
  return iequals(event.resource_group, filter.value);
}

Json named(const std::string& value) { return {{"value", value}, {"localizedValue", value}}; }

Json claims_of(const Activity& event) {
  const Caller& caller = event.caller;
  Json claims = {
      {"aud", "https://management.azure.com/"},
      {"appid", caller.app_id},
      {"ipaddr", caller.address},
      {"http://schemas.microsoft.com/identity/claims/objectidentifier", caller.object_id}};
  if (caller.kind == Caller::Kind::User) {
    claims["name"] = caller.name.substr(0, caller.name.find('@'));
    claims["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"] = caller.name;
    claims["groups"] = "3b1a5c0e-0000-4000-8000-00000000beef";
  } else if (!caller.name.empty()) {
    claims["name"] = caller.name;
  }
  return claims;
}

Json event_json(const Activity& event, const std::string& subscription,
                std::chrono::milliseconds lag) {
  const Caller& caller = event.caller;
  const bool is_user = caller.kind == Caller::Kind::User;
  return {{"authorization", {{"action", event.operation}, {"scope", event.resource_id}}},
          {"caller", is_user ? caller.name : caller.object_id},
          {"channels", "Operation"},
          {"claims", claims_of(event)},
          {"correlationId", event.correlation_id},
          {"description", ""},
          {"eventDataId", event.event_id},
          {"eventName", named(event.phase)},
          {"category", named("Administrative")},
          {"eventTimestamp", dotnet_time(event.at)},
          {"submissionTimestamp", dotnet_time(event.at + lag)},
          {"id", event.resource_id + "/events/" + event.event_id + "/ticks/0"},
          {"level", event.status == "Failed" ? "Error" : "Informational"},
          {"operationId", event.correlation_id},
          {"operationName", named(event.operation)},
          {"httpRequest",
           {{"clientRequestId", event.client_request_id},
            {"clientIpAddress", caller.address},
            {"method", "PUT"}}},
          {"resourceGroupName", event.resource_group},
          {"resourceProviderName", named(event.provider)},
          {"resourceId", event.resource_id},
          {"status", named(event.status)},
          {"subStatus", named(event.sub_status)},
          {"subscriptionId", subscription},
          {"properties", {{"statusCode", event.sub_status}, {"requestbody", event.body}}}};
}

// This API's own form: no "error" around it.
HttpAnswer bad_filter() {
  return json_answer(400, {{"code", "BadRequest"},
                           {"message",
                            "The filter is not supported: expected eventTimestamp ge '...' and "
                            "eventTimestamp le '...', and at most one of resourceGroupName, "
                            "resourceUri, resourceProvider and correlationId eq '...'."}});
}

// The number of events that came before; nullopt if it is not one.
std::optional<std::size_t> skip_of(const HttpRequest& request) {
  const std::string text = request.parameter("$skipToken").value_or("0");
  std::size_t skip = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, skip).ptr != end) return std::nullopt;
  return skip;
}

}  // namespace

Caller Caller::user(std::string upn, std::string app_id) {
  return {Kind::User, std::move(upn), std::move(app_id), "a11ce000-0000-4000-8000-000000000001",
          "192.0.2.7"};
}

Caller Caller::application(std::string app_id, std::string object_id) {
  return {Kind::Application, "", std::move(app_id), std::move(object_id), "192.0.2.8"};
}

Caller Caller::policy(const std::string& object_id) {
  return {Kind::Policy, "", object_id, object_id, "192.0.2.9"};
}

Caller caller_of(const Token& token) { return Caller::application(token.app_id, token.object_id); }

void log_activity(Core& core, Stored& stored, const WriteEvent& write) {
  if (write.caller.kind == Caller::Kind::Service) return;
  const std::string scope = "/subscriptions/" + stored.subscription.id;
  Activity event;
  event.at = core.now();
  event.caller = write.caller;
  if (event.caller.object_id.empty()) event.caller.object_id = core.new_guid();
  event.correlation_id = write.correlation_id;
  event.client_request_id = write.client_request_id;
  event.body = write.body;
  const bool good = write.status < 400;
  const auto begin_and_end = [&](const std::string& action, const std::string& resource_id) {
    event.provider = action.substr(0, action.find('/'));
    event.operation = action;
    event.resource_id = resource_id;
    event.resource_group = group_in(resource_id);
    event.phase = "BeginRequest";
    event.status = "Started";
    event.sub_status = "";
    add(core, stored, event);
    event.phase = "EndRequest";
    event.status = good ? "Succeeded" : "Failed";
    event.sub_status = sub_status_of(write.status);
    add(core, stored, event);
  };
  if (write.caller.kind == Caller::Kind::Policy) {
    const std::string number = std::to_string(core.random() % 1'000'000'000);
    begin_and_end("Microsoft.Resources/deployments/write",
                  scope + "/providers/Microsoft.Resources/deployments/PolicyDeployment_" + number);
  }
  if (!write.action.empty()) return begin_and_end(write.action, write.resource_id);
  begin_and_end("Microsoft.Security/pricings/write",
                scope + "/providers/Microsoft.Security/pricings/" + write.plan);
}

// The newest first; an event shows up `activity_lag` after it happened.
HttpAnswer list_activity(Core& core, Exchange& exchange) {
  const Stored* const known = core.find(exchange.route.subscription);
  auto admitted = admit(core, exchange,
                        {.action = "Microsoft.Insights/eventtypes/values/read",
                         .type = "eventtypes/values",
                         .api_versions = kApiVersions,
                         .role_has_it = known == nullptr || known->subscription.activity_readable});
  if (!admitted) return admitted.error();
  const Stored& stored = **admitted;
  const auto filter = read_filter(exchange.request.parameter("$filter").value_or(""));
  const auto skip = skip_of(exchange.request);
  if (!filter || !skip) return bad_filter();
  const Behaviour& behaviour = core.options.behaviour;
  const auto page = static_cast<std::size_t>(std::max(behaviour.activity_page_size, 1));
  Json list = Json::array();
  std::size_t seen = 0;
  for (auto event = stored.activity.rbegin(); event != stored.activity.rend(); ++event) {
    const bool is_shown = event->at + behaviour.activity_lag <= core.now() &&
                          event->at + kRetention > core.now() && fits(*filter, *event);
    if (!is_shown) continue;
    if (seen >= *skip && seen < *skip + page)
      list.push_back(event_json(*event, stored.subscription.id, behaviour.activity_lag));
    ++seen;
  }
  Json body = {{"value", std::move(list)}};
  if (seen > *skip + page) {
    const std::string at = exchange.base_url + exchange.request.path + "?api-version=2015-04-01";
    body["nextLink"] = at + "&$filter=" + exchange.request.parameter("$filter").value_or("") +
                       "&$skipToken=" + std::to_string(*skip + page);
  }
  return json_answer(200, body);
}

}  // namespace armsim
