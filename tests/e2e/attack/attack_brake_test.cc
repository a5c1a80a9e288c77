// Edits, departures, requests and restarts that together try to switch off more than the brake lets
// through.

#include <gtest/gtest.h>

#include "e2e/attack/attack_world.h"

namespace defenderd::attack {
namespace {

constexpr unsigned kFleet = 40;
constexpr unsigned kPerEdit = 3;  // safety.maxDisablesPerSweep by default: each edit fits alone
constexpr unsigned kEdits = 6;

class BrakeAttackTest : public AttackWorld {
 protected:
  BrakeAttackTest() {
    for (unsigned n = 1; n <= kFleet; ++n) azure_.add(subscription(n, true));
    write("settings.yaml", settings("journal: {file: " + path("journal.jsonl") + "}\n"));
  }
  static unsigned first_of(unsigned edit) { return (edit - 1) * kPerEdit + 1; }
  // Those of this edit are off, those of earlier edits have left the list.
  void declare(unsigned edit) const {
    std::vector<std::string> entries;
    for (unsigned n = first_of(edit); n <= kFleet; ++n) {
      entries.push_back("id: " + id(n) + ", plan: " + (n < first_of(edit + 1) ? "off" : "on"));
    }
    write("desired.yaml", desired(entries));
  }
  [[nodiscard]] unsigned off() const {
    unsigned count = 0;
    for (unsigned n = 1; n <= kFleet; ++n) count += azure_.plan(id(n)).on ? 0 : 1;
    return count;
  }
  // Each change of the edit was written, or is held.
  [[nodiscard]] bool settled(const DaemonProcess& daemon, unsigned edit) const {
    for (unsigned n = first_of(edit); n < first_of(edit + 1); ++n) {
      const bool judged = wait_until([&] {
        const std::string row = daemon.get("/api/v1/subscriptions/" + id(n)).body;
        return !azure_.plan(id(n)).on || row.find("DisableBrake") != std::string::npos;
      });
      if (!judged) return false;
    }
    return true;
  }
};

TEST_F(BrakeAttackTest, DeparturesRequestsAndRestartsSwitchOffNoMoreThanTheLimit) {
  declare(1);
  auto daemon = run();
  ASSERT_TRUE(azure_.wait_for([&] { return off() == kPerEdit; }, kPatience60)) << daemon->output();
  unsigned restarts = 0;
  for (unsigned edit = 2; edit <= kEdits; ++edit) {
    if (edit % 2 == 0) {
      daemon->signal(SIGTERM);
      ASSERT_EQ(daemon->wait_exit(), 0);
      declare(edit);
      daemon = run();
      ++restarts;
    } else {
      declare(edit);
    }
    for (int i = 0; i < 3; ++i) static_cast<void>(daemon->post("/-/reconcile"));
    ASSERT_TRUE(settled(*daemon, edit)) << daemon->output();
  }
  print("brake evasion: " + std::to_string(kEdits) + " edits of " + std::to_string(kPerEdit) +
            " with departures, requested sweeps and " + std::to_string(restarts) + " restarts",
        std::to_string(off()) + " of " + std::to_string(kFleet) + " switched off, the limit is " +
            std::to_string(kPerEdit));
  EXPECT_EQ(off(), kPerEdit);
}

}  // namespace
}  // namespace defenderd::attack
