#include "app/unmanaged.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "reconcile/scope_follower.h"
#include "support/builders.h"
#include "support/damaged_text.h"
#include "support/fake_clock.h"
#include "support/fake_subscription_source.h"

namespace defenderd {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

// The listings come from a real follower.
struct Listed {
  void step() { follower.step({}); }

  FakeClock clock;
  FakeSubscriptionSource source;
  Unmanaged unmanaged{clock};
  Unmanaged::Update last;
  std::vector<CoverageRow> first_seen;
  ScopeFollower follower{source,
                         clock,
                         std::nullopt,
                         {[this](const Resolution& resolution, const ScopeNews& news) {
                            last = unmanaged.resolved(resolution, news);
                            first_seen.insert(first_seen.end(), last.first_seen.begin(),
                                              last.first_seen.end());
                          },
                          {}}};
};

class UnmanagedTest : public testing::Test {
 protected:
  // One that nothing declares, one that left its scope, and one that is no longer visible.
  void SetUp() override {
    before_.source.put(visible(1, ""));
    for (unsigned n = 2; n <= 4; ++n) before_.source.put(visible(n, "mg"));
    before_.follower.set_declared(scope_of("mg"));
    before_.step();
    before_.clock.advance(1h);
    before_.source.put(visible(2, "other"));
    before_.source.remove(subscription_id(3));
    before_.step();
    ASSERT_THAT(before_.last.rows, SizeIs(3));
  }
  void restart() {
    before_.clock.advance(1h);
    const auto memory = parse_coverage_section(format(before_.unmanaged.memory()));
    ASSERT_TRUE(memory) << memory.error().message;
    EXPECT_EQ(*memory, before_.unmanaged.memory());
    after_.clock.advance_to(before_.clock.steady_now());
    after_.unmanaged.recall(*memory);
    after_.source.put(visible(1, ""));
    after_.source.put(visible(2, "other"));
    after_.source.put(visible(4, "mg"));
    after_.follower.set_declared(scope_of("mg"));
  }

  Listed before_;
  Listed after_;
};

TEST_F(UnmanagedTest, IsTheSameAfterARestart) {
  restart();
  after_.step();
  EXPECT_EQ(after_.last.rows, before_.last.rows);
  EXPECT_EQ(after_.last.left, before_.last.left);
  EXPECT_THAT(after_.last.left_scope, IsEmpty());
  EXPECT_THAT(after_.first_seen, IsEmpty()) << "it was reported before";
}

TEST_F(UnmanagedTest, IsRememberedWhileNothingCanBeListed) {
  restart();
  after_.source.fail(failure(Reason::ServerError, NextTry::Soon));
  after_.step();
  EXPECT_EQ(after_.unmanaged.memory().first_seen, before_.unmanaged.memory().first_seen);
  after_.source.fail(std::nullopt);
  after_.step();
  EXPECT_EQ(after_.last.rows, before_.last.rows);
}

TEST_F(UnmanagedTest, TheRevisionChangesWithWhatIsRemembered) {
  const std::uint64_t known = before_.unmanaged.revision();
  before_.step();
  EXPECT_EQ(before_.unmanaged.revision(), known);
  before_.source.put(visible(4, "other"));
  before_.step();
  EXPECT_GT(before_.unmanaged.revision(), known);
}

TEST_F(UnmanagedTest, AnUnknownFormIsAnError) {
  const std::string good = format(before_.unmanaged.memory());
  expect_rejects_each(good,
                      {{good, "[]"},
                       {"\"firstSeen\":{", "\"firstSeen\":[{"},
                       {"000000000001\":\"2", "000000000001\":\"x"},
                       {R"({"id":"0000)", R"({"id":"00)"},
                       {"\"LeftScope\"", "\"Gone\""},
                       {R"("since":"2)", R"("since":"x)"}},
                      parse_coverage_section);
}

}  // namespace
}  // namespace defenderd
