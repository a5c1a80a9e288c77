#include "armsim/route.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "armsim/ai_resource.h"
#include "base/text.h"

namespace armsim {
namespace {

using defenderd::iequals;
using Segments = std::vector<std::string_view>;

Segments split(std::string_view path) {
  Segments result;
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    if (end != 0) result.push_back(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  return result;
}

// "*" matches any one segment.
bool matches(const Segments& segments, std::initializer_list<std::string_view> pattern) {
  return std::equal(segments.begin(), segments.end(), pattern.begin(), pattern.end(),
                    [](std::string_view have, std::string_view want) {
                      return want == "*" || iequals(have, want);
                    });
}

Operation operation_of(Endpoint endpoint, const std::string& method, std::string_view part_type) {
  const bool get = method == "GET";
  switch (endpoint) {
    case Endpoint::EntraToken:
    case Endpoint::ImdsToken:
    case Endpoint::AppServiceToken:
      return Operation::Token;
    case Endpoint::OpenIdConfiguration:
    case Endpoint::CloudMetadata:
      return Operation::Discovery;
    case Endpoint::SubscriptionList:
    case Endpoint::Subscription:
      return Operation::Subscriptions;
    case Endpoint::ResourceGraph:
      return Operation::Graph;
    case Endpoint::ActivityLog:
      return Operation::Activity;
    case Endpoint::Provider:
      return Operation::Provider;
    case Endpoint::ProviderRegister:
      return Operation::Register;
    case Endpoint::PricingList:
      return get ? Operation::List : Operation::Other;
    case Endpoint::Pricing:
      return get ? Operation::Read : method == "PUT" ? Operation::Write : Operation::Other;
    case Endpoint::AiAccountList:
      return get ? Operation::Accounts : Operation::Other;
    case Endpoint::AiAccount:
      return get ? Operation::Account : Operation::Other;
    case Endpoint::AiPartList:
    case Endpoint::AiPart:
      if (!get) break;
      return part_type == "deployments"   ? Operation::Deployments
             : part_type == "raiPolicies" ? Operation::RaiPolicies
                                          : Operation::DefenderSettings;
    case Endpoint::Control:
      return Operation::Control;
    case Endpoint::None:
      break;
  }
  return Operation::Other;
}

// Azure's spelling of the type of what hangs on an AI account; "" for another one.
std::string_view part_type_of(std::string_view text) {
  for (const std::string_view type : {"deployments", "raiPolicies", "defenderForAISettings"}) {
    if (iequals(type, text)) return type;
  }
  return "";
}

// Where the path of an account, which has its resource group in it, has its name.
constexpr std::size_t kAccountAt = 7;

Endpoint ai_endpoint_of(const Segments& path) {
  if (matches(path, {"subscriptions", "*", "providers", kAiProvider, "accounts"}))
    return Endpoint::AiAccountList;
  const Segments list(
      path.begin(), path.begin() + static_cast<std::ptrdiff_t>(std::min(path.size(), kAccountAt)));
  if (!matches(list, {"subscriptions", "*", "resourceGroups", "*", "providers", kAiProvider,
                      "accounts"})) {
    return Endpoint::None;
  }
  const std::size_t below = path.size() - kAccountAt;
  if (below == 0) return Endpoint::AiAccountList;
  if (below == 1) return Endpoint::AiAccount;
  if (below > 3 || part_type_of(path[kAccountAt + 1]).empty()) return Endpoint::None;
  return below == 2 ? Endpoint::AiPartList : Endpoint::AiPart;
}

Endpoint endpoint_of(const Segments& path) {
  if (!path.empty() && path[0] == "_control") return Endpoint::Control;
  if (matches(path, {"metadata", "endpoints"})) return Endpoint::CloudMetadata;
  if (matches(path, {"metadata", "identity", "oauth2", "token"})) return Endpoint::ImdsToken;
  if (matches(path, {"msi", "token"})) return Endpoint::AppServiceToken;
  if (matches(path, {"providers", "Microsoft.ResourceGraph", "resources"}))
    return Endpoint::ResourceGraph;
  if (matches(path, {"subscriptions"})) return Endpoint::SubscriptionList;
  if (matches(path, {"subscriptions", "*"})) return Endpoint::Subscription;
  if (matches(path, {"subscriptions", "*", "providers", "Microsoft.Insights", "eventtypes",
                     "management", "values"})) {
    return Endpoint::ActivityLog;
  }
  if (matches(path, {"subscriptions", "*", "providers", "Microsoft.Security"}))
    return Endpoint::Provider;
  if (matches(path, {"subscriptions", "*", "providers", "Microsoft.Security", "register"}))
    return Endpoint::ProviderRegister;
  if (matches(path, {"subscriptions", "*", "providers", "Microsoft.Security", "pricings"}))
    return Endpoint::PricingList;
  if (matches(path, {"subscriptions", "*", "providers", "Microsoft.Security", "pricings", "*"}))
    return Endpoint::Pricing;
  if (const Endpoint endpoint = ai_endpoint_of(path); endpoint != Endpoint::None) return endpoint;
  // After the paths of ARM: here the first segment is a tenant, or azure-cli's "adfs".
  if (matches(path, {"*", "oauth2", "v2.0", "token"}) || matches(path, {"*", "oauth2", "token"}))
    return Endpoint::EntraToken;
  if (matches(path, {"*", "v2.0", ".well-known", "openid-configuration"}) ||
      matches(path, {"*", ".well-known", "openid-configuration"})) {
    return Endpoint::OpenIdConfiguration;
  }
  return Endpoint::None;
}

}  // namespace

Route find_route(const HttpRequest& request) {
  const Segments path = split(request.path);
  Route route;
  route.endpoint = endpoint_of(path);
  if (path.size() > 1 && iequals(path[0], "subscriptions"))
    route.subscription = defenderd::to_lower(path[1]);
  if (route.endpoint == Endpoint::Pricing) route.pricing = path.back();
  const bool is_ai = route.endpoint == Endpoint::AiAccountList ||
                     route.endpoint == Endpoint::AiAccount ||
                     route.endpoint == Endpoint::AiPartList || route.endpoint == Endpoint::AiPart;
  if (is_ai && path.size() >= kAccountAt) {
    route.resource_group = path[3];
    if (path.size() > kAccountAt) route.account = path[kAccountAt];
    if (path.size() > kAccountAt + 1) route.part_type = part_type_of(path[kAccountAt + 1]);
    if (path.size() > kAccountAt + 2) route.part = path[kAccountAt + 2];
  }
  route.operation = operation_of(route.endpoint, request.method, route.part_type);
  if (route.endpoint == Endpoint::EntraToken || route.endpoint == Endpoint::OpenIdConfiguration)
    route.tenant = defenderd::to_lower(path[0]);
  return route;
}

}  // namespace armsim
