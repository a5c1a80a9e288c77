#include "identity/cloud.h"

#include <gtest/gtest.h>

#include <vector>

namespace defenderd {
namespace {

struct CloudCase {
  const char* description;
  const char* cloud;
  EndpointOverrides overrides;
  const char* resource_manager;
  const char* authority;
  const char* audience;
};

TEST(CloudEndpoints, FollowTheCloudUnlessOverridden) {
  const std::vector<CloudCase> cases{
      {"public",
       "AzureCloud",
       {},
       "https://management.azure.com",
       "https://login.microsoftonline.com",
       "https://management.azure.com"},
      {"any case",
       "azurecloud",
       {},
       "https://management.azure.com",
       "https://login.microsoftonline.com",
       "https://management.azure.com"},
      {"US government",
       "AzureUSGovernment",
       {},
       "https://management.usgovcloudapi.net",
       "https://login.microsoftonline.us",
       "https://management.usgovcloudapi.net"},
      {"China",
       "AzureChinaCloud",
       {},
       "https://management.chinacloudapi.cn",
       "https://login.chinacloudapi.cn",
       "https://management.chinacloudapi.cn"},
      {"an ARM of one's own is its own audience",
       "AzureCloud",
       {"https://arm.local:8443", "", ""},
       "https://arm.local:8443",
       "https://login.microsoftonline.com",
       "https://arm.local:8443"},
      {"all of one's own",
       "AzureCloud",
       {"https://arm.local", "https://login.local/", "https://audience.local//"},
       "https://arm.local",
       "https://login.local",
       "https://audience.local"},
  };
  for (const CloudCase& test : cases) {
    SCOPED_TRACE(test.description);
    const auto endpoints = cloud_endpoints(test.cloud, test.overrides);
    ASSERT_TRUE(endpoints) << endpoints.error().message;
    EXPECT_EQ(endpoints->resource_manager.text(), test.resource_manager);
    EXPECT_EQ(endpoints->authority.text(), test.authority);
    EXPECT_EQ(endpoints->audience, test.audience);
  }
}

TEST(CloudEndpoints, AnErrorNamesTheSetting) {
  const auto message = [](std::string_view cloud, const EndpointOverrides& overrides) {
    const auto endpoints = cloud_endpoints(cloud, overrides);
    return endpoints ? std::string("no error") : endpoints.error().message;
  };
  EXPECT_EQ(message("AzureGermanCloud", {}),
            "azure.cloud: \"AzureGermanCloud\" is not a known cloud; expected AzureCloud, "
            "AzureUSGovernment or AzureChinaCloud");
  EXPECT_TRUE(message("AzureCloud", {"arm.local", "", ""})
                  .starts_with("azure.endpoints.resourceManager: \"arm.local\" is not a URL"));
  EXPECT_TRUE(message("AzureCloud", {"", "https://h/x", ""})
                  .starts_with("azure.endpoints.authority: \"https://h/x\" has more than"));
}

}  // namespace
}  // namespace defenderd
