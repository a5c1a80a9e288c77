#include "arm/activity_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using armsim::Caller;
using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;
using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class ActivityClientTest : public testing::Test {
 protected:
  ActivityClientTest() {
    azure_.add(1);
    azure_.world().set_behaviour([](armsim::Behaviour& it) { it.activity_lag = minutes(0); });
  }
  void drift_by(const Caller& caller) {
    azure_.world().update(
        guid(1), [](armsim::Subscription& it) { it.plan.on = !it.plan.on; }, caller);
  }
  ArmResult<std::vector<ActivityEvent>> events(const std::string& correlation_id = "",
                                               bool with_addresses = false) {
    const WallTime now = clock_.wall_now();
    return client_.events({.subscription = subscription_id(1),
                           .from = now - hours(1),
                           .to = now + minutes(5),
                           .correlation_id = correlation_id,
                           .with_addresses = with_addresses},
                          {});
  }
  void answer_with(const std::string& body, int times = 1) {
    Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Activity).repeated(times);
    fault.message = body;
    azure_.world().inject(fault);
  }

  FakeClock clock_;
  SimAzure azure_{clock_, SimAzure::plain()};
  ActivityClient client_{azure_.arm(), *Origin::parse(azure_.world().base_url())};
};

TEST_F(ActivityClientTest, ReadsWhoWroteThePlan) {
  drift_by(Caller::user("alice@contoso.com"));
  const auto found = events();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_THAT(*found, SizeIs(2)) << "begin and end";
  const ActivityEvent& end = found->front();
  EXPECT_EQ(end.phase, "EndRequest");
  EXPECT_EQ(end.status, "Succeeded");
  EXPECT_EQ(end.operation, "Microsoft.Security/pricings/write");
  EXPECT_EQ(end.resource_id,
            "/subscriptions/" + guid(1) + "/providers/Microsoft.Security/pricings/AI");
  EXPECT_EQ(end.at, clock_.wall_now());
  EXPECT_EQ(end.upn, "alice@contoso.com");
  EXPECT_EQ(end.app_id, "c44b4083-3bb0-49c1-b47d-974e53cbdf3c");
  EXPECT_FALSE(end.is_own);
  EXPECT_EQ(end.address, "") << "not without permission";
}

TEST_F(ActivityClientTest, AddressesOnlyIfAskedFor) {
  drift_by(Caller::user("alice@contoso.com"));
  const auto found = events("", true);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->front().address, "192.0.2.7");
}

TEST_F(ActivityClientTest, AChangeByTheServiceLeavesNoEvent) {
  drift_by({});
  const auto found = events();
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, IsEmpty());
}

TEST_F(ActivityClientTest, KnowsItsOwnWrites) {
  DesiredSubscription desired = declared(1, true);
  const auto read = azure_.plans().read({subscription_id(1), {}}, {});
  ASSERT_TRUE(read);
  const auto written = azure_.plans().write({subscription_id(1), {}}, standard_plan(), {});
  ASSERT_TRUE(written) << written.error().message;
  const auto found = events();
  ASSERT_TRUE(found);
  ASSERT_THAT(*found, SizeIs(2));
  EXPECT_TRUE(found->front().is_own);
}

TEST_F(ActivityClientTest, ADeploymentHasTheCorrelationIdOfThePolicysWrite) {
  drift_by(Caller::policy("22222222-0000-4000-8000-0000000000bb"));
  const auto writes = events();
  ASSERT_TRUE(writes);
  ASSERT_THAT(*writes, SizeIs(2)) << "of Microsoft.Security";
  const auto all = events(writes->front().correlation_id);
  ASSERT_TRUE(all);
  ASSERT_THAT(*all, SizeIs(4));
  EXPECT_TRUE(std::any_of(all->begin(), all->end(), is_deployment));
}

TEST_F(ActivityClientTest, FollowsPages) {
  azure_.world().set_behaviour([](armsim::Behaviour& it) { it.activity_page_size = 3; });
  for (int i = 0; i < 4; ++i) drift_by(Caller::user("alice@contoso.com"));
  const auto found = events();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found, SizeIs(8));
  EXPECT_EQ(azure_.world().counters().activity_queries, 3U);
}

