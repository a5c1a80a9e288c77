#include "arm/subscription_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "support/fake_clock.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::StartsWith;

const std::string kRoot{armsim::kTenant};  // the id of its root group
const std::string kOtherTenant = "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9";
constexpr const char* kGroupsUnknown =
    "the management groups of the subscriptions are not known, because Azure Resource Graph "
    "returns no answer: the query of Azure Resource Graph failed: ";

SimAzure::Options plain() {
  SimAzure::Options options = SimAzure::plain();
  options.simulator.tenants = {kRoot, kOtherTenant};
  return options;
}

class SubscriptionDiscoveryTest : public testing::Test {
 protected:
  void add(unsigned n, std::vector<std::string> groups,
           const std::function<void(armsim::Subscription&)>& change = {}) {
    azure_.add(n, [&](armsim::Subscription& it) {
      it.management_groups = std::move(groups);
      if (change) change(it);
    });
  }
  void answer_with(const std::string& body) {
    Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Graph);
    fault.message = body;
    azure_.world().inject(fault);
  }
  // One page of the graph that holds these rows.
  void answer_rows(const std::vector<std::string>& rows) {
    std::string list;
    for (const std::string& row : rows) list += (list.empty() ? "" : ",") + row;
    const std::string count = std::to_string(rows.size());
    answer_with(R"({"totalRecords":)" + count + R"(,"count":)" + count +
                R"(,"resultTruncated":"false","data":[)" + list + "]}");
  }
  ArmResult<Discovered> look(bool groups = true, const std::optional<TenantId>& tenant = {},
                             const std::stop_token& stop = {}) {
    return discovery_.list(tenant, groups, stop);
  }
  // The scopes of the graph's queries, in their order.
  std::vector<std::vector<std::string>> asked() {
    std::vector<std::vector<std::string>> result;
    for (const armsim::LoggedRequest& request : azure_.world().requests()) {
      if (request.operation != Operation::Graph) continue;
      result.push_back(json::parse(request.body).at("subscriptions"));
    }
    return result;
  }

  FakeClock clock_;
  SimAzure azure_{clock_, plain()};
  SubscriptionList list_{azure_.arm(), *Origin::parse(azure_.world().base_url()), clock_};
  GraphClient graph_{azure_.arm(), clock_};
  SubscriptionDiscovery discovery_{list_, graph_};
};

TEST_F(SubscriptionDiscoveryTest, TellsWhatTheListSaysAndTheGroupsAbove) {
  add(1, {"mg-chat", "mg-prod"}, [](armsim::Subscription& it) {
    it.name = "chat";
    it.tags = {{"env", "prod"}, {"team", "chat"}};
  });
  add(2, {}, [](armsim::Subscription& it) { it.state = "Disabled"; });
  const auto found = look();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->groups_failed, std::nullopt);
  ASSERT_EQ(found->subscriptions.size(), 2U);
  DiscoveredSubscription one;
  one.id = subscription_id(1);
  one.name = "chat";
  one.home = TenantId::parse(kRoot);
  one.state = "Enabled";
  one.tags = {{"env", "prod"}, {"team", "chat"}};
  one.management_groups = {{"mg-chat", "mg-prod", kRoot}};
  EXPECT_EQ(found->subscriptions[0], one);
  EXPECT_EQ(found->subscriptions[1].state, "Disabled");
  EXPECT_THAT(found->subscriptions[1].management_groups, Optional(ElementsAre(kRoot)));
}

TEST_F(SubscriptionDiscoveryTest, AsksTheGraphOnlyWhereGroupsAreWantedAndThereIsSomethingToAskFor) {
  const auto nothing = look();
  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_TRUE(nothing->subscriptions.empty());
  EXPECT_EQ(nothing->groups_failed, std::nullopt);
  add(1, {"mg"});
  const auto found = look(false);
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->subscriptions.size(), 1U);
  EXPECT_EQ(found->subscriptions[0].management_groups, std::nullopt);
  EXPECT_EQ(azure_.world().counters().graph_queries, 0U)
      << "a query that names no subscription would be one of the whole tenant";
}

