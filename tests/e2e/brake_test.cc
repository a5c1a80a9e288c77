// The brake and the journal, as who runs the daemon meets them.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <regex>

#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned kSubscriptions = 20;

class BrakeTest : public World {
 protected:
  BrakeTest() {
    for (unsigned n = 1; n <= kSubscriptions; ++n) {
      azure_.add(subscription(n, true, {{"AIPromptEvidence", true}}));
    }
    configure("");
    declare("on");
  }

  void configure(const std::string& safety) const {
    write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n" + safety));
  }
  // One word makes the difference.
  void declare(const std::string& plan) const {
    std::string text =
        "apiVersion: defenderd/v1\nkind: DesiredState\n"
        "defaults: {mode: enforce, plan: " +
        plan + "}\nsubscriptions:\n";
    for (unsigned n = 1; n <= kSubscriptions; ++n) text += "  - {id: " + id(n) + "}\n";
    write("desired.yaml", text);
  }
  [[nodiscard]] unsigned on() const {
    unsigned count = 0;
    for (unsigned n = 1; n <= kSubscriptions; ++n) count += azure_.plan(id(n)).on ? 1 : 0;
    return count;
  }
};

TEST_F(BrakeTest, ATerribleEditIsHeldUntilItsCodeIsConfirmed) {
  write("revision", "4f2c9d1\n");
  const auto daemon = run();
  const std::string all = std::to_string(kSubscriptions);
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + all))
      << daemon->output();
  declare("off");
  ASSERT_TRUE(
      daemon->wait_metric("defenderd_subscriptions_by_reason{reason=\"DisableBrake\"} " + all))
      << daemon->output();
  ASSERT_TRUE(daemon->wait_metric("defenderd_brake_held_changes{reason=\"DisableBrake\"} " + all));
  EXPECT_EQ(azure_.counters().writes, 0U);

  ASSERT_TRUE(daemon->wait_output("ERROR brake ")) << daemon->output();
  const std::string log = daemon->output();
  std::smatch match;
  ASSERT_TRUE(
      std::regex_search(log, match, std::regex("ERROR brake .*`confirm: ([0-9a-f]{8})` under")))
      << log;
  const std::string code = match[1];
  EXPECT_THAT(daemon->get("/api/v1/status").body, HasSubstr(code));

  configure("safety: {confirm: 00000000}\n");
  ASSERT_TRUE(daemon->wait_output("safety.confirm is 00000000, which is for other changes"));
  EXPECT_EQ(on(), kSubscriptions);
  configure("safety: {confirm: " + code + "}\n");
  ASSERT_TRUE(azure_.wait_for([&] { return on() == 0; })) << daemon->output();
  ASSERT_TRUE(daemon->wait_metric("defenderd_brake_held_changes{reason=\"DisableBrake\"} 0"));

  DaemonProcess journal({"journal", "--config", path("settings.yaml"), "--since", "1h"}, {});
  EXPECT_EQ(journal.wait_exit(), 0);
  const std::string table = journal.output();
  EXPECT_THAT(table, HasSubstr("TIME                      RESULT      SUBSCRIPTION"));
  EXPECT_THAT(table,
              HasSubstr("withheld    " + id(1) + "  plan            on -> off   DisableBrake"));
  DaemonProcess one(
      {"journal", "--config", path("settings.yaml"), "--subscription", id(7), "-o", "json"}, {});
  EXPECT_EQ(one.wait_exit(), 0);
  EXPECT_THAT(one.output(), HasSubstr("\"result\":\"withheld\",\"subscription_id\":\"" + id(7)));
  EXPECT_THAT(one.output(), Not(HasSubstr(id(8))));
  EXPECT_THAT(one.output(), ContainsRegex("\"result\":\"applied\".*\"confirmed\":\"" + code +
                                          "\",\"was_withheld\":\"DisableBrake\".*"
                                          "\"commit\":\"4f2c9d1\""));
  EXPECT_THAT(table, HasSubstr("was withheld: DisableBrake, confirmed " + code));
  EXPECT_THAT(table, ContainsRegex("Z  confirmed .*exactly " + all + " held changes"));
}

TEST_F(BrakeTest, AJournalThatCannotBeWrittenIsToldAndStopsNothing) {
  write("settings.yaml", settings("journal: {file: '-'}\n"));
  azure_.update(id(1), [](armsim::Subscription& it) { it.plan.on = false; });
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  const auto daemon = run({}, {.output = full});
  close(full);
  ASSERT_TRUE(azure_.wait_for([&] { return on() == kSubscriptions; })) << daemon->output();
  EXPECT_TRUE(daemon->wait_metric("defenderd_journal_write_errors_total 2")) << "intent and result";
  EXPECT_TRUE(daemon->wait_output("No space left on device")) << daemon->output();
}

TEST_F(BrakeTest, AJournalThatCannotBeOpenedIsABadStart) {
  write("settings.yaml", settings("journal: {file: " + path("no/such/folder/journal") + "}\n"));
  const auto daemon = run();
  EXPECT_EQ(daemon->wait_exit(), 2);
  EXPECT_THAT(daemon->output(), HasSubstr("cannot open the journal"));
  EXPECT_THAT(daemon->output(), HasSubstr("No such file or directory"));
}

struct BadCase {
  std::string what;
  std::vector<std::string> arguments;
  std::string says;
};

TEST_F(BrakeTest, AJournalThatCannotBeReadIsAnError) {
  write("none.yaml", settings());
  write("stdout.yaml", settings("journal: {file: '-'}\n"));
  write("bad.yaml", settings("journal: {fiel: x}\n"));
  for (const BadCase& item : std::vector<BadCase>{
           {"no journal", {"--config", path("none.yaml")}, "has no journal"},
           {"on stdout", {"--config", path("stdout.yaml")}, "goes to standard output"},
           {"bad settings", {"--config", path("bad.yaml")}, "did you mean"},
           {"no file yet", {"--file", path("nothing")}, "there is no journal"},
           {"bad time", {"--file", "x", "--since", "yesterday"}, "expected a duration like 24h"},
           {"bad form", {"--file", "x", "-o", "xml"}, "json"}}) {
    std::vector<std::string> arguments{"journal"};
    arguments.insert(arguments.end(), item.arguments.begin(), item.arguments.end());
    DaemonProcess journal(arguments, {});
    EXPECT_EQ(journal.wait_exit(), 2) << item.what;
    EXPECT_THAT(journal.output(), HasSubstr(item.says)) << item.what;
  }
}

}  // namespace
}  // namespace defenderd
