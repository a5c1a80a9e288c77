#include "arm/subscription_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;
using testing::HasSubstr;

class SubscriptionListTest : public testing::Test {
 protected:
  void answer_with(const std::string& body, int times = 1) {
    Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Subscriptions).repeated(times);
    fault.message = body;
    azure_.world().inject(fault);
  }
  [[nodiscard]] std::string url() { return azure_.world().base_url(); }
  ArmResult<std::vector<ListedSubscription>> all() {
    return SubscriptionList(azure_.arm(), *Origin::parse(url()), clock_).all({}, {});
  }

  FakeClock clock_;
  SimAzure azure_{clock_, SimAzure::plain()};
};

TEST_F(SubscriptionListTest, GathersAllPages) {
  azure_.world().set_behaviour([](armsim::Behaviour& it) { it.page_size = 3; });
  for (unsigned n = 1; n <= 10; ++n) {
    azure_.add(n, [&](armsim::Subscription& it) { it.name = "sub-" + std::to_string(n); });
  }
  const auto list = all();
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->size(), 10U);
  EXPECT_EQ(list->front().id, subscription_id(1));
  EXPECT_EQ(list->front().name, "sub-1");
  EXPECT_EQ(list->front().state, "Enabled");
  EXPECT_EQ(list->front().tenant, TenantId::parse(armsim::kTenant));
}

TEST_F(SubscriptionListTest, ShowsWhoManagesACustomersSubscription) {
  const std::string customer = "aaaaaaaa-0000-4000-8000-000000000001";
  azure_.add(1, [&](armsim::Subscription& it) {
    it.tenant = customer;
    it.managed_by = {"bbbbbbbb-0000-4000-8000-000000000002", std::string(armsim::kTenant)};
  });
  azure_.add(2, [&](armsim::Subscription& it) { it.tenant = customer; });
  const auto list = all();
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->size(), 1U) << "the other is not delegated";
  EXPECT_EQ(list->front().tenant, TenantId::parse(customer));
  EXPECT_THAT(list->front().managed_by,
              testing::ElementsAre(*TenantId::parse("bbbbbbbb-0000-4000-8000-000000000002"),
                                   *TenantId::parse(armsim::kTenant)));
}

TEST_F(SubscriptionListTest, WhoManagesIsOnlyWhatIsATenant) {
  answer_with(R"({"value":[
    {"subscriptionId":"00000000-0000-4000-8000-000000000001","managedByTenants":"x"},
    {"subscriptionId":"00000000-0000-4000-8000-000000000002","managedByTenants":[5,{"tenantId":7},
      {"tenantId":"no"},{"tenantId":"aaaaaaaa-0000-4000-8000-000000000001"}]}]})");
  const auto list = all();
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->size(), 2U);
  EXPECT_THAT((*list)[0].managed_by, testing::IsEmpty());
  EXPECT_THAT((*list)[1].managed_by, testing::SizeIs(1));
}

TEST_F(SubscriptionListTest, ANextPageElsewhereGetsNoToken) {
  armsim::Simulator other({.tls = armsim::Tls::None});
  ASSERT_TRUE(other.start());
  const std::string here = url();
  for (const std::string& link : std::vector<std::string>{
           other.base_url() + "/subscriptions?api-version=2022-12-01",
           "https://evil.example/subscriptions?x", here + "@evil.example/subscriptions?x",
           here + ".evil.example/subscriptions?x", here + "/providers?x", "/subscriptions?x",
           here + "/subscriptions b?x", here + "/subscriptions?" + std::string(9000, 'x')}) {
    answer_with(R"({"value":[],"nextLink":")" + link + "\"}");
    const auto list = all();
    ASSERT_FALSE(list) << link;
    EXPECT_EQ(list.error().reason, Reason::MalformedAnswer);
    EXPECT_THAT(list.error().message,
                HasSubstr("the next page of the list of subscriptions is elsewhere"));
  }
  EXPECT_EQ(other.counters().requests, 0U);
}

