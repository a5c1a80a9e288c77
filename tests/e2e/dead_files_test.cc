// Paths that lead to no file that could be read: named pipes, and a file system that does not
// answer.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "e2e/world.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DeadFilesTest : public World {
 protected:
  DeadFilesTest() {
    azure_.add(subscription(1, true));
    write("desired.yaml", desired({"id: " + id(1) + ", name: first, plan: on"}));
  }

  void make_pipe(const std::string& name) const {
    std::remove(path(name).c_str());
    ASSERT_EQ(::mkfifo(path(name).c_str(), 0600), 0);
  }

  // What `command` says before it ends by itself with 2.
  std::string failing_output(const std::string& command,
                             std::map<std::string, std::string> environment) const {
    DaemonProcess process(
        {command, "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
        std::move(environment));
    EXPECT_EQ(process.wait_exit(), 2) << command << process.output();
    process.wait_output("\n");
    return process.output();
  }

  // With calls about `name` that block while "dead" exists.
  [[nodiscard]] std::map<std::string, std::string> with_dead(const std::string& name) const {
    auto environment = credentials();
    environment["LD_PRELOAD"] = DEAD_FILE_SYSTEM;
    environment["DEAD_PATH"] = name;
    environment["DEAD_WHILE"] = path("dead");
    return environment;
  }
  void die() const { std::ofstream(path("dead")) << "x"; }
  void revive() const { fs::remove(path("dead")); }

  // With a journal and a state.
  void keep_records() const {
    write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") +
                                    "}\nstate: {file: " + path("state.json") + "}\n"));
  }
  // Each drift is another subscription's: one that was just written is still being verified.
  void expect_corrects(const DaemonProcess& daemon, unsigned n) {
    azure_.update(id(n), [](armsim::Subscription& drifted) { drifted.plan.on = false; });
    EXPECT_EQ(daemon.post("/-/reconcile?subscription=" + id(n)).status, 202);
    EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(n)).on; }, kSoon)) << daemon.output();
  }

  static constexpr std::chrono::seconds kSoon{30};
};

TEST_F(DeadFilesTest, APipeIsRefusedInWordsWhereverItIsNamed) {
  for (const char* command : {"run", "diff"}) {
    for (const char* name : {"settings.yaml", "desired.yaml", "ca.pem"}) {
      const fs::path kept = path(std::string(name) + ".kept");
      fs::copy(path(name), kept);
      make_pipe(name);
      const std::string output = failing_output(command, credentials());
      EXPECT_THAT(output, HasSubstr(name)) << command;
      EXPECT_THAT(output, HasSubstr("a named pipe, expected a regular file")) << command;
      fs::rename(kept, path(name));
    }
  }
}

TEST_F(DeadFilesTest, APipeAsCredentialIsRefusedInWords) {
  make_pipe("pipe");
  struct Case {
    const char* method;
    const char* variable;  // "" where the settings name the file
  };
  const std::string original = settings();
  for (const Case& one :
       std::initializer_list<Case>{{"clientCertificate", "AZURE_CLIENT_CERTIFICATE_PATH"},
                                   {"workloadIdentity", "AZURE_FEDERATED_TOKEN_FILE"},
                                   {"clientSecret, clientSecretFile: PIPE", ""},
                                   {"tokenFile, tokenFile: PIPE", ""}}) {
    std::string text = original;
    const std::string before = "method: clientSecret";
    ASSERT_NE(text.find(before), std::string::npos) << text;
    text.replace(text.find(before), before.size(), std::string("method: ") + one.method);
    const auto pipe = text.find("PIPE");
    if (pipe != std::string::npos) text.replace(pipe, 4, "'" + path("pipe") + "'");
    write("settings.yaml", text);
    auto environment = credentials();
    environment.erase("AZURE_CLIENT_SECRET");
    if (*one.variable != '\0') environment[one.variable] = path("pipe");
    EXPECT_THAT(failing_output("diff", environment), HasSubstr("a named pipe")) << one.method;
  }
}

TEST_F(DeadFilesTest, AStartOnADeadFileSystemEndsWithWords) {
  die();
  // All at once, as each takes as long as the deadline.
  std::vector<std::jthread> starts;
  for (const char* name : {"/desired.yaml", "/ca.pem"}) {
    for (const char* command : {"run", "diff"}) {
      starts.emplace_back([this, name, command] {
        EXPECT_THAT(failing_output(command, with_dead(name)), HasSubstr("does not answer"))
            << name << command;
      });
    }
  }
}

