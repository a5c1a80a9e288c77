#include "arm/graph_pricings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_transport.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;
using testing::HasSubstr;

class GraphPricingsTest : public testing::Test {
 protected:
  ArmResult<std::vector<BulkPlan>> read(unsigned count) {
    std::vector<SubscriptionId> ids;
    for (unsigned n = 1; n <= count; ++n) ids.push_back(subscription_id(n));
    return pricings_.read(std::nullopt, ids, {});
  }
  // Of the answer to a query for two subscriptions with these rows.
  std::vector<BulkPlan> plans_of(const std::vector<std::string>& rows) {
    azure_.add(1);
    std::string body = R"({"totalRecords":)" + std::to_string(rows.size()) + R"(,"count":)" +
                       std::to_string(rows.size()) + R"(,"resultTruncated":"false","data":[)";
    for (std::size_t i = 0; i < rows.size(); ++i) body += (i > 0 ? "," : "") + rows[i];
    Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Graph);
    fault.message = body + "]}";
    azure_.world().inject(fault);
    auto plans = read(2);
    EXPECT_TRUE(plans) << plans.error().message;
    return plans ? *std::move(plans) : std::vector<BulkPlan>{};
  }
  static std::string row(unsigned n, const std::string& rest) {
    return R"({"id":"/subscriptions/)" + subscription_id(n).text() +
           R"(/providers/Microsoft.Security/pricings/AI",)" + rest + "}";
  }

  FakeClock clock_;
  SimAzure azure_{clock_, SimAzure::plain()};
  GraphClient graph_{azure_.arm(), clock_};
  GraphPricings pricings_{graph_};
};

TEST_F(GraphPricingsTest, AsksForTheNamedSubscriptionsInOneQuery) {
  for (unsigned n = 1; n <= 300; ++n) azure_.add(n);
  const auto plans = read(299);
  ASSERT_TRUE(plans) << plans.error().message;
  EXPECT_EQ(plans->size(), 299U);
  EXPECT_EQ(azure_.world().counters().graph_queries, 1U);
  const auto requests = azure_.world().requests();
  EXPECT_THAT(requests.back().body, HasSubstr("project id, "));
  EXPECT_THAT(requests.back().body, HasSubstr(subscription_id(299).text()));
}

struct Shown {
  const char* name;
  std::vector<std::string> rest;  // of the rows for subscription 1
  const char* tier;               // "" when it makes no sense
  std::vector<Extension> extensions = {};
};
void PrintTo(const Shown& shown, std::ostream* out) { *out << shown.name; }

class ShownTest : public GraphPricingsTest, public testing::WithParamInterface<Shown> {};

TEST_P(ShownTest, IsReadAsAGetIs) {
  std::vector<std::string> rows;
  for (const std::string& rest : GetParam().rest) rows.push_back(row(1, rest));
  const auto plans = plans_of(rows);
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].subscription, subscription_id(1));
  const auto& pricing = plans[0].pricing;
  EXPECT_EQ(pricing ? pricing->tier_text : "", GetParam().tier);
  EXPECT_EQ(pricing ? pricing->extensions : std::vector<Extension>{}, GetParam().extensions);
}

const char* const kOn = R"("tier":"Standard","extensions":)";
Extension odd(const std::string& text) { return {"A", std::nullopt, text}; }

INSTANTIATE_TEST_SUITE_P(
    Cases, ShownTest,
    testing::Values(
        Shown{"Off", {R"("tier":"Free","extensions":null)"}, "Free"},
        Shown{"OffWithout", {R"("tier":"Free")"}, "Free"},
        Shown{"On",
              {std::string(kOn) + R"([{"name":"A","isEnabled":"True"},{"name":"B",)" +
               R"("isEnabled":"False","additionalExtensionProperties":{"x":[1,{"y":null}]}}])"},
              "Standard",
              {{"A", true}, {"B", false}}},
        Shown{"TierUnknown", {R"("tier":"Premium","extensions":[])"}, "Premium"},
        Shown{"FlagUnknown",
              {std::string(kOn) + R"([{"name":"A","isEnabled":"Maybe"}])"},
              "Standard",
              {odd("Maybe")}},
        Shown{"FlagNumber",
              {std::string(kOn) + R"([{"name":"A","isEnabled":2}])"},
              "Standard",
              {odd("no text")}},
        Shown{"FlagBoolean",
              {std::string(kOn) + R"([{"name":"A","isEnabled":true}])"},
              "Standard",
              {{"A", true}}},
        Shown{"MoreColumns", {R"("x":{"y":[[1],{"tier":"Free"}]},"tier":"Free","z":[])"}, "Free"},
        Shown{"Failed",
              {std::string(kOn) +
               R"([{"name":"A","isEnabled":"True","operationStatus":{"code":"Failed"}}])"},
              ""},
        Shown{"FailedAndOff",
              {std::string(kOn) +
               R"([{"name":"A","isEnabled":"False","operationStatus":{"code":"Failed"}}])"},
              "Standard",
              {{"A", false}}},
        Shown{"OnWithNull", {R"("tier":"Standard","extensions":null)"}, ""},
        Shown{"OnWithNothing", {R"("tier":"Standard")"}, ""},
        Shown{"OnWithNone", {R"("tier":"Standard","extensions":[])"}, ""},
        Shown{"NoTier", {R"("extensions":[])"}, ""},
        Shown{"TierNull", {R"("tier":null,"extensions":null)"}, ""},
        Shown{"TierNumber", {R"("tier":1)"}, ""},
        Shown{"ExtensionsText", {R"("tier":"Standard","extensions":"all")"}, ""},
        Shown{"ExtensionNameless", {std::string(kOn) + R"([{"isEnabled":"True"}])"}, ""},
        Shown{"Twice", {R"("tier":"Free")", R"("tier":"Free")"}, ""}),
    [](const auto& it) { return it.param.name; });

