// deploy/azure: the roles hold what the client needs for each mode, and nothing else.

#include <gtest/gtest.h>

#include <fstream>
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

TEST(Roles, ObservingCannotWrite) {
  EXPECT_EQ(actions_of("role-observe.json"),
            (std::set<std::string>{"Microsoft.Insights/eventtypes/values/read",
                                   "Microsoft.Resources/subscriptions/read",
                                   "Microsoft.Security/pricings/read"}));
}

TEST(Roles, EnforcingAddsTheOneWrite) {
  std::set<std::string> expected = actions_of("role-observe.json");
  expected.insert("Microsoft.Security/pricings/write");
  EXPECT_EQ(actions_of("role.json"), expected);
}

}  // namespace
}  // namespace defenderd
