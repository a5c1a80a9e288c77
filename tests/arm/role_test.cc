// deploy/azure: the roles hold what the client needs for each mode, and nothing else.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "source_dir.h"

namespace defenderd {
namespace {

std::set<std::string> actions_of(const std::string& file) {
  std::ifstream in(std::string(DEFENDERD_SOURCE_DIR) + "/deploy/azure/" + file);
  const auto role = nlohmann::json::parse(in, nullptr, false);
  EXPECT_TRUE(role.is_object()) << file;
  EXPECT_EQ(role.at("AssignableScopes"), nlohmann::json::array({"SCOPE"})) << "sed replaces it";
  EXPECT_TRUE(role.at("DataActions").empty());
  return role.at("Actions").get<std::set<std::string>>();
}

// Reads alone: findings are reported, and never changed.
const std::set<std::string> kForFindings{
    "Microsoft.CognitiveServices/accounts/read",
    "Microsoft.CognitiveServices/accounts/deployments/read",
    "Microsoft.CognitiveServices/accounts/raiPolicies/read",
    "Microsoft.CognitiveServices/accounts/defenderForAISettings/read"};

TEST(Roles, ObservingCannotWrite) {
  std::set<std::string> expected = kForFindings;
  expected.insert({"Microsoft.Insights/eventtypes/values/read",
                   "Microsoft.Resources/subscriptions/read", "Microsoft.Security/pricings/read"});
  EXPECT_EQ(actions_of("role-observe.json"), expected);
}

TEST(Roles, EnforcingAddsTheOneWrite) {
  std::set<std::string> expected = actions_of("role-observe.json");
  expected.insert("Microsoft.Security/pricings/write");
  EXPECT_EQ(actions_of("role.json"), expected);
}

TEST(Roles, BicepGrantsTheSameForFindings) {
  std::ifstream in(std::string(DEFENDERD_SOURCE_DIR) + "/deploy/azure/role.bicep");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  for (const std::string& action : kForFindings)
    EXPECT_NE(text.find("\n  '" + action + "'\n"), std::string::npos) << action;
}

}  // namespace
}  // namespace defenderd
