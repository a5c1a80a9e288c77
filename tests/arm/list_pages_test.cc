#include "arm/list_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "identity/token_cache.h"
#include "support/fake_clock.h"
#include "support/fake_transport.h"
#include "support/sim_azure.h"

namespace defenderd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

constexpr const char* kHere = "https://arm.test";
constexpr const char* kFirst = "/things?api-version=1";

class ListPagesTest : public testing::Test {
 protected:
  static std::string page(const std::vector<std::string>& names, const std::string& link = "") {
    std::string items;
    for (const std::string& name : names)
      items += (items.empty() ? "" : ",") + (R"({"name":")" + name) + "\"}";
    return "{\"value\":[" + items + "]" + (link.empty() ? "" : R"(,"nextLink":")" + link + "\"") +
           "}";
  }
  void answer(const std::vector<std::string>& names, const std::string& link = "") {
    wire_.answer(200, page(names, link));
  }
  ArmResult<Done> list() {
    return list_pages(client_, {.operation = ArmOperation::Inspect, .target = kFirst}, rules_,
                      take_, stop_.get_token());
  }
  // The message of a list that must fail.
  std::string refused() {
    const auto listed = list();
    EXPECT_FALSE(listed);
    if (listed) return {};
    EXPECT_EQ(listed.error().reason, Reason::MalformedAnswer);
    return listed.error().message;
  }
  PagedList::Patience patience() { return {clock_, clock_.steady_now() + minutes(10)}; }
  std::vector<std::string> targets() {
    std::vector<std::string> result;
    for (const HttpRequest& request : wire_.requests()) result.push_back(request.target);
    return result;
  }

  FakeClock clock_;
  FakeTransport wire_;
  FixedToken source_;
  TokenCache tokens_{source_, clock_, {}};
  Throttle throttle_{clock_, {1e6, 1e6}};
  ArmClient client_{wire_, tokens_, throttle_, clock_, {}, {*Origin::parse(kHere), "test"}};
  std::stop_source stop_;
  std::vector<std::string> taken_;
  TakeItem take_ = [this](const JsonValue& item) {
    taken_.emplace_back(item.text_of("name"));
    return Taken::Yes;
  };
  PagedList rules_{.resource_manager = *Origin::parse(kHere),
                   .path = "/things",
                   .max_pages = 3,
                   .name = "the box",
                   .content = "a box of things"};
};

TEST_F(ListPagesTest, TakesAllPagesInTheirOrder) {
  answer({"a", "b"}, "https://arm.test/things?page=2");
  answer({}, "HTTPS://ARM.test/Things?page=3 and more");
  answer({"c"});
  ASSERT_TRUE(list());
  EXPECT_THAT(taken_, ElementsAre("a", "b", "c"));
  EXPECT_THAT(targets(), ElementsAre(kFirst, "/things?page=2", "/Things?page=3%20and%20more"));
}

TEST_F(ListPagesTest, ALinkThatIsNoTextIsNone) {
  for (const char* const link : {"null", "7", "[]", "{}", "\"\""}) {
    wire_.answer(200, R"({"value":[],"nextLink":)" + std::string(link) + "}");
    EXPECT_TRUE(list()) << link;
  }
}

TEST_F(ListPagesTest, ALinkElsewhereIsNotFollowed) {
  for (const char* const link :
       {"https://evil.test/things?page=2", "https://arm.test.evil.test/things?page=2",
        "https://arm.test@evil.test/things?page=2", "https://arm.test:8443/things?page=2",
        "http://arm.test/things?page=2", "//arm.test/things?page=2", "/things?page=2", "things",
        "https://arm.test/others?page=2", "https://arm.test", "%2Fthings"}) {
    SCOPED_TRACE(link);
    answer({"a"}, link);
    EXPECT_THAT(refused(), HasSubstr("the next page of the box is elsewhere: "));
  }
  for (const std::string& target : targets()) EXPECT_EQ(target, kFirst);
}

TEST_F(ListPagesTest, NoPageIsRequestedTwice) {
  answer({}, std::string(kHere) + kFirst);
  EXPECT_THAT(refused(), HasSubstr("the pages of the box form a cycle"));
  answer({}, "https://arm.test/things?page=2");
  answer({}, "https://arm.test/things?page=2");
  EXPECT_THAT(refused(), HasSubstr("form a cycle"));
}

