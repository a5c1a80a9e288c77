#include "identity/cloud.h"

#include <algorithm>
#include <array>

#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

struct Cloud {
  std::string_view name;
  std::string_view resource_manager;
  std::string_view authority;
};
constexpr std::array<Cloud, 3> kClouds{{
    {"AzureCloud", "https://management.azure.com", "https://login.microsoftonline.com"},
    {"AzureUSGovernment", "https://management.usgovcloudapi.net",
     "https://login.microsoftonline.us"},
    {"AzureChinaCloud", "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn"},
}};

}  // namespace

Result<CloudEndpoints> cloud_endpoints(std::string_view cloud, const EndpointOverrides& overrides) {
  const auto* const found =
      std::find_if(kClouds.begin(), kClouds.end(),
                   [&](const Cloud& candidate) { return iequals(candidate.name, cloud); });
  if (found == kClouds.end()) {
    return Unexpected(
        Error{"azure.cloud: " + quoted_value(cloud) +
              " is not a known cloud; expected AzureCloud, AzureUSGovernment or AzureChinaCloud"});
  }
  const auto or_else = [](const std::string& override_text, std::string_view fallback) {
    return override_text.empty() ? std::string(fallback) : override_text;
  };
  auto resource_manager =
      Origin::parse(or_else(overrides.resource_manager, found->resource_manager));
  if (!resource_manager)
    return Unexpected(
        Error{"azure.endpoints.resourceManager: " + resource_manager.error().message});
  auto authority = Origin::parse(or_else(overrides.authority, found->authority));
  if (!authority)
    return Unexpected(Error{"azure.endpoints.authority: " + authority.error().message});
  std::string audience = or_else(overrides.audience, resource_manager->text());
  while (audience.ends_with('/')) audience.pop_back();
  return CloudEndpoints{*std::move(resource_manager), *std::move(authority), std::move(audience)};
}

}  // namespace defenderd