TEST_F(GraphPricingsTest, ARowOfNobodyIsNobodys) {
  const std::string tail = R"(,"tier":"Standard"})";
  EXPECT_EQ(plans_of({R"({"id":7)" + tail, R"({"id":null)" + tail, R"({"tier":"Standard"})",
                      R"({"id":"/subscriptions/x/providers/Microsoft.Security/pricings/AI")" + tail,
                      R"({"id":{"id":"x"})" + tail,
                      R"({"id":"/subscriptions/)" + subscription_id(1).text() +
                          R"(/providers/Microsoft.Security/pricings/VM")" + tail})
                .size(),
            0U);
}

TEST_F(GraphPricingsTest, ARowThatNobodyAskedForMakesTheAnswerNone) {
  azure_.add(1);
  Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Graph);
  fault.message = R"({"totalRecords":2,"count":2,"resultTruncated":"false","data":[)" +
                  row(1, R"("tier":"Free")") + "," + row(7, R"("tier":"Free")") + "]}";
  azure_.world().inject(fault);
  const auto plans = read(2);
  ASSERT_FALSE(plans);
  EXPECT_EQ(plans.error().reason, Reason::MalformedAnswer);
  EXPECT_THAT(plans.error().message, HasSubstr(subscription_id(7).text()));
}

TEST_F(GraphPricingsTest, TheCaseOfAnIdDoesNotMatter) {
  const auto plans = plans_of({R"({"id":"/SUBSCRIPTIONS/)" + subscription_id(1).text() +
                               R"(/providers/microsoft.security/PRICINGS/ai","tier":"Free"})"});
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].subscription, subscription_id(1));
}

TEST_F(GraphPricingsTest, AnAnswerThatIsNotWholeIsAFailure) {
  for (unsigned n = 1; n <= 10; ++n) azure_.add(n);
  azure_.world().set_behaviour([](armsim::Behaviour& it) {
    it.graph_page_size = 3;
    it.graph_cuts_off = true;
  });
  const auto plans = read(10);
  ASSERT_FALSE(plans);
  EXPECT_EQ(plans.error().reason, Reason::MalformedAnswer);
}

TEST_F(GraphPricingsTest, GathersAllPages) {
  for (unsigned n = 1; n <= 10; ++n) azure_.add(n);
  azure_.world().set_behaviour([](armsim::Behaviour& it) { it.graph_page_size = 3; });
  const auto plans = read(10);
  ASSERT_TRUE(plans) << plans.error().message;
  EXPECT_EQ(plans->size(), 10U);
}

TEST(GraphPricings, AnAnswerThatLooksAtAPartOnlyIsAFailure) {
  FakeClock clock;
  FakeTransport wire;
  FixedToken source;
  TokenCache tokens(source, clock, {});
  Throttle throttle(clock, {1e6, 1e6});
  ArmClient arm(wire, tokens, throttle, clock, {}, {{true, "arm.example", 443}, "test"});
  GraphClient graph(arm, clock);
  wire.answer(200, R"({"totalRecords":0,"count":0,"data":[],"resultTruncated":"false"})",
              {{"x-ms-tenant-subscription-limit-hit", "true"}});
  const auto plans = GraphPricings(graph).read(std::nullopt, std::vector{subscription_id(1)}, {});
  ASSERT_FALSE(plans);
  EXPECT_THAT(plans.error().message, HasSubstr("only some of the subscriptions"));
}

TEST_F(GraphPricingsTest, DoesNotWaitForLong) {
  for (unsigned n = 1; n <= 10; ++n) azure_.add(n);
  azure_.world().set_behaviour([](armsim::Behaviour& it) {
    it.graph_page_size = 1;
    it.graph_quota = 2;
    it.graph_quota_window = std::chrono::seconds(40);
  });
  const auto plans = read(10);
  ASSERT_FALSE(plans);
  EXPECT_EQ(plans.error().reason, Reason::Throttled);
  EXPECT_LE(clock_.steady_now() - SteadyTime(std::chrono::hours(1)), std::chrono::minutes(2));
}

}  // namespace
}  // namespace defenderd
