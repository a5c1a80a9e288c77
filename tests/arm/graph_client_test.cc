#include "arm/graph_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/timing.h"
#include "support/fake_clock.h"
#include "support/fake_transport.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using armsim::Fault;
using armsim::FaultKind;
using armsim::Operation;
using nlohmann::json;
using std::chrono::seconds;
using testing::HasSubstr;

SimAzure::Options plain() {
  SimAzure::Options options = SimAzure::plain();
  options.simulator.behaviour.graph_quota = 0;
  return options;
}

GraphQuery all() {
  GraphQuery query;
  query.text = "resourcecontainers | project id, subscriptionId | order by id asc";
  return query;
}

class GraphClientTest : public testing::Test {
 protected:
  void add(unsigned count) {
    for (unsigned n = 1; n <= count; ++n) azure_.add(n);
  }
  void behave(const std::function<void(armsim::Behaviour&)>& change) {
    azure_.world().set_behaviour(change);
  }
  void answer_with(const std::string& body) {
    Fault fault = Fault::of(FaultKind::ReplaceBody, Operation::Graph);
    fault.message = body;
    azure_.world().inject(fault);
  }
  ArmResult<GraphAnswer> ask(const GraphQuery& query = all()) {
    ids_.clear();
    return graph_.query(
        query, [this](const JsonValue& row) { ids_.emplace_back(row.text_of("subscriptionId")); },
        {});
  }
  // The failure of a query that must fail.
  Failure failed(const GraphQuery& query = all()) {
    auto answer = ask(query);
    EXPECT_FALSE(answer);
    return answer ? Failure() : answer.error();
  }
  [[nodiscard]] std::uint64_t queries() { return azure_.world().counters().graph_queries; }

  FakeClock clock_;
  SimAzure azure_{clock_, plain()};
  GraphClient graph_{azure_.arm(), clock_};
  std::vector<std::string> ids_;
};

TEST_F(GraphClientTest, AsksAsTheSpecificationHasIt) {
  add(2);
  GraphQuery query = all();
  query.subscriptions = {subscription_id(2)};
  query.management_groups = {"mg"};
  ASSERT_TRUE(ask(query));
  const auto requests = azure_.world().requests();
  const armsim::LoggedRequest& request = requests.back();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/providers/Microsoft.ResourceGraph/resources");
  EXPECT_EQ(request.api_version, "2022-10-01");
  EXPECT_EQ(request.header("Content-Type"), "application/json");
  EXPECT_EQ(json::parse(request.body),
            (json{{"query", query.text},
                  {"subscriptions", {subscription_id(2).text()}},
                  {"managementGroups", {"mg"}},
                  {"options", {{"$top", 1000}, {"resultFormat", "objectArray"}}}}));
  EXPECT_EQ(ids_, std::vector{subscription_id(2).text()});
}

TEST_F(GraphClientTest, GathersAllPages) {
  add(10);
  behave([](armsim::Behaviour& it) { it.graph_page_size = 3; });
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->rows, 10U);
  EXPECT_EQ(answer->pages, 4);
  EXPECT_FALSE(answer->subscription_limit_hit);
  ASSERT_EQ(ids_.size(), 10U);
  EXPECT_EQ(ids_.front(), subscription_id(1).text());
  EXPECT_EQ(ids_.back(), subscription_id(10).text());
  EXPECT_EQ(queries(), 4U);
}

TEST_F(GraphClientTest, AnAnswerThatIsCutOffIsNoAnswer) {
  add(10);
  behave([](armsim::Behaviour& it) {
    it.graph_page_size = 3;
    it.graph_cuts_off = true;
  });
  const Failure failure = failed();
  EXPECT_EQ(failure.reason, Reason::MalformedAnswer);
  EXPECT_FALSE(failure.maybe_applied);
  EXPECT_THAT(failure.message, HasSubstr("cut off without a token"));
}

