// The brake over restarts, departures and requested sweeps, and the file that remembers it.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "e2e/world.h"

namespace defenderd {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr unsigned kSubscriptions = 20;
constexpr unsigned kLimit = 3;

class BrakeWindowTest : public World {
 protected:
  BrakeWindowTest() {
    for (unsigned n = 1; n <= kSubscriptions; ++n) azure_.add(subscription(n, true));
    configure("");
    declare_off(1, 0);
  }

  void configure(const std::string& more) const {
    write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n" + more));
  }
  // Off from `from` to `to`, on after these, and what is below `first` not declared.
  void declare_off(unsigned from, unsigned to, unsigned first = 1) const {
    std::vector<std::string> entries;
    for (unsigned n = first; n <= kSubscriptions; ++n) {
      entries.push_back("id: " + id(n) + ", plan: " + (n >= from && n <= to ? "off" : "on"));
    }
    write("desired.yaml", desired(entries));
  }
  [[nodiscard]] unsigned on() const {
    unsigned count = 0;
    for (unsigned n = 1; n <= kSubscriptions; ++n) count += azure_.plan(id(n)).on ? 1 : 0;
    return count;
  }
  [[nodiscard]] static bool wait_held(const DaemonProcess& daemon, unsigned count) {
    return daemon.wait_metric("defenderd_brake_held_changes{reason=\"DisableBrake\"} " +
                              std::to_string(count));
  }
  [[nodiscard]] static bool wait_in_sync(const DaemonProcess& daemon, unsigned count) {
    return daemon.wait_metric("defenderd_subscriptions{state=\"in_sync\"} " +
                              std::to_string(count));
  }
  static void stop(DaemonProcess& daemon, int signal = SIGTERM) {
    daemon.signal(signal);
    ASSERT_EQ(daemon.wait_exit(), signal == SIGTERM ? 0 : 128 + signal);
  }
  // Of a line of the log, or of the command that apply prints.
  static std::string code_in(const std::string& text) {
    std::smatch match;
    return std::regex_search(text, match, std::regex("(?:`confirm: |--confirm )([0-9a-f]{8})"))
               ? std::string(match[1])
               : "";
  }
  [[nodiscard]] std::string text_of(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  int apply(const std::vector<std::string>& more, std::string& output) const {
    std::vector<std::string> arguments{
        "apply", "--yes", "--config", path("settings.yaml"), "--desired", path("desired.yaml")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    DaemonProcess process(arguments, credentials());
    const int code = process.wait_exit().value_or(-1);
    output = process.output();
    return code;
  }
};

TEST_F(BrakeWindowTest, ARestartPerEditSwitchesOffNoMoreThanTheLimit) {
  for (unsigned edit = 1; edit <= 4; ++edit) {
    declare_off(1, edit * kLimit);
    const auto daemon = run();
    if (edit == 1) {
      ASSERT_TRUE(wait_in_sync(*daemon, kSubscriptions)) << daemon->output();
    } else {
      ASSERT_TRUE(wait_held(*daemon, (edit - 1) * kLimit)) << daemon->output();
    }
    stop(*daemon, edit % 2 == 0 ? SIGTERM : SIGKILL);
    EXPECT_EQ(on(), kSubscriptions - kLimit) << "edit " << edit;
  }
  struct stat status {};
  ASSERT_EQ(stat(path("state.json").c_str(), &status), 0) << "beside the journal";
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_THAT(text_of("state.json"), HasSubstr("\"subscription\":\"" + id(kLimit) + "\""));
}

TEST_F(BrakeWindowTest, DeparturesAndRequestedSweepsSwitchOffNoMoreThanTheLimit) {
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kSubscriptions)) << daemon->output();
  declare_off(1, kLimit);
  ASSERT_TRUE(azure_.wait_for([&] { return on() == kSubscriptions - kLimit; }));
  for (unsigned edit = 1; edit < 3; ++edit) {
    const unsigned first = edit * kLimit + 1;
    declare_off(first, first + kLimit - 1, first);  // those of the edit before have left
    ASSERT_TRUE(wait_held(*daemon, kLimit)) << daemon->output();
    ASSERT_TRUE(wait_in_sync(*daemon, kSubscriptions - first + 1 - kLimit)) << daemon->output();
  }
  for (int i = 0; i < 3; ++i) {
    const auto reads = azure_.counters().reads;
    ASSERT_EQ(daemon->post("/-/reconcile").status, 202);
    ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().reads >= reads + 14; }))
        << daemon->output();
  }
  EXPECT_TRUE(wait_held(*daemon, kLimit));
  EXPECT_EQ(on(), kSubscriptions - kLimit);
}

