// The emergency stop, as who runs the daemon meets it: by an edit, and by a command.

#include <gmock/gmock.h>

#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned kFleet = 200;
constexpr unsigned kWorkers = 8;  // so many writes may be in progress when a freeze begins

class FreezeTest : public World {
 protected:
  // All are off and declared on: two hundred drifts, written a few at a time.
  FreezeTest() {
    declare_on(kFleet, false);
    configure("");
  }
  void configure(const std::string& safety) const {
    std::string text = settings("journal: {file: " + path("journal.jsonl") + "}\n" + safety);
    replace_all(text, "writesPerSecond: 1000", "writesPerSecond: 25");
    replace_all(text, "jitter: 0%", "jitter: 0%, workers: " + std::to_string(kWorkers));
    write("settings.yaml", text);
  }
  [[nodiscard]] unsigned on() const {
    unsigned count = 0;
    for (unsigned n = 1; n <= kFleet; ++n) count += azure_.plan(id(n)).on ? 1 : 0;
    return count;
  }
  struct Ended {
    int code = -1;
    std::string output;
  };
  static Ended command(std::vector<std::string> arguments, const DaemonProcess& daemon) {
    arguments.insert(arguments.end(),
                     {"--url", "http://127.0.0.1:" + std::to_string(daemon.port())});
    DaemonProcess process(std::move(arguments), {});
    const int code = process.wait_exit().value_or(-1);
    return {code, process.output()};
  }
  // From now on nothing is written but what is in progress; everything else waits.
  void expect_frozen(const DaemonProcess& daemon) {
    const std::size_t writes = azure_.counters().writes;
    ASSERT_TRUE(daemon.wait_body("/api/v1/status", [&](const std::string& body) {
      return body.find("\"Frozen\":" + std::to_string(kFleet - on()) + "}") != std::string::npos;
    })) << daemon.output();
    EXPECT_LE(azure_.counters().writes, writes + kWorkers);
    EXPECT_GT(on(), 0U);
    EXPECT_LT(on(), kFleet);
    const std::size_t reads = azure_.counters().reads;
    const std::size_t frozen_at = azure_.counters().writes;
    EXPECT_EQ(daemon.post("/-/reconcile").status, 202);
    ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().reads >= reads + kFleet; }))
        << "everything is still observed";
    EXPECT_EQ(azure_.counters().writes, frozen_at);
  }
  void expect_all_written(const DaemonProcess& daemon) {
    ASSERT_TRUE(azure_.wait_for([&] { return on() == kFleet; })) << daemon.output();
    ASSERT_TRUE(
        daemon.wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(kFleet)));
  }
};

TEST_F(FreezeTest, ACommandStopsTwoHundredDriftsInFlightAndARestartRemembers) {
  auto daemon = run();
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().writes >= 20; })) << daemon->output();
  const Ended frozen = command({"freeze", "--reason", "incident 4711", "--by", "alice"}, *daemon);
  EXPECT_EQ(frozen.code, 0);
  EXPECT_THAT(
      frozen.output,
      AllOf(HasSubstr("writes are frozen until the freeze is removed: incident 4711 (alice)"),
            HasSubstr("defenderd thaw --reason")));
  EXPECT_THAT(frozen.output, Not(HasSubstr("a restart forgets")));
  expect_frozen(*daemon);
  EXPECT_THAT(daemon->get("/api/v1/status").body,
              AllOf(HasSubstr("\"reason\":\"incident 4711\",\"by\":\"alice\",\"inForce\":true"),
                    HasSubstr("\"source\":\"api\"")));

  daemon.reset();  // kill -9: without a chance to save anything
  daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_writes_frozen{reason=\"incident 4711\"} 1"))
      << daemon->output();
  expect_frozen(*daemon);
  EXPECT_THAT(daemon->output(), Not(HasSubstr("WARN  freeze"))) << "it was reported before";

  const Ended thawed = command({"thaw", "--reason", "all clear", "--by", "bob"}, *daemon);
  EXPECT_EQ(thawed.code, 0);
  EXPECT_EQ(thawed.output, "1 freeze has ended\n  incident 4711 (alice)\n");
  expect_all_written(*daemon);
  DaemonProcess journal({"journal", "--config", path("settings.yaml")}, {});
  EXPECT_EQ(journal.wait_exit(), 0);
  EXPECT_THAT(journal.output(),
              AllOf(HasSubstr("freeze"), HasSubstr("incident 4711 (alice)"), HasSubstr("thaw"),
                    HasSubstr("all clear (bob)"),
                    ContainsRegex("Z  applied .* off -> on +was withheld: Frozen")));
}

