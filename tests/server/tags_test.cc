#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "server/api.h"
#include "server/requests.h"
#include "telemetry/samples.h"

namespace defenderd {
namespace {

using nlohmann::json;
using samples::at;
using samples::declared;
using testing::ElementsAre;

class TagsTest : public testing::Test {
 protected:
  json list(std::vector<std::pair<std::string, std::string>> query) {
    const Request request = get_request("/api/v1/subscriptions", std::move(query));
    return json::parse(api_subscriptions(board_.snapshot(), request).body);
  }
  static std::vector<std::string> names(const json& list) {
    std::vector<std::string> result;
    for (const json& item : list["items"]) result.push_back(item["name"]);
    return result;
  }

  StatusBoard board_;
};

TEST_F(TagsTest, AreShownAndFound) {
  board_.set_desired(
      samples::state_of({declared(1, "alpha"), declared(2, "beta"), declared(3, "gamma")}), at(0));
  const std::uint64_t before = board_.snapshot().revision;
  board_.set_tags({{.id = subscription_id(2), .tags = {{"costCenter", "4711"}, {"env", "prod"}}},
                   {.id = subscription_id(3), .tags = {{"env", "test"}}}});
  const json found = list({{"q", "COSTCENTER=47"}});
  ASSERT_THAT(names(found), ElementsAre("beta"));
  EXPECT_EQ(found["items"][0]["tags"], (json{{"costCenter", "4711"}, {"env", "prod"}}));
  EXPECT_THAT(names(list({{"q", "env="}})), ElementsAre("beta", "gamma"));
  EXPECT_THAT(names(list({{"since", std::to_string(before)}})), ElementsAre("beta", "gamma"))
      << "only what has new tags";
  EXPECT_FALSE(list({{"q", "alpha"}})["items"][0].contains("tags"));
}

}  // namespace
}  // namespace defenderd
