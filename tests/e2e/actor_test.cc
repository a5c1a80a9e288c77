// Who did this: the real daemon asks the activity log about drift, and about nothing else.

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "e2e/world.h"

namespace defenderd {
namespace {

using armsim::Caller;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class ActorTest : public World {
 protected:
  ActorTest() {
    azure_.set_behaviour([](armsim::Behaviour& it) { it.activity_lag = {}; });
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= 3; ++n) {
      azure_.add(subscription(n, true));
      entries.push_back("id: " + id(n) + ", name: sub-" + std::to_string(n) + ", plan: on");
    }
    write("settings.yaml", settings("journal: {file: " + path("journal") + "}\n"));
    write("desired.yaml", desired(entries));
  }
  void drift_by(unsigned n, const Caller& caller) {
    azure_.update(
        id(n), [](armsim::Subscription& it) { it.plan.on = false; }, caller);
  }
  [[nodiscard]] std::string journal() const {
    std::ifstream in(path("journal"));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static json details(const DaemonProcess& daemon, unsigned n) {
    return json::parse(daemon.get("/api/v1/subscriptions/" + id(n)).body);
  }
};

TEST_F(ActorTest, NamesAPersonAnApplicationAndAPolicy) {
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_output("3 of 3 are as declared")) << daemon->output();
  EXPECT_EQ(azure_.counters().activity_queries, 0U) << "nothing has drifted";

  drift_by(1, Caller::user("alice@contoso.com"));
  drift_by(2, Caller::application("11111111-0000-4000-8000-0000000000aa",
                                  "11111111-0000-4000-8000-0000000000ab"));
  drift_by(3, Caller::policy("22222222-0000-4000-8000-0000000000bb"));
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  for (const char* kind : {"user", "application", "policy"}) {
    EXPECT_TRUE(daemon->wait_metric("defenderd_drift_attributed_total{actor=\"" +
                                    std::string(kind) + "\"} 1"))
        << daemon->output();
  }
  EXPECT_THAT(daemon->output(), HasSubstr("plan changed by alice@contoso.com, Azure portal, at "));
  EXPECT_THAT(daemon->output(), HasSubstr("PolicyDeployment_"));
  const json actor = details(*daemon, 1)["lastActor"]["actor"];
  EXPECT_EQ(actor["kind"], "user");
  EXPECT_EQ(actor["name"], "alice@contoso.com");
  EXPECT_EQ(actor["client"], "Azure portal");
  const json newest = details(*daemon, 1)["history"][0];
  EXPECT_EQ(newest["result"], "attributed");
  EXPECT_EQ(newest["actor"], "alice@contoso.com");
  EXPECT_THAT(journal(), HasSubstr("\"result\":\"attributed\""));
  EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(1)).on && azure_.plan(id(3)).on; }));

  const std::string everything = journal() + daemon->output() +
                                 daemon->get("/api/v1/subscriptions").body +
                                 details(*daemon, 1).dump() + daemon->get("/metrics").body;
  EXPECT_THAT(everything, Not(HasSubstr("192.0.2."))) << "an address";
  EXPECT_THAT(everything, Not(HasSubstr("beef"))) << "a claim";
}

TEST_F(ActorTest, AddressesAreRecordedIfTheSettingsAllowIt) {
  std::string text = settings("journal: {file: " + path("journal") + "}\n");
  text.insert(text.find("  budget:"), "  activityLogAddresses: on\n");
  write("settings.yaml", text);
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_output("3 of 3 are as declared")) << daemon->output();
  drift_by(1, Caller::user("alice@contoso.com"));
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  ASSERT_TRUE(daemon->wait_metric("defenderd_drift_attributed_total{actor=\"user\"} 1"));
  EXPECT_THAT(journal(), HasSubstr("\"address\":\"192.0.2.7\""));
}

TEST_F(ActorTest, WithoutTheActionPlansAreKeptAndItIsSaidOnce) {
  for (unsigned n = 1; n <= 3; ++n)
    azure_.update(id(n), [](armsim::Subscription& it) { it.activity_readable = false; });
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_output("3 of 3 are as declared")) << daemon->output();
  for (unsigned n = 1; n <= 3; ++n) drift_by(n, Caller::user("alice@contoso.com"));
  ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
  ASSERT_TRUE(daemon->wait_output("Microsoft.Insights/eventtypes/values/read"));
  EXPECT_TRUE(azure_.wait_for(
      [&] { return azure_.plan(id(1)).on && azure_.plan(id(2)).on && azure_.plan(id(3)).on; }));
  EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 3"));
  EXPECT_EQ(azure_.counters().activity_queries, 1U);
}

TEST_F(ActorTest, ARestartTakesTheQuestionUpAgain) {
  azure_.inject(
      armsim::Fault::answer(armsim::Operation::Activity, 503, "ServiceUnavailable").repeated(0));
  {
    const auto daemon = run();
    ASSERT_TRUE(daemon->wait_output("3 of 3 are as declared")) << daemon->output();
    drift_by(1, Caller::user("alice@contoso.com"));
    ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
    ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().activity_queries > 0; }));
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait_exit(), 0);
  }
  std::ifstream state(path("state.json"));
  const std::string saved{std::istreambuf_iterator<char>(state), {}};
  EXPECT_THAT(saved, HasSubstr("\"questions\":[{\"subscription\":\"" + id(1)));
}

}  // namespace
}  // namespace defenderd