TEST_F(ActivityClientTest, ANextPageElsewhereGetsNoToken) {
  armsim::Simulator other({.tls = armsim::Tls::None});
  ASSERT_TRUE(other.start());
  const std::string path =
      "/subscriptions/" + guid(1) + "/providers/Microsoft.Insights/eventtypes/management/values";
  for (const std::string& link :
       {other.base_url() + path, azure_.world().base_url() + "/subscriptions?x", path}) {
    answer_with(R"({"value":[],"nextLink":")" + link + "\"}");
    const auto found = events();
    ASSERT_FALSE(found) << link;
    EXPECT_THAT(found.error().message, HasSubstr("the next page of the activity log is elsewhere"));
  }
  EXPECT_EQ(other.counters().requests, 0U);
}

TEST_F(ActivityClientTest, AnEndlessLogIsRefused) {
  const std::string link =
      azure_.world().base_url() + "/subscriptions/" + guid(1) +
      "/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter="
      "eventTimestamp ge '2020-01-01T00:00:00Z' and eventTimestamp le '2100-01-01T00:00:00Z'&page=";
  for (int page = 0; page < 30; ++page)
    answer_with(R"({"value":[],"nextLink":")" + link + std::to_string(page) + "\"}");
  const auto found = events();
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("does not end"));
}

TEST_F(ActivityClientTest, AnythingElseIsMalformed) {
  for (const char* body :
       {"", "[]", "null", R"({"value":{}})", R"({"value":[)", "<html>",
        R"({"value":[{"operationName":{"value":"Microsoft.Security/pricings/write"}}]})",
        R"({"value":[{"operationName":{"value":"Microsoft.Security/pricings/write"},
                      "eventTimestamp":"yesterday"}]})"}) {
    answer_with(body);
    const auto found = events();
    ASSERT_FALSE(found) << body;
    EXPECT_EQ(found.error().reason, Reason::MalformedAnswer) << body;
    EXPECT_THAT(found.error().message, HasSubstr("who changed a subscription is not known"));
  }
}

TEST_F(ActivityClientTest, OtherEventsAndOddMembersAreSkipped) {
  answer_with(R"({"value":[5,"x",{},{"operationName":"text"},
      {"operationName":{"value":"Microsoft.Security/pricings/write"},"claims":"none","caller":7,
       "eventTimestamp":"2026-01-01T00:00:00.1234567Z","status":null}]})");
  const auto found = events();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ(found->front().caller, "");
}

TEST_F(ActivityClientTest, A403NamesTheActionToGrant) {
  azure_.world().update(guid(1), [](armsim::Subscription& it) { it.activity_readable = false; });
  const auto found = events();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason, Reason::Forbidden);
  EXPECT_THAT(found.error().message, HasSubstr("Microsoft.Insights/eventtypes/values/read"));
}

TEST_F(ActivityClientTest, ItsThrottlingHoldsUpNoPlan) {
  azure_.add(2);
  azure_.add(3);
  azure_.world().inject(Fault::throttle(Operation::Activity, "300").repeated(0));
  for (unsigned n = 1; n <= 3; ++n) {
    const auto found = client_.events({.subscription = subscription_id(n),
                                       .from = clock_.wall_now() - hours(1),
                                       .to = clock_.wall_now()},
                                      {});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().server_wait, minutes(5));
  }
  EXPECT_EQ(azure_.throttle().blocked_for({}, Throttle::Kind::Read), Duration::zero());
}

TEST_F(ActivityClientTest, ClaimsAreNotKept) {
  drift_by(Caller::user("alice@contoso.com"));
  const auto found = events();
  ASSERT_TRUE(found);
  for (const ActivityEvent& event : *found) {
    for (const std::string& text : {event.caller, event.upn, event.name, event.app_id,
                                    event.object_id, event.correlation_id, event.address}) {
      EXPECT_THAT(text, Not(HasSubstr("beef"))) << "a group";
    }
  }
}

}  // namespace
}  // namespace defenderd