TEST_F(GraphClientTest, AnAnswerThatEndsEarlyIsNoAnswer) {
  add(1);
  answer_with(R"({"totalRecords":2,"count":1,"data":[{"id":"a"}],"resultTruncated":"false"})");
  EXPECT_THAT(failed().message, HasSubstr("ends after 1 of 2 rows"));
}

TEST_F(GraphClientTest, RubbishIsNoAnswer) {
  add(1);
  answer_with("<html>");
  const Failure failure = failed();
  EXPECT_EQ(failure.reason, Reason::MalformedAnswer);
  EXPECT_THAT(failure.message, HasSubstr("the query of Azure Resource Graph failed: "));
}

// A server at the graph's address that is not Azure's.
class WrongGraphTest : public testing::Test {
 protected:
  void answer_page(const std::string& token) {
    wire_.answer(
        200, R"({"totalRecords":9,"count":0,"data":[],"resultTruncated":"true","$skipToken":")" +
                 token + "\"}");
  }
  std::string failure() {
    const auto answer = GraphClient(arm_, clock_).query(all(), [](const JsonValue&) {}, {});
    return answer ? "" : answer.error().message;
  }

  FakeClock clock_;
  FakeTransport wire_;
  FixedToken source_;
  TokenCache tokens_{source_, clock_, {}};
  Throttle throttle_{clock_, {1e6, 1e6}};
  ArmClient arm_{wire_, tokens_, throttle_, clock_, {}, {{true, "arm.example", 443}, "test"}};
};

TEST_F(WrongGraphTest, ACircleOfPagesEnds) {
  answer_page("a");
  answer_page("b");
  answer_page("a");
  EXPECT_THAT(failure(), HasSubstr("form a cycle"));
}

TEST_F(WrongGraphTest, ATokenIsOfBoundedLength) {
  answer_page(std::string(9000, 'x'));
  EXPECT_THAT(failure(), HasSubstr("form a cycle"));
}

TEST_F(WrongGraphTest, PagesComeToAnEnd) {
  for (int i = 0; i < 200; ++i) answer_page(std::to_string(i));
  EXPECT_THAT(failure(), HasSubstr("does not end"));
}

// A wait that Azure does not give is not taken for one: its quota is for five seconds.
TEST_F(WrongGraphTest, AQuotaThatIsNotReadableEndsWithItsWindow) {
  const struct {
    const char* span;  // nullptr: no such header
    Duration wait;
  } cases[] = {{"00:00:03", seconds(3)},  {"00:00:10", seconds(10)}, {"99:99:99", seconds(5)},
               {"00:01:00", seconds(60)}, {"23:59:59", seconds(60)}, {"24:00:00", seconds(5)},
               {"00:60:00", seconds(5)},  {"00:00:60", seconds(5)},  {"0:0:3", seconds(5)},
               {"00:00:-1", seconds(5)},  {"", seconds(5)},          {nullptr, seconds(5)}};
  GraphClient client(arm_, clock_);
  const auto ask = [&](HttpHeaders headers) {
    wire_.answer(200, R"({"totalRecords":0,"count":0,"data":[],"resultTruncated":"false"})",
                 std::move(headers));
    const auto answer = client.query(all(), [](const JsonValue&) {}, {});
    EXPECT_TRUE(answer) << answer.error().message;
  };
  for (const auto& [span, wait] : cases) {
    SCOPED_TRACE(span != nullptr ? span : "none");
    HttpHeaders headers{{"x-ms-user-quota-remaining", "0"}};
    if (span != nullptr) headers.emplace_back("x-ms-user-quota-resets-after", span);
    ask(std::move(headers));
    const SteadyTime before = clock_.steady_now();
    ask({{"x-ms-user-quota-remaining", "9"}});
    EXPECT_GE(clock_.steady_now() - before, wait);
    EXPECT_LT(clock_.steady_now() - before, wait + seconds(1));
  }
}

