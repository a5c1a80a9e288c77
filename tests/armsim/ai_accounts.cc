// The reads of Microsoft.CognitiveServices: AI accounts, and what hangs on each.

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "armsim/ai_resource.h"
#include "armsim/arm_answer.h"
#include "armsim/arm_gate.h"
#include "armsim/endpoints.h"
#include "base/result.h"
#include "base/text.h"

namespace armsim {
namespace {

using defenderd::iequals;
using defenderd::Result;
using defenderd::Unexpected;

// Content filters and Defender's switch came with the sixth.
constexpr std::array<std::string_view, 13> kApiVersions{
    "2021-10-01", "2022-03-01", "2022-10-01", "2022-12-01", "2023-05-01",
    "2024-10-01", "2025-06-01", "2025-09-01", "2025-12-01", "2026-03-01",
    "2026-05-01", "2026-07-01", "2026-09-01"};
constexpr std::size_t kOlderVersions = 5;

constexpr std::string_view kTokenPrefix = "eyJza2lwIjoi";

bool is_older_type(std::string_view type) { return type.empty() || type == "deployments"; }

std::string type_of(const Route& route) {
  return route.part_type.empty() ? "accounts" : "accounts/" + route.part_type;
}

bool may_read(const Core& core, const Route& route) {
  const std::string type = route.part_type.empty() ? "accounts" : route.part_type;
  if (core.options.behaviour.denied_ai_reads.contains(type)) return false;
  const auto found = core.subscriptions.find(route.subscription);
  return found == core.subscriptions.end() ||
         !found->second.subscription.denied_ai_reads.contains(type);
}

std::string scope_of(const Route& route) {
  std::string scope = "/subscriptions/" + route.subscription;
  if (!route.resource_group.empty()) scope += "/resourceGroups/" + route.resource_group;
  if (!route.account.empty())
    scope += "/providers/" + std::string(kAiProvider) + "/accounts/" + route.account;
  if (!route.part.empty()) scope += "/" + route.part_type + "/" + route.part;
  return scope;
}

// The subscription as a GET shows it, if the caller may read that there.
Result<const Subscription*, HttpAnswer> admitted(Core& core, Exchange& exchange) {
  const Route& route = exchange.route;
  const std::string type = type_of(route);
  std::span<const std::string_view> versions = kApiVersions;
  if (!is_older_type(route.part_type)) versions = versions.subspan(kOlderVersions);
  auto stored = admit(core, exchange,
                      {.action = std::string(kAiProvider) + "/" + type + "/read",
                       .type = type,
                       .api_versions = versions,
                       .role_has_it = may_read(core, route),
                       .scope = scope_of(route)});
  if (!stored) return Unexpected(std::move(stored.error()));
  const Subscription& subscription = core.read_view(**stored);
  const bool never_used =
      core.options.behaviour.accounts_unregistered && subscription.ai_accounts.empty();
  if (!subscription.ai_registered || never_used)
    return Unexpected(missing_registration(subscription.id, std::string(kAiProvider)));
  return &subscription;
}

HttpAnswer not_found(const Route& route) {
  std::string name = route.account;
  if (!route.part.empty()) name += "/" + route.part_type + "/" + route.part;
  return arm_error(404, "ResourceNotFound",
                   "The Resource '" + std::string(kAiProvider) + "/accounts/" + name +
                       "' under resource group '" + route.resource_group +
                       "' was not found. For more details please go to "
                       "https://aka.ms/ARMResourceNotFoundFix");
}

bool has_group(const Subscription& subscription, const std::string& name) {
  return std::any_of(
      subscription.ai_accounts.begin(), subscription.ai_accounts.end(),
      [&](const AiAccount& account) { return iequals(account.resource_group, name); });
}

HttpAnswer group_not_found(const Route& route) {
  return arm_error(404, "ResourceGroupNotFound",
                   "Resource group '" + route.resource_group + "' could not be found.");
}

// The account of the path.
Result<AiPlace, HttpAnswer> place_of(Core& core, Exchange& exchange) {
  auto subscription = admitted(core, exchange);
  if (!subscription) return Unexpected(std::move(subscription.error()));
  const Route& route = exchange.route;
  if (!has_group(**subscription, route.resource_group)) return Unexpected(group_not_found(route));
  const AiAccount* const account =
      find_account((*subscription)->ai_accounts, route.resource_group, route.account);
  if (account == nullptr || account->gone) return Unexpected(not_found(route));
  return AiPlace{(*subscription)->id, *account, core.options.behaviour, exchange.entry.api_version};
}

// The number of items that came before; nullopt for a token that is none of this simulator's.
std::optional<std::size_t> skip_of(const HttpRequest& request) {
  const auto token = request.parameter("$skiptoken");
  if (!token) return 0;
  if (!token->starts_with(kTokenPrefix)) return std::nullopt;
  std::size_t skip = 0;
  const char* const end = token->data() + token->size();
  const auto read = std::from_chars(token->data() + kTokenPrefix.size(), end, skip);
  if (read.ptr != end || read.ec != std::errc()) return std::nullopt;
  return skip;
}

std::string encoded_path(const std::string& path) {
  std::string result;
  for (const char c : path) {
    static const char* const digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = byte < 128 && (std::isalnum(byte) != 0 ||
                                         std::string_view("/-._~()").find(c) != std::string::npos);
    if (is_plain) {
      result += c;
    } else {
      result += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return result;
}

// One page of `count` items, of which `json_of` makes the one at a place.
template <class JsonOf>
HttpAnswer page_of(const Core& core, const Exchange& exchange, std::size_t count,
                   const JsonOf& json_of) {
  const auto skip = skip_of(exchange.request);
  if (!skip) return arm_error(400, "InvalidSkipToken", "The provided skip token is invalid.");
  const auto most = static_cast<std::size_t>(std::max(core.options.behaviour.account_page_size, 1));
  const std::size_t from = std::min(*skip, count);
  const std::size_t to = std::min(count, from + most);
  Json list = Json::array();
  for (std::size_t at = from; at < to; ++at) list.push_back(json_of(at));
  Json body = {{"value", std::move(list)}};
  if (to < count) {
    body["nextLink"] = exchange.base_url + encoded_path(exchange.request.path) +
                       "?api-version=" + exchange.entry.api_version +
                       "&%24skiptoken=" + std::string(kTokenPrefix) + std::to_string(to);
  }
  return json_answer(200, body);
}

template <class Item>
const Item* find_named(const std::vector<Item>& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const Item& item) { return iequals(item.name, name); });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

HttpAnswer list_ai_accounts(Core& core, Exchange& exchange) {
  auto subscription = admitted(core, exchange);
  if (!subscription) return std::move(subscription.error());
  const Subscription& shown = **subscription;
  const std::string& group = exchange.route.resource_group;
  if (!group.empty() && !has_group(shown, group)) return group_not_found(exchange.route);
  std::vector<const AiAccount*> accounts;
  for (const AiAccount& account : shown.ai_accounts) {
    if (group.empty() || iequals(account.resource_group, group)) accounts.push_back(&account);
  }
  return page_of(core, exchange, accounts.size(), [&](std::size_t at) {
    return account_json(
        {shown.id, *accounts[at], core.options.behaviour, exchange.entry.api_version});
  });
}

HttpAnswer get_ai_account(Core& core, Exchange& exchange) {
  auto place = place_of(core, exchange);
  if (!place) return std::move(place.error());
  return json_answer(200, account_json(*place));
}

HttpAnswer list_ai_parts(Core& core, Exchange& exchange) {
  auto place = place_of(core, exchange);
  if (!place) return std::move(place.error());
  if (exchange.route.part_type == "deployments") {
    const auto& deployments = place->account.deployments;
    return page_of(core, exchange, deployments.size(),
                   [&](std::size_t at) { return deployment_json(*place, deployments[at]); });
  }
  if (exchange.route.part_type == "raiPolicies") {
    const std::vector<RaiPolicy> policies = policies_of(place->account, place->behaviour);
    return page_of(core, exchange, policies.size(),
                   [&](std::size_t at) { return policy_json(*place, policies[at]); });
  }
  return page_of(core, exchange, 1, [&](std::size_t) { return setting_json(*place); });
}

HttpAnswer get_ai_part(Core& core, Exchange& exchange) {
  auto place = place_of(core, exchange);
  if (!place) return std::move(place.error());
  const Route& route = exchange.route;
  if (route.part_type == "deployments") {
    const Deployment* const found = find_named(place->account.deployments, route.part);
    if (found != nullptr) return json_answer(200, deployment_json(*place, *found));
  } else if (route.part_type == "raiPolicies") {
    const std::vector<RaiPolicy> policies = policies_of(place->account, place->behaviour);
    const RaiPolicy* const found = find_named(policies, route.part);
    if (found != nullptr) return json_answer(200, policy_json(*place, *found));
  } else if (iequals(route.part, "Default")) {
    return json_answer(200, setting_json(*place));
  }
  return not_found(route);
}

}  // namespace armsim