TEST_F(SubscriptionDiscoveryTest, DeletedOnesAreLeftOut) {
  add(1, {"mg"});
  add(2, {"mg"}, [](armsim::Subscription& it) { it.state = "Deleted"; });
  add(3, {"mg"}, [](armsim::Subscription& it) { it.state = "Warned"; });
  const auto found = look();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->subscriptions.size(), 2U);
  EXPECT_EQ(found->subscriptions[0].id, subscription_id(1));
  EXPECT_EQ(found->subscriptions[1].id, subscription_id(3));
  EXPECT_EQ(asked(), (std::vector<std::vector<std::string>>{
                         {subscription_id(1).text(), subscription_id(3).text()}}));
}

TEST_F(SubscriptionDiscoveryTest, AsksTheGraphInBatchesAndMissesNone) {
  constexpr unsigned kMany = 2001;
  azure_.world().set_behaviour([](armsim::Behaviour& it) {
    it.page_size = 700;  // of the list, and of the graph another one: neither falls on a batch
    it.graph_page_size = 300;
  });
  for (unsigned n = 1; n <= kMany; ++n) add(n, {"mg-" + std::to_string(n % 7)});
  const auto found = look();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->groups_failed, std::nullopt);
  ASSERT_EQ(found->subscriptions.size(), kMany);
  for (unsigned n = 1; n <= kMany; ++n) {
    const DiscoveredSubscription& one = found->subscriptions[n - 1];
    ASSERT_EQ(one.id, subscription_id(n));
    ASSERT_THAT(one.management_groups, Optional(ElementsAre("mg-" + std::to_string(n % 7), kRoot)));
  }
  std::set<std::string> ids;
  std::set<std::size_t> sizes;
  for (const std::vector<std::string>& batch : asked()) {
    ids.insert(batch.begin(), batch.end());
    sizes.insert(batch.size());
  }
  EXPECT_EQ(ids.size(), kMany);
  EXPECT_EQ(sizes, (std::set<std::size_t>{1, 1000}));
}

TEST_F(SubscriptionDiscoveryTest, OneThatTheGraphDoesNotShowHasNoKnownGroups) {
  add(1, {"mg"});
  add(2, {"mg"}, [](armsim::Subscription& it) { it.in_graph = false; });
  const auto found = look();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->groups_failed, std::nullopt) << "a row that is missing is no failure";
  ASSERT_EQ(found->subscriptions.size(), 2U);
  EXPECT_THAT(found->subscriptions[0].management_groups, Optional(ElementsAre("mg", kRoot)));
  EXPECT_EQ(found->subscriptions[1].management_groups, std::nullopt);
}

struct OddRow {
  const char* what;
  std::string row;  // with the second subscription's; "" = none
  std::optional<std::vector<std::string>> groups = {};
};
void PrintTo(const OddRow& odd, std::ostream* out) { *out << odd.what; }

class OddRowTest : public SubscriptionDiscoveryTest, public testing::WithParamInterface<OddRow> {};

// A row of the first subscription: {"subscriptionId": ..., <rest>}.
std::string row(const std::string& rest) {
  const std::string id = subscription_id(1).text();
  return R"({"id":"/Subscriptions/)" + id + R"(","subscriptionId":")" + id + "\"" +
         (rest.empty() ? "" : ",") + rest + "}";
}

std::string chain_of(int groups) {
  std::string chain = R"("chain":[)";
  for (int i = 0; i < groups; ++i) {
    chain += (i == 0 ? "" : ",") + (R"({"name":"mg-)" + std::to_string(i)) + "\"}";
  }
  return chain + "]";
}

std::vector<std::string> names(int groups) {
  std::vector<std::string> result;
  result.reserve(static_cast<std::size_t>(groups));
  for (int i = 0; i < groups; ++i) result.push_back("mg-" + std::to_string(i));
  return result;
}

