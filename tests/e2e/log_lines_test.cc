// How much the log says of a large fleet: one cause is a few lines, and a restart repeats none of
// them.

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Lt;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr unsigned kFleet = 300;

class LogLinesTest : public World {
 protected:
  LogLinesTest() { configure(""); }
  void configure(const std::string& log) const {
    std::string text = settings("journal: {file: " + path("journal.jsonl") + "}\n");
    if (!log.empty()) replace_all(text, "log: {format: text, level: info}", log);
    write("settings.yaml", text);
  }
  // Declared with the plan off, in this mode; Azure has it on.
  void declare(const std::string& mode) {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= kFleet; ++n) {
      azure_.add(subscription(n, true));
      entries.push_back("id: " + id(n) + ", name: sub-" + std::to_string(n) +
                        ", plan: off, mode: " + mode);
    }
    write("desired.yaml", desired(entries));
  }
  static std::vector<std::string> lines(const std::string& output, const std::string& word = "") {
    std::istringstream in(output);
    std::vector<std::string> result;
    for (std::string line; std::getline(in, line);)
      if (line.find(word) != std::string::npos) result.push_back(line);
    return result;
  }
  // Until the sweep that it asks for has ended.
  static void sweep(const DaemonProcess& daemon) {
    const auto last = [&] {
      return nlohmann::json::parse(daemon.get("/api/v1/status").body)["lastSweep"];
    };
    const auto before = last();
    ASSERT_EQ(daemon.post("/-/reconcile").status, 202);
    ASSERT_TRUE(daemon.wait_body("/api/v1/status", [&](const std::string& body) {
      return nlohmann::json::parse(body)["lastSweep"] != before;
    }));
  }
  static std::string stop(DaemonProcess& daemon) {
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait_exit(), 0);
    return daemon.output();
  }
  // What a second run logs that begins with the state of the first.
  std::string restarted() {
    const auto daemon = run();
    EXPECT_TRUE(daemon->wait_output("first_sweep")) << daemon->output();
    sweep(*daemon);
    return stop(*daemon);
  }
};

TEST_F(LogLinesTest, AFleetThatDiffersInObserveMode) {
  declare("observe");
  auto daemon = run();
  ASSERT_TRUE(daemon->wait_output("290 more changes")) << daemon->output();
  ASSERT_TRUE(daemon->wait_output("first_sweep")) << daemon->output();
  sweep(*daemon);
  const std::string first = stop(*daemon);
  EXPECT_THAT(lines(first), SizeIs(Lt(20U)));
  EXPECT_THAT(lines(first, " withheld "), SizeIs(11U)) << "ten, and the number of the others";
  const std::string second = restarted();
  EXPECT_THAT(second, AllOf(Not(HasSubstr(" withheld ")), Not(HasSubstr("recovered")),
                            HasSubstr("0 of 300 are as declared, 300 differ")));
  EXPECT_THAT(lines(second), SizeIs(Lt(8U))) << second;
}

TEST_F(LogLinesTest, AFleetWhoseRolesAreMissing) {
  declare("enforce");
  azure_.inject(
      armsim::Fault::answer(armsim::Operation::Read, 403, "AuthorizationFailed", "no").repeated(0));
  auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_incident_subscriptions{reason=\"Forbidden\"} 300"))
      << daemon->output();
  ASSERT_TRUE(daemon->wait_output("first_sweep")) << daemon->output();
  sweep(*daemon);
  const std::string first = stop(*daemon);
  EXPECT_THAT(lines(first), SizeIs(Lt(20U)));
  EXPECT_THAT(lines(first, "and maybe more fail for one cause"), SizeIs(1U)) << first;
  EXPECT_THAT(lines(first, " failed "), SizeIs(10U)) << first;
  const std::string second = restarted();
  EXPECT_THAT(second, AllOf(Not(HasSubstr(" failed ")), Not(HasSubstr(" incident ")),
                            HasSubstr("300 are not known")));
  EXPECT_THAT(lines(second), SizeIs(Lt(8U))) << second;
}

TEST_F(LogLinesTest, AFleetWithoutATokenAndItsEnd) {
  declare("observe");
  azure_.inject(
      armsim::Fault::answer(armsim::Operation::Token, 503, "temporarily_unavailable").repeated(0));
  auto daemon = run();
  ASSERT_TRUE(
      daemon->wait_metric("defenderd_incident_subscriptions{reason=\"CredentialFailed\"} 300"))
      << daemon->output();
  EXPECT_THAT(lines(daemon->output()), SizeIs(Lt(20U)));
  azure_.clear_faults();
  ASSERT_TRUE(daemon->wait_metric("defenderd_incident_active{reason=\"CredentialFailed\"} 0"))
      << daemon->output();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions_known{value=\"different\"} 300"));
  const std::string all = stop(*daemon);
  EXPECT_THAT(lines(all, "incident ended"), SizeIs(1U)) << all;
}

TEST_F(LogLinesTest, ForJournaldEachLineHasItsPriorityAndNoTime) {
  configure("log: {format: journald}");
  declare("observe");
  azure_.inject(
      armsim::Fault::answer(armsim::Operation::Read, 403, "AuthorizationFailed", "no").repeated(0));
  auto daemon = run();
  ASSERT_TRUE(daemon->wait_output("first_sweep")) << daemon->output();
  const std::string all = stop(*daemon);
  EXPECT_THAT(lines(all), Each(testing::MatchesRegex("<[346]>(ERROR|WARN |INFO ) [a-z_]+  .*")));
  EXPECT_THAT(lines(all, " failed "), Each(StartsWith("<3>ERROR failed  sub-")));
  EXPECT_THAT(lines(all, " first_sweep "), Each(StartsWith("<6>INFO  ")));
}

}  // namespace
}  // namespace defenderd
