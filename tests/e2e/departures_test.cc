// What leaves the list is left alone at once, and not in silence.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "e2e/world.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class DeparturesTest : public World {
 protected:
  DeparturesTest() {
    for (unsigned n = 1; n <= 12; ++n) azure_.add(subscription(n, true));
    fs::create_directory(path("teams"));
    write("settings.yaml", settings());
    write_team("a.yaml", 1, 7);
    write_team("b.yaml", 8, 12);
  }

  void write_team(const std::string& name, unsigned from, unsigned to) const {
    write(name, team(from, to));
    fs::rename(path(name), path("teams/" + name));
  }
  static std::string team(unsigned from, unsigned to) {
    std::vector<std::string> entries;
    for (unsigned n = from; n <= to; ++n) entries.push_back("id: " + id(n) + ", plan: on");
    return desired(entries);
  }

  std::unique_ptr<DaemonProcess> start() {
    auto daemon = std::make_unique<DaemonProcess>(
        std::vector<std::string>{"run", "--config", path("settings.yaml"), "--desired",
                                 path("teams")},
        credentials());
    EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 12"))
        << daemon->output();
    return daemon;
  }
};

TEST_F(DeparturesTest, ADeletedTeamFileIsReportedUntilItIsBack) {
  const auto daemon = start();
  EXPECT_TRUE(daemon->wait_metric("defenderd_departed_subscriptions{edit=\"few\"} 0"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_departed_subscriptions{edit=\"many\"} 0"));
  fs::remove(path("teams/b.yaml"));
  ASSERT_TRUE(
      daemon->wait_output("5 of 12 subscriptions were removed from the desired state by this edit"))
      << daemon->output();
  EXPECT_THAT(daemon->output(), HasSubstr("teams/b.yaml (5); if this is a mistake"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_departed_subscriptions{edit=\"many\"} 5"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 7"));
  EXPECT_THAT(daemon->get("/api/v1/status").body, HasSubstr(id(12)));
  write_team("b.yaml", 8, 12);
  ASSERT_TRUE(daemon->wait_output(
      "5 subscriptions that had been removed from the desired state are declared"))
      << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_departed_subscriptions{edit=\"many\"} 0"));
  EXPECT_EQ(azure_.counters().writes, 0U);
}

TEST_F(DeparturesTest, OneThatIsTakenOutIsNoAlarm) {
  const auto daemon = start();
  write_team("a.yaml", 2, 7);
  ASSERT_TRUE(daemon->wait_metric("defenderd_departed_subscriptions{edit=\"few\"} 1"));
  EXPECT_TRUE(daemon->wait_metric("defenderd_departed_subscriptions{edit=\"many\"} 0"));
  EXPECT_THAT(daemon->output(), Not(HasSubstr("WARN  left_list")));
}

TEST_F(DeparturesTest, CheckShowsThemBeforehand) {
  fs::copy(path("teams"), path("new"), fs::copy_options::recursive);
  const auto check = [&](const std::string& against) {
    DaemonProcess process({"check", "--config", path("settings.yaml"), "--desired", path("new"),
                           "--against", path(against)},
                          {});
    const int code = process.wait_exit().value_or(-1);
    process.wait_output("\n");
    return std::to_string(code) + ": " + process.output();
  };
  EXPECT_THAT(check("teams"), HasSubstr("nothing is removed, added or changed"));
  fs::remove(path("new/b.yaml"));
  write("new/a.yaml",
        team(2, 6) + "  - {id: " + id(7) + ", plan: off}\n  - {id: " + id(9) + ", plan: on}\n");
  const std::string report = check("teams");
  EXPECT_THAT(report, testing::StartsWith("1: "));
  EXPECT_THAT(report, HasSubstr("5 subscriptions removed, left as they are:\n  - " + id(1)));
  EXPECT_THAT(report, HasSubstr("1 subscription changed:\n  ~ " + id(7)));
  EXPECT_THAT(report, HasSubstr(": plan\n"));
  write("new/b.yaml",
        team(13, 13) + "  - {id: " + id(1) + ", plan: on}\n  - {id: " + id(8) + ", plan: on}\n");
  EXPECT_THAT(check("teams"), HasSubstr("3 subscriptions removed"));
  EXPECT_THAT(check("teams"), HasSubstr("1 subscription added:\n  + " + id(13)));
  write("teams/bad.yaml", "kind: x\n");
  EXPECT_THAT(check("teams"), testing::StartsWith("2: "));
}

}  // namespace
}  // namespace defenderd
