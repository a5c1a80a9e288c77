#pragma once
// Where a cloud's endpoints are, and what its tokens are for.
// Source: Azure/azure-sdk-for-go, sdk/azcore/cloud/cloud.go.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace defenderd {

struct CloudEndpoints {
  Origin resource_manager;
  Origin authority;
  std::string audience;  // without a slash at the end
};

// Overrides as the settings have them; "" follows the cloud. A resource manager of one's own is its
// own audience unless one is given.
struct EndpointOverrides {
  std::string resource_manager = {};
  std::string authority = {};
  std::string audience = {};
};

// `cloud` is AzureCloud, AzureUSGovernment or AzureChinaCloud.
[[nodiscard]] Result<CloudEndpoints> cloud_endpoints(std::string_view cloud,
                                                     const EndpointOverrides& overrides);

}  // namespace defenderd