TEST_F(BrakeWindowTest, ACodeIsUsedUpAlsoAfterARestart) {
  declare_off(1, kSubscriptions);
  std::string code;
  {
    const auto daemon = run();
    ASSERT_TRUE(daemon->wait_output("ERROR brake ")) << daemon->output();
    code = code_in(daemon->output());
    configure("safety: {confirm: " + code + "}\n");
    ASSERT_TRUE(azure_.wait_for([&] { return on() == 0; })) << daemon->output();
    stop(*daemon, SIGKILL);
  }
  declare_off(1, 0);
  {
    const auto daemon = run();
    ASSERT_TRUE(azure_.wait_for([&] { return on() == kSubscriptions; })) << daemon->output();
    stop(*daemon);
  }
  declare_off(1, kSubscriptions);
  {
    const auto daemon = run();
    ASSERT_TRUE(wait_held(*daemon, kSubscriptions)) << daemon->output();
    ASSERT_TRUE(daemon->wait_output("safety.confirm is " + code + ", which was already used"));
    stop(*daemon);
  }
  EXPECT_EQ(on(), kSubscriptions);

  // Nor does it for apply, which names the right one.
  std::string output;
  EXPECT_EQ(apply({"--confirm", code}, output), 1);
  EXPECT_THAT(output, HasSubstr("--confirm \"" + code + "\" was already used"));
  EXPECT_EQ(on(), kSubscriptions);
  const std::string next = code_in(output);
  EXPECT_NE(next, code);
  EXPECT_EQ(apply({"--confirm", next}, output), 0) << output;
  EXPECT_EQ(on(), 0U);
}

TEST_F(BrakeWindowTest, ApplySharesTheWindow) {
  std::string output;
  for (unsigned edit = 1; edit <= 3; ++edit) {
    declare_off(1, edit * kLimit);
    EXPECT_EQ(apply({}, output), edit == 1 ? 0 : 1) << output;
    EXPECT_EQ(on(), kSubscriptions - kLimit);
  }
  EXPECT_THAT(output, HasSubstr("than the 3 that safety.maxDisablesPerSweep allows within 1h"));
  const auto daemon = run();
  ASSERT_TRUE(wait_held(*daemon, 2 * kLimit)) << daemon->output();
  EXPECT_EQ(apply({}, output), 2) << "the daemon has both files";
  EXPECT_THAT(output, HasSubstr("in use by another defenderd"));
  EXPECT_EQ(on(), kSubscriptions - kLimit);
}

TEST_F(BrakeWindowTest, WithoutAUsableFileTheJournalTellsTheWindow) {
  declare_off(1, kLimit);
  {
    const auto daemon = run();
    ASSERT_TRUE(wait_in_sync(*daemon, kSubscriptions)) << daemon->output();
    stop(*daemon);
  }
  write("state.json", "{\"version\": 2, \"of\": \"tomorrow\"}");
  declare_off(1, 2 * kLimit);
  {
    const auto daemon = run();
    ASSERT_TRUE(wait_held(*daemon, kLimit)) << daemon->output();
    EXPECT_THAT(daemon->output(),
                HasSubstr("ERROR state  the saved state cannot be used: it has "
                          "version 2, but this defenderd only supports version 1; it "
                          "was moved to " +
                          path("state.json.damaged")));
    stop(*daemon);
  }
  EXPECT_EQ(on(), kSubscriptions - kLimit);
  EXPECT_EQ(text_of("state.json.damaged"), "{\"version\": 2, \"of\": \"tomorrow\"}");
  std::filesystem::remove(path("state.json"));
  const auto daemon = run();
  ASSERT_TRUE(wait_held(*daemon, kLimit)) << daemon->output();
  EXPECT_EQ(on(), kSubscriptions - kLimit);
}

TEST_F(BrakeWindowTest, TwoOnOneStateAreRefused) {
  write("settings.yaml", settings("state: {file: " + path("mine.json") + "}\n"));
  const auto first = run();
  ASSERT_TRUE(wait_in_sync(*first, kSubscriptions)) << first->output();
  const auto second = run();
  EXPECT_EQ(second->wait_exit(), 2);
  EXPECT_THAT(second->output(),
              HasSubstr("the state file " + path("mine.json") + " is in use by another defenderd"));
}

TEST_F(BrakeWindowTest, AStartWithoutStateSaysWhatARestartForgets) {
  write("settings.yaml", settings());
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, kSubscriptions)) << daemon->output();
  EXPECT_THAT(
      daemon->output(),
      HasSubstr("INFO  state  there is no state file: a restart forgets how long states "
                "and drifts have lasted, what was switched in the last 1h, which codes were "
                "used, which fields are contested, and what left the desired state"));
}

TEST_F(BrakeWindowTest, AStateThatCannotBeSavedIsToldAndStopsNothing) {
  write("settings.yaml", settings("state: {file: " + path("mine.json") + "}\n"));
  std::filesystem::create_directory(path("mine.json.new"));
  write("mine.json.new/x", "");
  declare_off(1, kLimit);
  const auto daemon = run();
  ASSERT_TRUE(azure_.wait_for([&] { return on() == kSubscriptions - kLimit; })) << daemon->output();
  EXPECT_THAT(daemon->output(), HasSubstr("ERROR state  cannot write the state file"));
  EXPECT_TRUE(daemon->wait_get("/metrics", "defenderd_state_write_errors_total 4"))
      << "at the start, and before each write";
  declare_off(1, 2 * kLimit);
  ASSERT_TRUE(wait_held(*daemon, kLimit)) << "nothing is forgotten while it runs";
  EXPECT_EQ(on(), kSubscriptions - kLimit);
  std::filesystem::remove_all(path("mine.json.new"));
  EXPECT_TRUE(daemon->wait_output("the state can be saved again")) << daemon->output();
  EXPECT_THAT(text_of("mine.json"), HasSubstr(id(kLimit)));
}

}  // namespace
}  // namespace defenderd
