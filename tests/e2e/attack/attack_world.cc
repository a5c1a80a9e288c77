#include "e2e/attack/attack_world.h"

#include <poll.h>
#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace defenderd::attack {
namespace {

using std::chrono::milliseconds;

double milliseconds_of(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

}  // namespace

milliseconds attack_span() {
  const char* const seconds = std::getenv("DEFENDERD_ATTACK_SECONDS");
  return seconds == nullptr ? milliseconds(1500) : milliseconds(1000 * std::atoi(seconds));
}

bool wait_until(const std::function<bool()>& holds, milliseconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

void expect_probes(const Attacked& attacked, milliseconds limit) {
  EXPECT_LT(milliseconds_of(attacked.probe.p99),
            static_cast<double>(limit.count()) + milliseconds_of(attacked.control.p99))
      << "p99 of the probes in ms, with what this machine takes for a server that does nothing";
  std::string after;
  for (const auto took : attacked.probe.given_up)
    after += " " + std::to_string(milliseconds_of(took)) + " ms";
  EXPECT_LE(attacked.probe.failures, attacked.probe.samples / 100)
      << "probes without an answer, after" << after;
}

AttackWorld::AttackWorld() {
  // Thousands of sockets, at one end each.
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

void AttackWorld::fleet(unsigned count, const std::string& more) {
  std::string text =
      "apiVersion: defenderd/v1\nkind: DesiredState\ndefaults: {mode: enforce, plan: on}\n"
      "subscriptions:\n";
  for (unsigned n = 1; n <= count; ++n) {
    azure_.add(subscription(n, true));
    text += "  - {id: " + id(n) + ", name: team-chat-production-" + std::to_string(n) + "}\n";
  }
  azure_.set_behaviour([](armsim::Behaviour& it) { it.graph_quota = 0; });
  write("desired.yaml", text);
  std::string all = settings(more);
  const std::string head = "poll: {";
  all.insert(all.find(head) + head.size(), "strategy: resourceGraph, fullInterval: 7d, ");
  write("settings.yaml", all);
}

bool AttackWorld::wait_in_sync(const DaemonProcess& daemon, unsigned count) const {
  return daemon.wait_metric("defenderd_subscriptions{state=\"in_sync\"} " + std::to_string(count),
                            std::chrono::minutes(2));
}

std::unique_ptr<DaemonProcess> AttackWorld::run_with(const std::string& limits) const {
  return run({}, {.launcher = {"/bin/sh", "-c", limits + "; exec \"$@\"", "sh"}});
}

Attacked AttackWorld::probe(int port, const std::function<void()>& each_time,
                            const ClientTls* tls) {
  constexpr std::size_t kEnough = 200;
  const ControlServer control;
  Prober probed(port, tls);
  Prober compared(control.port());
  const auto end = std::chrono::steady_clock::now() + attack_span();
  static_cast<void>(wait_until([&] {
    each_time();
    return std::chrono::steady_clock::now() >= end && probed.samples() >= kEnough;
  }));
  Attacked result;
  result.probe = probed.stop();
  result.control = compared.stop();
  return result;
}

double AttackWorld::peak_mib(const DaemonProcess& daemon) {
  constexpr std::string_view kField = "VmHWM:";  // "VmHWM:   12345 kB"
  std::ifstream status("/proc/" + std::to_string(daemon.pid()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(kField)) return std::stod(line.substr(kField.size())) / 1024;
  }
  return 0;
}

void AttackWorld::print(const std::string& name, const Attacked& attacked,
                        const std::string& more) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(),
                "probe p50 %.1f p99 %.1f worst %.1f ms, %zu probes, %zu failed; idle server p99 "
                "%.1f ms",
                milliseconds_of(attacked.probe.p50), milliseconds_of(attacked.probe.p99),
                milliseconds_of(attacked.probe.worst), attacked.probe.samples,
                attacked.probe.failures, milliseconds_of(attacked.control.p99));
  print(name, std::string(text.data()) + (more.empty() ? "" : "; " + more));
}

void AttackWorld::print(const std::string& name, const std::string& figures) {
  std::printf("attack: %s: %s\n", name.c_str(), figures.c_str());
  std::fflush(stdout);
}

}  // namespace defenderd::attack