TEST_F(ListPagesTest, AnEndlessListIsRefused) {
  for (int n = 2; n <= 4; ++n) answer({"a"}, "https://arm.test/things?page=" + std::to_string(n));
  EXPECT_THAT(refused(), HasSubstr("the box does not end"));
  EXPECT_EQ(wire_.requests().size(), 3U);
}

TEST_F(ListPagesTest, TheLastPageThatIsAllowedMayBeTheLast) {
  answer({"a"}, "https://arm.test/things?page=2");
  answer({"b"}, "https://arm.test/things?page=3");
  answer({"c"});
  EXPECT_TRUE(list());
  EXPECT_THAT(taken_, ElementsAre("a", "b", "c"));
}

TEST_F(ListPagesTest, AnythingElseIsNoList) {
  for (const char* const body :
       {"", "[]", "{}", "null", R"({"value":{}})", R"({"value":"x"})", R"({"value":[)", "\xFF"}) {
    SCOPED_TRACE(body);
    wire_.answer(200, body);
    EXPECT_THAT(refused(), HasSubstr("the answer is not a box of things"));
  }
  EXPECT_THAT(taken_, IsEmpty());
}

TEST_F(ListPagesTest, WhoTakesAnItemMayEndTheList) {
  struct Case {
    Taken taken;
    std::string failure;
  };
  for (const Case& one :
       {Case{Taken::AndEnough, ""}, Case{Taken::Malformed, "the answer is not a box of things"},
        Case{Taken::TooMuch, "the box does not end"}}) {
    int items = 0;
    take_ = [&](const JsonValue&) { return ++items < 2 ? Taken::Yes : one.taken; };
    answer({"a", "b", "c"}, "https://arm.test/things?page=2");
    const auto listed = list();
    EXPECT_EQ(listed.has_value(), one.failure.empty()) << one.failure;
    if (!listed) {
      EXPECT_THAT(listed.error().message, HasSubstr(one.failure));
    }
    EXPECT_EQ(items, 2) << "nothing after it";
  }
  EXPECT_THAT(targets(), ElementsAre(kFirst, kFirst, kFirst)) << "no page after it";
}

TEST_F(ListPagesTest, AFailedPageFailsTheList) {
  answer({"a"}, "https://arm.test/things?page=2");
  wire_.answer(503);
  const auto listed = list();
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().http_status, 503);
  EXPECT_EQ(wire_.requests().size(), 2U) << "asked once without patience";
}

TEST_F(ListPagesTest, WithPatienceAPageIsAskedForAgain) {
  rules_.patience.emplace(patience());
  answer({"a"}, "https://arm.test/things?page=2");
  wire_.answer(503);
  wire_.answer(503);
  answer({"b"});
  EXPECT_TRUE(list());
  EXPECT_THAT(taken_, ElementsAre("a", "b"));
  EXPECT_EQ(wire_.requests().size(), 4U);
  EXPECT_THAT(clock_.sleeps(), IsSupersetOf<Duration>({seconds(2), seconds(4)}));
}

TEST_F(ListPagesTest, PatienceEnds) {
  rules_.patience.emplace(patience());
  wire_.answer_by([&](const HttpRequest&) -> FakeTransport::Answer {
    clock_.advance(minutes(10));
    return HttpResponse{200, {}, page({"a"}, "https://arm.test/things?page=2")};
  });
  EXPECT_THAT(refused(), HasSubstr("the box does not end"));
  rules_.patience.emplace(patience());
  wire_.answer_by([&](const HttpRequest&) -> FakeTransport::Answer {
    clock_.advance(minutes(10));
    return HttpResponse{200, {}, page({"b"})};
  });
  EXPECT_TRUE(list()) << "what is there at its end is taken";
}

TEST_F(ListPagesTest, AStopEndsTheList) {
  rules_.patience.emplace(patience());
  take_ = [&](const JsonValue&) {
    stop_.request_stop();
    return Taken::Yes;
  };
  answer({"a"}, "https://arm.test/things?page=2");
  EXPECT_FALSE(list());
  EXPECT_EQ(wire_.requests().size(), 1U);
}

}  // namespace
}  // namespace defenderd
