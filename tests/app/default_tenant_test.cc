#include "app/default_tenant.h"

#include <gtest/gtest.h>

namespace defenderd {
namespace {

constexpr const char* kSettings = "5a1f4a1c-8f9b-4a0e-b7b3-9b8c6d7e5f33";
constexpr const char* kVariable = "0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22";

TEST(DefaultTenant, IsThatOfTheSettingsOrOfTheVariable) {
  struct Case {
    const char* description;
    AuthMethod method;
    const char* settings;
    const char* variable;
    const char* chosen;  // "": none
    bool good;
  };
  for (const Case& c : {
           Case{"neither", AuthMethod::Auto, "", "", "", true},
           Case{"the variable", AuthMethod::Auto, "", kVariable, kVariable, true},
           Case{"the settings first", AuthMethod::Auto, kSettings, kVariable, kSettings, true},
           Case{"no GUID", AuthMethod::ClientSecret, "", "contoso.com", "", false},
           Case{"no GUID, not needed", AuthMethod::Auto, kSettings, "contoso.com", kSettings, true},
           Case{"a token's file", AuthMethod::TokenFile, "", kVariable, "", true},
           Case{"the settings beside it", AuthMethod::TokenFile, kSettings, "", kSettings, true},
           Case{"no GUID beside it", AuthMethod::TokenFile, "", "contoso.com", "", true},
       }) {
    AzureSettings settings;
    settings.auth.method = c.method;
    settings.tenant = TenantId::parse(c.settings);
    Environment environment;
    environment.tenant_id = c.variable;
    const auto tenant = default_tenant(settings, environment);
    EXPECT_EQ(tenant ? tenant->text() : "", c.chosen) << c.description;
    EXPECT_EQ(check_tenant_variable(settings, environment).has_value(), c.good) << c.description;
  }
}

}  // namespace
}  // namespace defenderd