TEST_F(DeadFilesTest, AReloadInProgressAnswersTheOthersAtOnceAndNothingElseWaits) {
  DaemonProcess daemon(
      {"run", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
      with_dead("/desired.yaml"));
  ASSERT_TRUE(daemon.wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"))
      << daemon.output();
  die();
  // The first one waits for the file system, the others do not wait for it.
  std::atomic<int> busy = 0;
  std::atomic<int> busy_before_the_first = -1;
  {
    std::vector<std::jthread> reloads;
    for (int i = 0; i < 4; ++i) {
      reloads.emplace_back([&] {
        const auto answer = daemon.post("/-/reload");
        if (answer.status == 409) {
          EXPECT_THAT(answer.body, HasSubstr("a reload is in progress"));
          ++busy;
        } else {
          // 422 once the check has ended with that, 202 while it continues.
          EXPECT_TRUE(answer.status == 202 || answer.status == 422) << answer.body;
          EXPECT_THAT(answer.body, HasSubstr("answer"));
          busy_before_the_first = busy.load();
        }
      });
    }
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(daemon.get("/healthz").status, 200);
      EXPECT_EQ(daemon.get("/api/v1/status").status, 200);
    }
  }
  EXPECT_EQ(busy_before_the_first, 3);
  EXPECT_TRUE(daemon.wait_output("does not answer")) << daemon.output();
  EXPECT_TRUE(daemon.wait_metric("defenderd_config_last_reload_successful 0"));
  EXPECT_TRUE(daemon.wait_metric("defenderd_subscriptions{state=\"in_sync\"} 1"));
  revive();
  EXPECT_TRUE(daemon.wait_metric("defenderd_config_last_reload_successful 1")) << daemon.output();
  die();
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait_exit(std::chrono::seconds(20)), 0) << daemon.output();
}

TEST_F(DeadFilesTest, AStartThatCannotOpenItsRecordsEndsWithTheirNames) {
  keep_records();
  die();
  std::vector<std::jthread> starts;
  for (const char* name : {"/journal.jsonl", "/state.json"}) {
    starts.emplace_back([this, name] {
      const std::string output = failing_output("run", with_dead(name));
      EXPECT_THAT(output, HasSubstr(std::string(name) + " does not answer")) << output;
    });
  }
}

TEST_F(DeadFilesTest, WhoOnlyReadsGoesOnWithoutDeadRecords) {
  keep_records();
  write("journal.jsonl", "");
  write("state.json", "");
  die();
  std::vector<std::jthread> reads;
  for (const char* name : {"/journal.jsonl", "/state.json"}) {
    reads.emplace_back([this, name] {
      DaemonProcess diff(
          {"diff", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
          with_dead(name));
      EXPECT_EQ(diff.wait_exit(kSoon), 0) << name << diff.output();
    });
  }
}

TEST_F(DeadFilesTest, AnApplyWithDeadRecordsWritesNothing) {
  keep_records();
  azure_.update(id(1), [](armsim::Subscription& drifted) { drifted.plan.on = false; });
  die();
  std::vector<std::jthread> applies;
  for (const char* name : {"/journal.jsonl", "/state.json"}) {
    applies.emplace_back([this, name] {
      DaemonProcess apply(
          {"apply", "--yes", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
          with_dead(name));
      EXPECT_EQ(apply.wait_exit(), 2) << name;
      EXPECT_TRUE(apply.wait_output(std::string(name) + " does not answer")) << apply.output();
    });
  }
  applies.clear();
  EXPECT_FALSE(azure_.plan(id(1)).on);
}

TEST_F(DeadFilesTest, ADeadStateStopsNoCorrectionNoCommandAndNoStop) {
  keep_records();
  declare_on(5);
  DaemonProcess daemon(
      {"run", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
      with_dead("/state.json"));
  ASSERT_TRUE(daemon.wait_metric("defenderd_subscriptions{state=\"in_sync\"} 5"))
      << daemon.output();
  expect_corrects(daemon, 1);
  die();
  expect_corrects(daemon, 2);
  // As many as there are workers for actions: they are answered, and a third one finds a worker.
  for (const char* action :
       {"/-/freeze?reason=one", "/-/freeze?reason=two", "/-/thaw?reason=done&all=true"}) {
    const auto answer = daemon.post(action);
    EXPECT_EQ(answer.status, 503) << action << daemon.output();
    EXPECT_THAT(answer.body, HasSubstr("/state.json does not answer")) << "it is not saved";
  }
  EXPECT_EQ(daemon.get("/healthz").status, 200);
  expect_corrects(daemon, 3);
  EXPECT_TRUE(daemon.wait_output("/state.json does not answer")) << daemon.output();
  EXPECT_FALSE(daemon.wait_metric("defenderd_state_write_errors_total 0", std::chrono::seconds(0)));
  revive();
  EXPECT_TRUE(daemon.wait_output("the state can be saved again", kSoon)) << daemon.output();
  expect_corrects(daemon, 4);
  die();
  expect_corrects(daemon, 5);
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait_exit(std::chrono::seconds(15)), 0) << daemon.output();
}

}  // namespace
}  // namespace defenderd