TEST_F(SubscriptionListTest, ALinkIsEncodedWhereItMustBe) {
  struct Case {
    std::string link;
    std::string decoded;
  };
  for (const Case& item : std::vector<Case>{{"a b", "a b"},
                                            {"a%20b", "a b"},
                                            {"a%2", "a%2"},
                                            {"100%", "100%"},
                                            {"<a>|{b}^`", "<a>|{b}^`"},
                                            {"a#b", "a#b"},
                                            {"\xC3\xA9", "\xC3\xA9"},
                                            {R"(a\tb\"c)", "a\tb\"c"}}) {
    azure_.world().clear_log();
    answer_with(R"({"value":[],"nextLink":")" + url() +
                "/subscriptions?api-version=2022-12-01&n=" + item.link + "\"}");
    const auto list = all();
    EXPECT_TRUE(list) << item.link << ": " << list.error().message;
    EXPECT_EQ(azure_.world().requests().back().query, "api-version=2022-12-01&n=" + item.decoded);
  }
}

TEST_F(SubscriptionListTest, ACircleOfPagesEnds) {
  answer_with(
      R"({"value":[],"nextLink":")" + url() + R"(/subscriptions?api-version=2022-12-01&a=1"})", 0);
  const auto list = all();
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().message, HasSubstr("form a cycle"));
}

TEST_F(SubscriptionListTest, RubbishIsNoList) {
  for (const char* const body : {"", "[]", "{}", R"({"value":1})", R"({"value":[1]})",
                                 R"({"value":[{"subscriptionId":"x"}]})", "\xFF"}) {
    answer_with(body);
    const auto list = all();
    ASSERT_FALSE(list) << body;
    EXPECT_THAT(list.error().message, HasSubstr("listing the subscriptions failed"));
  }
}

TEST_F(SubscriptionListTest, AnEntryWithTwoIdsMakesTheListNone) {
  const std::string one = subscription_id(1).text();
  const auto entry = [&](const std::string& id) {
    return R"({"value":[{"id":)" + id + R"(,"subscriptionId":")" + one + R"("}]})";
  };
  for (const std::string& good : {"\"/SUBSCRIPTIONS/" + one + "\"", std::string("null")}) {
    answer_with(entry(good));
    EXPECT_TRUE(all()) << good;
  }
  for (const std::string& bad : {"\"/subscriptions/" + subscription_id(2).text() + "\"",
                                 "\"" + one + "\"", std::string("7"), std::string("\"\"")}) {
    answer_with(entry(bad));
    const auto list = all();
    ASSERT_FALSE(list) << bad;
    EXPECT_EQ(list.error().reason, Reason::MalformedAnswer);
    EXPECT_THAT(list.error().message, HasSubstr("two different ids"));
  }
}

TEST_F(SubscriptionListTest, NamesAndTagsAreKeptAsLongAsAzureHasThem) {
  const std::string long_text(5'000, 'x');
  answer_with(R"({"value":[{"subscriptionId":")" + subscription_id(1).text() +
              R"(","displayName":")" + long_text + R"(","state":")" + long_text +
              R"(","tags":{"env":"prod",")" + long_text + R"(":"a","b":")" + long_text +
              R"("}}]})");
  const auto list = all();
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().name.substr(0, 250), long_text.substr(0, 250));
  EXPECT_LT(list->front().name.size(), 300U);
  EXPECT_LT(list->front().state.size(), 100U);
  EXPECT_EQ(list->front().tags, (std::vector<Tag>{{"env", "prod"}}));
}

TEST_F(SubscriptionListTest, AListWithMoreTextThanAnyHasIsRefused) {
  std::string tags;
  for (int i = 0; i < 50; ++i)
    tags += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":")" + std::string(1'000, 'x') + '"';
  std::string rows;
  for (unsigned n = 1; n <= 100; ++n)
    rows += (n == 1 ? "" : ",") + (R"({"subscriptionId":")" + subscription_id(n).text()) +
            R"(","tags":{)" + tags + "}}";
  answer_with("{\"value\":[" + rows + "]}");
  const auto list = all();
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().message, HasSubstr("does not end"));
}

TEST_F(SubscriptionListTest, APageOfAMillionValuesIsRefused) {
  std::string rows = "{}";
  for (int i = 0; i < 600'000; ++i) rows += ",{}";
  answer_with(R"({"value":[],"x":[)" + rows + "]}");
  const auto list = all();
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().reason, Reason::MalformedAnswer);
}

TEST_F(SubscriptionListTest, AFailureThatPassesIsWaitedFor) {
  azure_.add(1);
  azure_.world().inject(Fault::answer(Operation::Subscriptions, 503, "ServerBusy").repeated(2));
  const auto list = all();
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->size(), 1U);
}

}  // namespace
}  // namespace defenderd
