#pragma once
// A daemon on a fleet in the simulator, attacked, with the figures that the attack is judged by.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "e2e/attack/crowd.h"
#include "e2e/attack/prober.h"
#include "e2e/world.h"

namespace defenderd::attack {

// How long each attack lasts; tests/run --soak makes it longer.
[[nodiscard]] std::chrono::milliseconds attack_span();

struct Attacked {
  Latencies probe;
  Latencies control;  // of a server that does nothing else, at the same time
};

// What an attack must leave of the probes: as long as the machine itself answers at once, the
// daemon does. What the machine takes under the same load is allowed on top.
inline constexpr std::chrono::milliseconds kCalm{100};        // the machine is not saturated
inline constexpr std::chrono::milliseconds kSaturated{1000};  // every core is busy
void expect_probes(const Attacked& attacked, std::chrono::milliseconds limit);

class AttackWorld : public World {
 protected:
  AttackWorld();

  // So many subscriptions that are as declared, observed by the graph, so that a large fleet starts
  // within seconds. `more` is added to the settings.
  void fleet(unsigned count, const std::string& more = "");
  // Waits until all of them are in sync.
  [[nodiscard]] bool wait_in_sync(const DaemonProcess& daemon, unsigned count) const;
  // As run(), in a shell that sets limits first: "ulimit -n 64".
  [[nodiscard]] std::unique_ptr<DaemonProcess> run_with(const std::string& limits) const;

  // Probes for attack_span(), and until there are enough for a p99. `each_time` is called again and
  // again meanwhile: an attack, unless that goes on by itself.
  [[nodiscard]] static Attacked probe(
      int port, const std::function<void()>& each_time = [] {}, const ClientTls* tls = nullptr);

  // The most that the process was ever resident with, in MiB.
  [[nodiscard]] static double peak_mib(const DaemonProcess& daemon);

  // "attack: NAME: ..." on standard output, for people.
  static void print(const std::string& name, const Attacked& attacked,
                    const std::string& more = "");
  static void print(const std::string& name, const std::string& figures);
};

// Waits without a fixed sleep: until `holds`, asked every few milliseconds, or the deadline.
[[nodiscard]] bool wait_until(const std::function<bool()>& holds,
                              std::chrono::milliseconds deadline = kPatience60);

}  // namespace defenderd::attack
