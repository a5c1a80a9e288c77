// A desired file while it is being written: what half of it says must not act.

#include <gmock/gmock.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

#include "e2e/world.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

// On in Azure, and declared off by the very last line.
constexpr unsigned kFleet = 12;
const std::string kLastLine = "    promptEvidence: off\n";

// Has a file open for writing, in this process alone: a child that inherits it would have it open
// as well.
class FileWriter {
 public:
  explicit FileWriter(const std::string& path) : file_(std::fopen(path.c_str(), "we")) {}
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter() { close(); }
  void write(const std::string& text) {
    std::fputs(text.c_str(), file_);
    std::fflush(file_);
  }
  void close() {
    if (file_ != nullptr) std::fclose(std::exchange(file_, nullptr));
  }

 private:
  std::FILE* file_;
};

class HalfWrittenTest : public World {
 protected:
  HalfWrittenTest() {
    for (unsigned n = 1; n <= kFleet; ++n) {
      azure_.add(subscription(n, true, {{"AIPromptEvidence", false}}));
    }
    write("desired.yaml", whole());
  }

  // As its defaults have evidence on, an entry without its last line switches it on.
  static std::string whole() {
    std::string text =
        "apiVersion: defenderd/v1\nkind: DesiredState\ndefaults: {mode: enforce, plan: on, "
        "promptEvidence: on}\nsubscriptions:\n";
    for (unsigned n = 1; n <= kFleet; ++n) text += "  - id: " + id(n) + "\n" + kLastLine;
    return text;
  }
  static std::string without_last_line() {
    return whole().substr(0, whole().size() - kLastLine.size());
  }

  void start() {
    daemon_ = run();
    ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 12"))
        << daemon_->output();
  }
  void start_with_state() {
    write("settings.yaml", settings("state: {file: " + path("state.json") + "}\n"));
    daemon_ = run();
  }
  void expect_all_in_sync() {
    ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 12"))
        << daemon_->output();
  }
  // Reads everything again, so that whatever is in force acts.
  void expect_nothing_happened() {
    const auto reads = azure_.counters(id(kFleet)).reads;
    ASSERT_EQ(daemon_->post("/-/reconcile").status, 202);
    ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters(id(kFleet)).reads > reads; }));
    EXPECT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 12"))
        << daemon_->output();
    EXPECT_EQ(azure_.counters().writes, 0U);
  }

  std::unique_ptr<DaemonProcess> daemon_;
};

TEST_F(HalfWrittenTest, CreatedAnewAndPausedBeforeTheLastLine) {
  start();
  fs::remove(path("desired.yaml"));
  FileWriter writer(path("desired.yaml"));
  writer.write(without_last_line());
  ASSERT_TRUE(daemon_->wait_output("desired.yaml is being written")) << daemon_->output();
  expect_nothing_happened();
  writer.write(kLastLine + "# whole\n");
  writer.close();
  ASSERT_TRUE(daemon_->wait_output("the desired state was reloaded")) << daemon_->output();
  expect_nothing_happened();
}

TEST_F(HalfWrittenTest, ACopyThatIsCutOffWaitsForTheNextOne) {
  start();
  for (const std::string& half : {without_last_line(), whole().substr(0, 500)}) {
    std::ofstream(path("desired.yaml")) << "# copied again\n" << half;
    const auto answer = daemon_->post("/-/reload");
    EXPECT_EQ(answer.status, 202) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr("not in force yet: "));
    expect_nothing_happened();
    std::ofstream(path("desired.yaml")) << whole();
    EXPECT_TRUE(daemon_->wait_get("/metrics", "defenderd_config_last_reload_successful 1"));
  }
  EXPECT_THAT(daemon_->output(), Not(HasSubstr("WARN")));
}

TEST_F(HalfWrittenTest, AFileWithoutALineEndAtItsEndIsTakenWithAWarning) {
  write("settings.yaml", settings());
  write("desired.yaml", whole() + "# no line end");
  DaemonProcess check(
      {"check", "--config", path("settings.yaml"), "--desired", path("desired.yaml")}, {});
  EXPECT_TRUE(check.wait_output("has no line end; it takes effect in ")) << check.output();
  EXPECT_EQ(check.wait_exit(), 0) << check.output();
  EXPECT_TRUE(check.wait_output("warning: the last line of ")) << check.output();
  EXPECT_THAT(check.output(), HasSubstr("12 subscriptions"));
}

// `diff`, and a start like it: what acts at once must not begin with half a file.
TEST_F(HalfWrittenTest, ACommandWaitsForTheWriter) {
  write("settings.yaml", settings());
  FileWriter writer(path("desired.yaml"));
  writer.write(without_last_line());
  DaemonProcess apply(
      {"apply", "--yes", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
      credentials());
  ASSERT_TRUE(apply.wait_output("nothing shows that its writer has finished")) << apply.output();
  writer.write(kLastLine);
  writer.close();
  EXPECT_EQ(apply.wait_exit(), 0) << apply.output();
  EXPECT_EQ(azure_.counters().writes, 0U);
}

// kubelet kills it while a copy is under way.
TEST_F(HalfWrittenTest, ARestartTakesNoHalfOfAFile) {
  start_with_state();
  expect_all_in_sync();
  daemon_->signal(SIGKILL);
  ASSERT_TRUE(daemon_->wait_exit());
  std::ofstream(path("desired.yaml")) << without_last_line();
  start_with_state();
  ASSERT_TRUE(daemon_->wait_get("/readyz", "before the restart is missing from desired.yaml"))
      << daemon_->output();
  EXPECT_EQ(daemon_->get("/readyz").status, 503);
  EXPECT_EQ(daemon_->get("/healthz").status, 200);
  std::ofstream(path("desired.yaml")) << whole();
  ASSERT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 12"))
      << daemon_->output();
  EXPECT_EQ(daemon_->get("/readyz").status, 200);
  expect_nothing_happened();
  EXPECT_THAT(daemon_->output(), Not(HasSubstr("WARN")));
}

TEST_F(HalfWrittenTest, WhatStaysHalfIsTakenAfterARestartWithAWarning) {
  start_with_state();
  expect_all_in_sync();
  daemon_->signal(SIGTERM);
  ASSERT_TRUE(daemon_->wait_exit());
  std::string fewer = whole();
  fewer.resize(fewer.size() - kLastLine.size() - id(1).size() - std::string("  - id: \n").size());
  std::ofstream(path("desired.yaml")) << fewer;
  start_with_state();
  ASSERT_TRUE(daemon_->wait_output("it is in force because it no longer changes"))
      << daemon_->output();
  EXPECT_TRUE(daemon_->wait_metric("defenderd_subscriptions{state=\"in_sync\"} 11"))
      << daemon_->output();
  EXPECT_EQ(daemon_->get("/readyz").status, 200);
  EXPECT_EQ(azure_.counters().writes, 0U);
}

TEST_F(HalfWrittenTest, ASignalEndsTheWaitForAWriter) {
  write("settings.yaml", settings());
  FileWriter writer(path("desired.yaml"));
  writer.write(without_last_line());
  for (const char* command : {"run", "diff", "check"}) {
    DaemonProcess process(
        {command, "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
        credentials());
    ASSERT_TRUE(process.wait_output("nothing shows that its writer")) << process.output();
    process.signal(SIGTERM);
    EXPECT_TRUE(process.wait_exit(std::chrono::seconds(10))) << command << process.output();
  }
}

}  // namespace
}  // namespace defenderd
