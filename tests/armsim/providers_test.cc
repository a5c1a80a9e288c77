// Registration of the resource provider, and the list of subscriptions.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "armsim/simulator.h"
#include "armsim/test_client.h"

namespace armsim {
namespace {

class ProvidersTest : public testing::Test {
 protected:
  ProvidersTest() {
    EXPECT_TRUE(simulator_.start());
    simulator_.add({.id = kSub, .registration = Registration::NotRegistered});
    client_ = std::make_unique<TestClient>(simulator_);
    client_->log_in();
  }

  Answer provider() {
    return client_->send(
        "GET", "/subscriptions/" + kSub + "/providers/Microsoft.Security?api-version=2019-05-01");
  }
  Answer do_register() {
    return client_->send("POST", "/subscriptions/" + kSub +
                                     "/providers/Microsoft.Security/register"
                                     "?api-version=2019-05-01");
  }

  Simulator simulator_{{.tls = Tls::None}};
  std::unique_ptr<TestClient> client_;
};

TEST_F(ProvidersTest, RegistersAfterAFewPolls) {
  EXPECT_EQ(provider().json["registrationState"], "NotRegistered");
  EXPECT_EQ(client_->get_plan().status, 404);
  const Answer registered = do_register();
  EXPECT_EQ(registered.status, 200);
  EXPECT_EQ(registered.json["namespace"], "Microsoft.Security");
  EXPECT_EQ(registered.json["registrationState"], "Registering");
  EXPECT_EQ(provider().json["registrationState"], "Registering");
  EXPECT_EQ(provider().json["registrationState"], "Registering");
  EXPECT_EQ(provider().json["registrationState"], "Registered");
  EXPECT_EQ(client_->get_plan().status, 200);
  EXPECT_EQ(do_register().json["registrationState"], "Registered") << "again is no harm";
}

TEST_F(ProvidersTest, ReadsOfThePlanAreLooksAtTheRegistrationToo) {
  simulator_.set_behaviour([](Behaviour& behaviour) { behaviour.registering_polls = 1; });
  do_register();
  EXPECT_EQ(client_->get_plan().status, 404);
  EXPECT_EQ(client_->get_plan().status, 200);
}

TEST_F(ProvidersTest, CanRegisterAtOnceOrNever) {
  simulator_.set_behaviour([](Behaviour& behaviour) { behaviour.registering_polls = 0; });
  EXPECT_EQ(do_register().json["registrationState"], "Registered");
  simulator_.update(kSub, [](Subscription& subscription) {
    subscription.registration = Registration::Registering;
    subscription.registering_polls = -1;
  });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(provider().json["registrationState"], "Registering");
}

TEST_F(ProvidersTest, ARoleMayWriteAndNotRegister) {
  simulator_.update(kSub, [](Subscription& it) { it.may_register = false; });
  const Answer answer = do_register();
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.message().find("Microsoft.Security/register/action"), std::string::npos);
  simulator_.update(kSub, [](Subscription& it) { it.registration = Registration::Registered; });
  EXPECT_EQ(client_->put_plan(plan_body("Standard")).status, 200);
}

TEST_F(ProvidersTest, NeedsARole) {
  simulator_.set_behaviour([](Behaviour& behaviour) { behaviour.provider_readable = false; });
  const Answer answer = provider();
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.message().find("'Microsoft.Resources/subscriptions/providers/read'"),
            std::string::npos);
  EXPECT_EQ(do_register().status, 200) << "that it may, as Security Admin";
  simulator_.update(kSub, [](Subscription& s) { s.access = Access::Read; });
  EXPECT_EQ(do_register().status, 403);
}

TEST_F(ProvidersTest, ListsSubscriptionsInPages) {
  const std::string tenant2 = "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9";
  std::set<std::string> expected = {kSub};
  for (char c = 'a'; c <= 'e'; ++c) {
    const std::string id = std::string(8, c) + "-0000-4000-8000-000000000000";
    simulator_.add({.id = id, .name = std::string("sub ") + c});
    expected.insert(id);
  }
  simulator_.add({.id = kOther, .tenant = tenant2});
  simulator_.add({.id = "ffffffff-0000-4000-8000-000000000000", .access = Access::None});
  simulator_.set_behaviour([](Behaviour& behaviour) { behaviour.page_size = 4; });
  Answer page = client_->send("GET", "/subscriptions?api-version=2022-12-01");
  ASSERT_EQ(page.status, 200);
  EXPECT_EQ(page.json["value"].size(), 4U);
  std::set<std::string> seen;
  int pages = 0;
  while (true) {
    ++pages;
    for (const auto& subscription : page.json["value"]) {
      seen.insert(subscription["subscriptionId"]);
      EXPECT_EQ(subscription["id"],
                "/subscriptions/" + subscription["subscriptionId"].get<std::string>());
      EXPECT_EQ(subscription["state"], "Enabled");
      EXPECT_EQ(subscription["tenantId"], kTenant);
    }
    if (!page.json.contains("nextLink")) break;
    const auto link = page.json["nextLink"].get<std::string>();
    ASSERT_EQ(link.find(simulator_.base_url() + "/subscriptions?"), 0U) << link;
    page = client_->send("GET", link.substr(simulator_.base_url().size()));
  }
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(seen, expected);
}

TEST_F(ProvidersTest, ShowsOneSubscription) {
  const Answer answer = client_->send("GET", "/subscriptions/" + kSub + "?api-version=2022-12-01");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["displayName"], "sub-6f2b9a52");
}

}  // namespace
}  // namespace armsim
