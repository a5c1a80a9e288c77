#pragma once
// A cloud's endpoints, and the audience of its tokens.
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
  std::string audience;  // without a trailing slash
};

// Overrides from the settings; "" keeps the cloud's value. An overridden resource manager is its
// own audience unless one is set.
struct EndpointOverrides {
  std::string resource_manager = {};
  std::string authority = {};
  std::string audience = {};
};

// `cloud` is AzureCloud, AzureUSGovernment or AzureChinaCloud.
[[nodiscard]] Result<CloudEndpoints> cloud_endpoints(std::string_view cloud,
                                                     const EndpointOverrides& overrides);

}  // namespace defenderd