TEST_F(FreezeTest, AnEditStopsThemAndItsRemovalLetsThemGoOn) {
  const auto daemon = run();
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().writes >= 20; })) << daemon->output();
  configure("safety: {maxEnablesPerSweep: none, freeze: [{reason: year-end}]}\n");
  ASSERT_TRUE(daemon->wait_metric("defenderd_writes_frozen{reason=\"year-end\"} 1"))
      << daemon->output();
  expect_frozen(*daemon);
  const Ended thawed = command({"thaw", "--reason", "all clear"}, *daemon);
  EXPECT_EQ(thawed.code, 0);
  EXPECT_THAT(thawed.output, AllOf(HasSubstr("there was no freeze by the API"),
                                   HasSubstr("still frozen by the settings"),
                                   HasSubstr("settings.yaml:"), HasSubstr("year-end")));
  configure("");
  expect_all_written(*daemon);
}

// Typed in a hurry: such settings wait ten seconds, and their freeze does not.
TEST_F(FreezeTest, OneInAFileWithoutALineEndActsAtOnce) {
  const auto daemon = run();
  ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().writes >= 20; })) << daemon->output();
  configure("safety: {maxEnablesPerSweep: none, freeze: [{reason: incident}]}");
  ASSERT_TRUE(daemon->wait_metric("defenderd_writes_frozen{reason=\"incident\"} 1"))
      << daemon->output();
  EXPECT_THAT(daemon->output(), Not(HasSubstr("the settings were reloaded")));
  expect_frozen(*daemon);
  ASSERT_TRUE(daemon->wait_output("the settings were reloaded")) << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_writes_frozen{reason=\"incident\"} 1"));
  EXPECT_THAT(daemon->output(), Not(HasSubstr("the freeze is over")));
}

TEST_F(FreezeTest, CommandsSayWhatIsWrong) {
  configure("safety: {freeze: [{reason: year-end}]}\n");
  const auto daemon = run();
  const Ended late =
      command({"freeze", "--reason", "x", "--until", "2020-01-01T00:00:00Z"}, *daemon);
  EXPECT_EQ(late.code, 1);
  EXPECT_THAT(late.output, HasSubstr("until is not in the future"));
  const Ended owner = command({"freeze", "--reason", "x", "--owner", "nobody"}, *daemon);
  EXPECT_EQ(owner.code, 1);
  EXPECT_THAT(owner.output, HasSubstr("no subscription has the owner"));
  EXPECT_EQ(command({"freeze", "--reason", "one"}, *daemon).code, 0);
  EXPECT_EQ(command({"freeze", "--reason", "two"}, *daemon).code, 0);
  const Ended several = command({"thaw", "--reason", "all clear"}, *daemon);
  EXPECT_EQ(several.code, 1);
  EXPECT_THAT(several.output,
              ContainsRegex("or end all \\(all=true, --all\\)\n  [0-9a-f]{8}  one \\(.*\\)\n  "
                            "[0-9a-f]{8}  two \\(.*\\)\n$"))
      << "a line for each";
  DaemonProcess nobody({"freeze", "--reason", "x", "--url", "http://127.0.0.1:1"}, {});
  EXPECT_EQ(nobody.wait_exit(), 2);
  EXPECT_THAT(nobody.output(), HasSubstr("the daemon did not answer"));
  DaemonProcess unsaid({"freeze", "--url", "http://127.0.0.1:1"}, {});
  EXPECT_EQ(unsaid.wait_exit(), 2);
  EXPECT_THAT(unsaid.output(), HasSubstr("--reason is required"));
}

}  // namespace
}  // namespace defenderd
