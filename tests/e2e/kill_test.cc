// kill -9 at any moment: the journal knows every change that ARM took. ARM locks a subscription
// after each write, so some starts meet the lock of a write that the run before has made.

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "e2e/world.h"
#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

constexpr unsigned kSubscriptions = 8;
constexpr int kRuns = 50;

class KillTest : public World {
 protected:
  KillTest() {
    for (unsigned n = 1; n <= kSubscriptions; ++n) {
      azure_.add(subscription(n, true, {{"AIPromptEvidence", false}}));
    }
    azure_.set_behaviour([](auto& behaviour) { behaviour = armsim::Behaviour(); });
    // Fifty edits within minutes, there and back, are more corrections than contested fields have.
    write("settings.yaml",
          settings("safety: {maxDisablesPerSweep: 100, maxEnablesPerSweep: none, contestedAfter: "
                   "{corrections: 1000, within: 1m}}\n"
                   "journal: {file: " +
                   path("journal.jsonl") + "}\n"));
  }

  void declare(bool evidence) const {
    std::vector<std::string> entries;
    for (unsigned n = 1; n <= kSubscriptions; ++n) {
      entries.push_back("id: " + id(n) +
                        ", plan: on, promptEvidence: " + (evidence ? "on" : "off"));
    }
    write("desired.yaml", desired(entries));
  }

  // Once no write is under way, its lock ends.
  void unlock() {
    ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().in_flight == 0; }));
    azure_.advance(std::chrono::minutes(1));
  }

  [[nodiscard]] unsigned differing(bool evidence) const {
    unsigned count = 0;
    for (unsigned n = 1; n <= kSubscriptions; ++n) {
      count += azure_.plan(id(n)).has_on("AIPromptEvidence") == evidence ? 0 : 1;
    }
    return count;
  }
};

TEST_F(KillTest, NoChangeThatArmTookIsMissing) {
  std::mt19937 random(4711);  // NOLINT(cert-msc51-cpp): the same moments in each run of this test
  bool evidence = false;
  for (int run_number = 0; run_number < kRuns; ++run_number) {
    evidence = !evidence;
    declare(evidence);
    if (random() % 3 != 0) unlock();
    const auto wanted = azure_.counters().writes + random() % (differing(evidence) + 1);
    const auto daemon = run();
    ASSERT_NE(daemon->port(), 0) << daemon->output();
    ASSERT_TRUE(azure_.wait_for([&] { return azure_.counters().writes >= wanted; }))
        << daemon->output();
    daemon->signal(SIGKILL);
    ASSERT_EQ(daemon->wait_exit(), 128 + SIGKILL);
  }
  unlock();
  const auto daemon = run();
  ASSERT_TRUE(daemon->wait_metric("defenderd_subscriptions{state=\"in_sync\"} " +
                                  std::to_string(kSubscriptions)))
      << daemon->output();
  daemon->signal(SIGTERM);
  ASSERT_EQ(daemon->wait_exit(), 0);
  EXPECT_TRUE(azure_.counters().by_status.contains(409)) << "some met a lock";

  std::map<std::string, std::uint64_t> applied;
  const auto reading = read_journal(path("journal.jsonl"), {}, [&](const JournalLine& line) {
    EXPECT_NE(line.result, kUnknownResult) << "the last run has looked at everything";
    if (line.result == "applied") ++applied[line.subscription_id];
  });
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ(reading->unreadable, 0U);
  for (unsigned n = 1; n <= kSubscriptions; ++n) {
    EXPECT_EQ(applied[id(n)], azure_.counters(id(n)).writes_applied) << "subscription " << n;
  }
}

}  // namespace
}  // namespace defenderd