TEST_P(OddRowTest, SpoilsNoOther) {
  add(1, {});
  add(2, {});
  std::vector<std::string> rows{R"({"subscriptionId":")" + subscription_id(2).text() +
                                R"(","chain":[{"name":"good"}]})"};
  if (!GetParam().row.empty()) rows.insert(rows.begin(), GetParam().row);
  answer_rows(rows);
  const auto found = look();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->groups_failed, std::nullopt);
  ASSERT_EQ(found->subscriptions.size(), 2U) << "the list alone says which there are";
  EXPECT_EQ(found->subscriptions[0].management_groups, GetParam().groups);
  EXPECT_THAT(found->subscriptions[1].management_groups, Optional(ElementsAre("good")));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, OddRowTest,
    testing::Values(
        OddRow{"a plain one",
               row(R"("chain":[{"displayName":"A","name":"a"},{"name":"b"}])"),
               {{"a", "b"}}},
        OddRow{"no group above it", row(R"("chain":[])"), {{}}}, OddRow{"missing", ""},
        OddRow{"without a chain", row("")}, OddRow{"chain is null", row(R"("chain":null)")},
        OddRow{"chain is a text", row(R"("chain":"mg")")},
        OddRow{"chain is a number", row(R"("chain":7)")},
        OddRow{"chain is one object", row(R"("chain":{"name":"mg"})")},
        OddRow{"chain of texts", row(R"("chain":["mg","root"])")},
        OddRow{"chain with a null in it", row(R"("chain":[{"name":"mg"},null])")},
        OddRow{"chain in a chain", row(R"("chain":[[{"name":"mg"}]])")},
        OddRow{"a chain and another", row(R"("chain":[{"name":"a"}],"chain":[{"name":"b"}])")},
        OddRow{"a group without a name", row(R"("chain":[{"name":"mg"},{"displayName":"B"}])")},
        OddRow{"a group whose name is a number", row(R"("chain":[{"name":1}])")},
        OddRow{"a group whose name is an object", row(R"("chain":[{"name":{"name":"mg"}}])")},
        OddRow{"more about a group than is known",
               row(R"("chain":[{"name":"mg","more":{"name":"x"},"list":[{"name":"y"}]}])"),
               {{"mg"}}},
        OddRow{"as many groups as are taken", row(chain_of(32)), names(32)},
        OddRow{"more groups than Azure can have", row(chain_of(33))},
        OddRow{"no id", R"({"chain":[{"name":"mg"}]})"},
        OddRow{"an id that is none", R"({"subscriptionId":"../../x","chain":[{"name":"mg"}]})"},
        OddRow{"an id that is a number", R"({"subscriptionId":1,"chain":[{"name":"mg"}]})"},
        OddRow{"whose two ids differ", R"({"id":"/subscriptions/)" + subscription_id(3).text() +
                                           R"(","subscriptionId":")" + subscription_id(1).text() +
                                           R"(","chain":[{"name":"mg"}]})"},
        OddRow{"of one that was not asked for",
               R"({"subscriptionId":"00000000-0000-4000-8000-000000000003",)"
               R"("chain":[{"name":"mg"}]})"},
        OddRow{"empty", "{}"}));

TEST_F(SubscriptionDiscoveryTest, OfTwoRowsOfASubscriptionNeitherIsBelieved) {
  add(1, {});
  add(2, {});
  answer_rows({row(R"("chain":[{"name":"a"}])"), row(R"("chain":[{"name":"b"}])")});
  const auto found = look();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->subscriptions[0].management_groups, std::nullopt);
}

struct GraphTrouble {
  const char* what;
  Fault fault;
  Reason reason;
  const char* text;
};
void PrintTo(const GraphTrouble& trouble, std::ostream* out) { *out << trouble.what; }

class GraphTroubleTest : public SubscriptionDiscoveryTest,
                         public testing::WithParamInterface<GraphTrouble> {};

TEST_P(GraphTroubleTest, KeepsTheListAndSaysWhyItsGroupsAreNotKnown) {
  for (unsigned n = 1; n <= 1001; ++n) {
    add(n, {"mg"}, [](armsim::Subscription& it) { it.tags = {{"env", "prod"}}; });
  }
  // The first batch is answered. One half of the groups would be as wrong as none.
  azure_.world().inject(Fault::of(FaultKind::Slow, Operation::Graph));
  azure_.world().inject(GetParam().fault.repeated(0));
  const auto found = look();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->subscriptions.size(), 1001U);
  for (const DiscoveredSubscription& one : found->subscriptions) {
    ASSERT_EQ(one.management_groups, std::nullopt);
    ASSERT_EQ(one.tags, (std::vector<Tag>{{"env", "prod"}}));
  }
  ASSERT_TRUE(found->groups_failed);
  EXPECT_EQ(found->groups_failed->reason, GetParam().reason);
  EXPECT_THAT(found->groups_failed->message, StartsWith(kGroupsUnknown));
  EXPECT_THAT(found->groups_failed->message, HasSubstr(GetParam().text));
}

