// What `defenderd apply`, `diff` and `report` know of what earlier writes left open: extensions
// that failed although Azure shows them as on.

#include <gmock/gmock.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGTERM is POSIX

#include <filesystem>
#include <fstream>
#include <iterator>

#include "e2e/apply_world.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned kCount = 6;

// A roll-out of the model scanner, which the service cannot install.
class ApplyOpenTest : public ApplyTest {
 protected:
  ApplyOpenTest() {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= kCount; ++n) {
      azure_.add(subscription(n, true));
      azure_.update(id(n), [](armsim::Subscription& it) {
        it.failing_extensions["AIModelScanner"] = "no role";
      });
      entries.push_back("id: " + id(n) + ", name: sub-" + std::to_string(n) +
                        ", plan: on, modelScanner: on, owner: " + (n <= 3 ? "odd" : "even"));
    }
    write("desired.yaml", desired(entries));
    std::string text = settings("journal: {file: " + path("journal.jsonl") +
                                "}\nsafety: {pace: {subscriptions: 100, stopAfterFailures: 2}}\n");
    replace_all(text, "poll: {", "poll: {workers: 1, ");
    write("settings.yaml", text);
  }
  void heal() {
    for (unsigned n = 1; n <= kCount; ++n)
      azure_.update(id(n), [](armsim::Subscription& it) { it.failing_extensions.clear(); });
  }
  [[nodiscard]] std::string journal() const {
    std::ifstream file(path("journal.jsonl"));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] Ended show(std::vector<std::string> words) const {
    for (const char* const each : {"settings", "desired"})
      words.insert(words.end(), {"-" + std::string(1, each[0] == 's' ? 'c' : 'd'),
                                 path(std::string(each) + ".yaml")});
    DaemonProcess process(words, credentials());
    const int code = process.wait_exit().value_or(-1);
    return {code, process.output()};
  }
};

TEST_F(ApplyOpenTest, AStoppedRollOutStaysStopped) {
  const Ended first = end({"--yes"});
  EXPECT_EQ(first.code, 1) << first.output;
  EXPECT_THAT(first.output, HasSubstr("0 in sync, 4 withheld, 2 failed\n"));
  const Ended second = end({"--yes"});
  EXPECT_EQ(second.code, 1) << second.output;
  EXPECT_THAT(second.output,
              AllOf(HasSubstr("modelScanner unproven -> on"), HasSubstr("withheld: RolloutStopped"),
                    HasSubstr("ExtensionFailed"), HasSubstr("0 in sync, 4 withheld, 2 failed\n")));
  EXPECT_THAT(journal(), Not(HasSubstr("\"ended\"")));
  heal();
  const Ended healed = end({"--yes"});
  EXPECT_EQ(healed.code, 1) << healed.output;
  EXPECT_THAT(healed.output, HasSubstr("Applied: 2 subscriptions changed (on 2), 2 in sync, 4 "
                                       "withheld"));
  const Ended last = end({"--yes"});
  EXPECT_EQ(last.code, 0) << last.output;
  EXPECT_THAT(last.output, HasSubstr("Applied: 4 subscriptions changed (on 4), 6 in sync\n"));
}

TEST_F(ApplyOpenTest, TheDaemonKnowsWhatApplyLeftAndTheOtherWayRound) {
  EXPECT_EQ(end({"--yes"}).code, 1);
  {
    const auto daemon = run();
    ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"failing\"} 2"))
        << daemon->output();
    EXPECT_TRUE(
        daemon->wait_metric("defenderd_subscriptions_by_reason{reason=\"RolloutStopped\"} 4"));
    daemon->signal(SIGTERM);
    ASSERT_EQ(daemon->wait_exit(), 0);
  }
  EXPECT_THAT(journal(), Not(HasSubstr("\"ended\"")));
  EXPECT_THAT(end({"--yes"}).output, HasSubstr("0 in sync, 4 withheld, 2 failed\n"));
}

TEST_F(ApplyOpenTest, ThePlanAndTheReportBesideADaemonSayWhatItSays) {
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"failing\"} 2"))
      << daemon->output();
  ASSERT_TRUE(azure_.wait_for([&] {
    return show({"diff"}).output.find("0 in sync, 4 withheld") != std::string::npos;
  })) << "the state is saved within seconds";
  const Ended diff = show({"diff"});
  EXPECT_EQ(diff.code, 1);
  EXPECT_THAT(diff.output, AllOf(HasSubstr("reports that it failed: no role"),
                                 HasSubstr("Plan: 2 subscriptions to change (on 2), 0 in sync, 4 "
                                           "withheld\n")));
  EXPECT_THAT(show({"diff", "--owner", "even"}).output,
              AllOf(HasSubstr("RolloutStopped"), Not(HasSubstr("Paced"))));
  const Ended report = show({"report", "--format", "csv"});
  EXPECT_THAT(report.output,
              AllOf(HasSubstr("modelScanner is unproven, declared on (ExtensionFailed: "),
                    Not(HasSubstr("may be missing"))));
}

TEST_F(ApplyOpenTest, AReportThatCannotReadTheStateSaysSo) {
  EXPECT_EQ(end({"--yes"}).code, 1);
  std::ofstream(path("state.json")) << "{";
  const Ended report = show({"report"});
  EXPECT_THAT(report.output, HasSubstr("extensions that Azure shows as on and that failed may be "
                                       "missing: "));
  EXPECT_FALSE(std::filesystem::exists(path("state.json.damaged"))) << "a report writes nothing";
}

}  // namespace
}  // namespace defenderd
