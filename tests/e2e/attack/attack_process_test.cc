// What surrounds the process turns against it: its log, its descriptors, its files.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "base/unique_fd.h"
#include "e2e/attack/attack_world.h"

namespace defenderd::attack {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class ProcessAttackTest : public AttackWorld {
 protected:
  void drifting_fleet(unsigned count) {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= count; ++n) {
      azure_.add(subscription(n, false));
      entries.push_back("id: " + id(n) + ", plan: on");
    }
    write("desired.yaml", desired(entries));
  }
  [[nodiscard]] unsigned on(unsigned count) const {
    unsigned result = 0;
    for (unsigned n = 1; n <= count; ++n) result += azure_.plan(id(n)).on ? 1 : 0;
    return result;
  }
  void make_fifo(const std::string& name) const {
    ASSERT_EQ(::mkfifo(path(name).c_str(), 0600), 0);
  }
};

// Everything is corrected although no line of the log can go out, and SIGTERM ends it.
TEST_F(ProcessAttackTest, ALogThatNobodyReadsStopsNothing) {
  constexpr unsigned kCount = 600;
  drifting_fleet(kCount);
  make_fifo("log");
  const UniqueFd filler(::open(path("log").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  const UniqueFd pipe(::open(path("log").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_GE(pipe.get(), 0);
  ::fcntl(filler.get(), F_SETPIPE_SZ, 4096);
  const std::array<char, 4096> full{};
  while (::write(filler.get(), full.data(), full.size()) > 0) {
  }
  const auto daemon = run({}, {.output = pipe.get(), .error = pipe.get()});
  const int port = daemon->port();
  ASSERT_NE(port, 0);
  const Attacked attacked = probe(port);
  ASSERT_TRUE(azure_.wait_for([&] { return on(kCount) == kCount; }, 60s)) << on(kCount);
  azure_.update(id(3), [](armsim::Subscription& it) { it.plan.on = false; });
  EXPECT_TRUE(azure_.wait_for([&] { return azure_.plan(id(3)).on; }, 60s)) << "within an interval";
  daemon->signal(SIGTERM);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(daemon->wait_exit(20s), 0);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  print("stderr is a full pipe that nobody reads", attacked,
        std::to_string(kCount) + " of " + std::to_string(kCount) +
            " corrected, SIGTERM ends it in " + std::to_string(took.count()) + " ms");
  expect_probes(attacked, kSaturated);
}

TEST_F(ProcessAttackTest, ClosedDescriptorsAreNobodysConnection) {
  drifting_fleet(20);
  const auto daemon = run({}, {Streams::kClosed, Streams::kClosed, Streams::kClosed});
  ASSERT_TRUE(azure_.wait_for([&] { return on(20) == 20; }, 60s));
  for (const char* const descriptor : {"0", "1", "2"}) {
    const std::string link =
        "/proc/" + std::to_string(daemon->pid()) + "/fd/" + std::string(descriptor);
    std::error_code error;
    EXPECT_EQ(std::filesystem::read_symlink(link, error), "/dev/null") << link << error.message();
  }
  print("descriptors 0 to 2 closed", "20 of 20 corrected");
}

TEST_F(ProcessAttackTest, AFifoAsDesiredFileIsRefusedInWords) {
  make_fifo("desired.yaml");
  const auto daemon = run();
  EXPECT_EQ(daemon->wait_exit(20s), 2);
  EXPECT_THAT(daemon->output(), HasSubstr(path("desired.yaml")));
  EXPECT_THAT(daemon->output(), HasSubstr("regular file"));
}

TEST_F(ProcessAttackTest, AFifoAsSecretFileIsNotWaitedFor) {
  drifting_fleet(1);
  make_fifo("secret");
  std::string text = settings();
  const std::string method = "{method: clientSecret";
  text.insert(text.find(method) + method.size(), ", clientSecretFile: " + path("secret"));
  write("settings.yaml", text);
  DaemonProcess daemon(
      {"run", "--config", path("settings.yaml"), "--desired", path("desired.yaml")},
      {{"AZURE_CLIENT_ID", std::string(armsim::kClientId)}});
  ASSERT_TRUE(daemon.wait_output(path("secret"))) << daemon.output();
  EXPECT_THAT(daemon.output(), HasSubstr("regular file"));
  daemon.signal(SIGTERM);
  EXPECT_TRUE(daemon.wait_exit(20s).has_value()) << "SIGTERM ends it";
}

TEST_F(ProcessAttackTest, AFifoInPlaceOfTheDesiredFileHoldsUpNoReload) {
  fleet(2);
  const auto daemon = run();
  ASSERT_TRUE(wait_in_sync(*daemon, 2)) << daemon->output();
  std::filesystem::remove(path("desired.yaml"));
  make_fifo("desired.yaml");
  CrowdOptions options;
  options.port = daemon->port();
  options.clients = 4;
  options.request =
      "POST /-/reload HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
      "Content-Length: 0\r\n\r\n";
  Crowd crowd(options);
  const Attacked attacked = probe(daemon->port());
  const CrowdFigures figures = crowd.stop();
  print("four POST /-/reload in a loop on a FIFO", attacked,
        std::to_string(figures.turned_away) + " refused");
  expect_probes(attacked, kSaturated);
  EXPECT_GT(figures.turned_away, 0U) << "they are answered";
  EXPECT_EQ(figures.answered, 0U) << "with an error";
}

}  // namespace
}  // namespace defenderd::attack