Fault rubbish(const std::string& body) {
  Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Graph);
  fault.message = body;
  return fault;
}

INSTANTIATE_TEST_SUITE_P(
    Troubles, GraphTroubleTest,
    testing::Values(
        GraphTrouble{"refused", Fault::answer(Operation::Graph, 403, "AuthorizationFailed"),
                     Reason::Forbidden, "AuthorizationFailed"},
        GraphTrouble{"throttled for an hour", Fault::throttle(Operation::Graph, "3600"),
                     Reason::Throttled, "throttl"},
        GraphTrouble{"always failing", Fault::answer(Operation::Graph, 503, "ServerBusy"),
                     Reason::ServerError, "ServerBusy"},
        GraphTrouble{"hanging up", Fault::of(FaultKind::DropBeforeEffect, Operation::Graph),
                     Reason::ConnectionFailed, "connection"},
        GraphTrouble{"no JSON", rubbish("<html>"), Reason::MalformedAnswer, "is not JSON"},
        GraphTrouble{"a page that is cut off",
                     rubbish(R"({"totalRecords":2,"count":1,"resultTruncated":"true",)"
                             R"("data":[{"id":"a"}]})"),
                     Reason::MalformedAnswer, "cut off without a token"}));

TEST_F(SubscriptionDiscoveryTest, WithoutTheListThereIsNothing) {
  add(1, {"mg"});
  struct Case {
    const char* what;
    Fault fault;
    Reason reason;
  };
  const std::vector<Case> cases{
      {"refused", Fault::answer(Operation::Subscriptions, 403, "AuthorizationFailed"),
       Reason::Forbidden},
      {"always failing", Fault::answer(Operation::Subscriptions, 500, "Oops"), Reason::ServerError},
      {"hanging up", Fault::of(FaultKind::DropBeforeEffect, Operation::Subscriptions),
       Reason::ConnectionFailed},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.what);
    azure_.world().inject(one.fault.repeated(0));
    const auto found = look();
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().reason, one.reason);
    EXPECT_THAT(found.error().message, StartsWith("listing the subscriptions failed: "));
    azure_.world().clear_faults();
  }
  EXPECT_EQ(azure_.world().counters().graph_queries, 0U);
}

TEST_F(SubscriptionDiscoveryTest, LooksThroughEachTenantWithItsOwnToken) {
  const auto other = TenantId::parse(kOtherTenant);
  add(1, {"mg-here"});
  add(2, {"mg-there"}, [](armsim::Subscription& it) { it.tenant = kOtherTenant; });
  const auto here = look();
  ASSERT_TRUE(here) << here.error().message;
  ASSERT_EQ(here->subscriptions.size(), 1U);
  EXPECT_EQ(here->subscriptions[0].id, subscription_id(1));
  EXPECT_EQ(here->subscriptions[0].tenant, std::nullopt);
  const auto there = look(true, other);
  ASSERT_TRUE(there) << there.error().message;
  ASSERT_EQ(there->subscriptions.size(), 1U);
  EXPECT_EQ(there->subscriptions[0].id, subscription_id(2));
  EXPECT_EQ(there->subscriptions[0].tenant, other);
  EXPECT_EQ(there->subscriptions[0].home, other);
  EXPECT_THAT(there->subscriptions[0].management_groups,
              Optional(ElementsAre("mg-there", kOtherTenant)));
}

TEST_F(SubscriptionDiscoveryTest, AStopEndsIt) {
  add(1, {"mg"});
  azure_.world().inject(Fault::answer(Operation::Subscriptions, 503, "ServerBusy").repeated(0));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(look(true, {}, stop.get_token()));
}

}  // namespace
}  // namespace defenderd
