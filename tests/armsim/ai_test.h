#pragma once
// What the tests of AI accounts share: one simulator, one subscription, a client, and paths.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "armsim/simulator.h"
#include "armsim/test_client.h"
#include "support/fake_clock.h"

namespace armsim {

class AiTest : public testing::Test {
 protected:
  AiTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.add({.id = kSub});
    client_ = std::make_unique<TestClient>(simulator_);
    client_->log_in();
  }

  // In subscription kSub.
  void add(AiAccount account) {
    simulator_.update(kSub, [&](Subscription& it) { it.ai_accounts.push_back(account); });
  }
  void change_account(const std::string& name, const std::function<void(AiAccount&)>& change,
                      const Caller& caller = {}) {
    simulator_.update(
        kSub, [&](Subscription& it) { change(it.account(name)); }, caller);
  }
  void flip(const std::string& name, const std::string& value) {
    simulator_.set_behaviour([&](Behaviour& behaviour) {
      EXPECT_TRUE(set_behaviour(behaviour, name, value)) << name << "=" << value;
    });
  }

  static std::string list_path() {
    return "/subscriptions/" + kSub + "/providers/Microsoft.CognitiveServices/accounts";
  }
  static std::string path_of(const std::string& name, const std::string& group = "ai") {
    return "/subscriptions/" + kSub + "/resourceGroups/" + group +
           "/providers/Microsoft.CognitiveServices/accounts/" + name;
  }
  Answer get(const std::string& path, const std::string& version = "2024-10-01") {
    return client_->send("GET", path + "?api-version=" + version);
  }
  // The names of all pages.
  std::vector<std::string> names(const std::string& path) {
    std::vector<std::string> result;
    Answer page = get(path);
    while (page.status == 200) {
      for (const auto& item : page.json["value"]) result.push_back(item["name"]);
      if (!page.json.contains("nextLink")) return result;
      const auto link = page.json["nextLink"].get<std::string>();
      EXPECT_EQ(link.rfind(simulator_.base_url() + "/", 0), 0U) << link;
      page = client_->send("GET", link.substr(simulator_.base_url().size()));
    }
    ADD_FAILURE() << page.body;
    return result;
  }

  defenderd::FakeClock clock_;
  Simulator simulator_{{.tls = Tls::None, .clock = &clock_}};
  std::unique_ptr<TestClient> client_;
};

}  // namespace armsim