TEST_F(WrongGraphTest, APersonsRequestDoesNotWaitForTheQuota) {
  GraphClient client(arm_, clock_);
  GraphQuery impatient = all();
  impatient.patience = Duration::zero();
  const auto ask = [&] {
    wire_.answer(
        200, R"({"totalRecords":0,"count":0,"data":[],"resultTruncated":"false"})",
        {{"x-ms-user-quota-remaining", "0"}, {"x-ms-user-quota-resets-after", "00:01:00"}});
    return client.query(impatient, [](const JsonValue&) {}, {}).has_value();
  };
  EXPECT_TRUE(ask());
  EXPECT_FALSE(ask());
  client.try_again(TenantId::parse("72f988bf-0000-4000-8000-2d7cd011db47"));
  EXPECT_FALSE(ask()) << "of another tenant";
  client.try_again(std::nullopt);
  EXPECT_TRUE(ask());
  client.try_again();
  EXPECT_FALSE(ask()) << "not in a loop";
  clock_.advance(seconds(30));
  client.try_again();
  EXPECT_TRUE(ask());
}

TEST_F(GraphClientTest, ObeysTheQuotaBeforeItAsks) {
  add(10);
  behave([](armsim::Behaviour& it) {
    it.graph_page_size = 1;
    it.graph_quota = 4;
  });
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->rows, 10U);
  EXPECT_EQ(azure_.world().counters().by_status[429], 0U);
  // Ten pages, four in each window of five seconds.
  auto waits = clock_.sleeps();
  std::erase_if(waits, [](Duration wait) { return wait < seconds(1); });  // the even pace
  EXPECT_EQ(waits, (std::vector<Duration>{seconds(5), seconds(5)}));
}

TEST_F(GraphClientTest, AThrottledQueryWaitsAsLongAsAsked) {
  add(1);
  azure_.world().inject(Fault::throttle(Operation::Graph, "7"));
  ASSERT_TRUE(ask());
  EXPECT_EQ(clock_.sleeps(), std::vector<Duration>{seconds(7)});
  azure_.world().inject(Fault::throttle(Operation::Graph, "3600"));
  const Failure failure = failed();
  EXPECT_EQ(failure.reason, Reason::Throttled);
  EXPECT_EQ(failure.server_wait, kLongestServerWait);
  EXPECT_EQ(clock_.sleeps().size(), 1U);
}

TEST_F(GraphClientTest, ThrottlingOfTheGraphDoesNotSilenceArm) {
  add(5);
  azure_.world().inject(Fault::throttle(Operation::Graph, "3600").repeated(5));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(failed().reason, Reason::Throttled);
  EXPECT_EQ(azure_.throttle().blocked_for({}, Throttle::Kind::Read), Duration::zero());
}

TEST_F(GraphClientTest, WhatMayPassIsAskedAgain) {
  add(1);
  azure_.world().inject(Fault::answer(Operation::Graph, 503, "ServerBusy").repeated(2));
  ASSERT_TRUE(ask());
  EXPECT_EQ(queries(), 3U);
  azure_.world().inject(Fault::answer(Operation::Graph, 503, "ServerBusy").repeated(3));
  EXPECT_EQ(failed().reason, Reason::ServerError);
  EXPECT_EQ(queries(), 6U);
}

TEST_F(GraphClientTest, WhatDoesNotPassIsNot) {
  azure_.add(1, [](armsim::Subscription& it) { it.access = armsim::Access::None; });
  const Failure failure = failed();
  EXPECT_EQ(failure.reason, Reason::Forbidden);
  EXPECT_THAT(failure.message, HasSubstr("on the subscriptions"));
  EXPECT_EQ(queries(), 1U);
  GraphQuery wrong = all();
  wrong.text = "nonsense";
  EXPECT_EQ(failed(wrong).reason, Reason::InvalidRequest);
}

TEST_F(GraphClientTest, NoticesTheLimitOfSubscriptions) {
  add(3);
  behave([](armsim::Behaviour& it) { it.graph_subscription_limit = 2; });
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->subscription_limit_hit);
}

TEST_F(GraphClientTest, AStopEndsTheWait) {
  add(1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(graph_.query(
      all(), [](const JsonValue&) {}, stop.get_token()));
}

}  // namespace
}  // namespace defenderd
