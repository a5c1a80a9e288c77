#pragma once
// How fast somebody gets an answer who asks again and again on a new connection each time, as
// Kubernetes' probes do.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "server/tls_client.h"

namespace defenderd::attack {

struct Latencies {
  std::size_t samples = 0;
  std::size_t failures = 0;  // no 200 within the patience; each counts with all of it
  std::chrono::microseconds p50{0};
  std::chrono::microseconds p99{0};
  std::chrono::microseconds worst{0};
  std::vector<std::chrono::microseconds> given_up = {};  // how long each failure took to show
};

// Asks from its construction on, every few milliseconds. `tls`: over TLS, with a handshake each
// time.
class Prober {
 public:
  explicit Prober(int port, const ClientTls* tls = nullptr);
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  ~Prober() = default;

  [[nodiscard]] std::size_t samples() const { return samples_; }  // so far
  // Ends the asking.
  [[nodiscard]] Latencies stop();

 private:
  void run(const std::stop_token& stop);

  const int port_;
  const ClientTls* const tls_;
  std::vector<std::chrono::microseconds> taken_ = {};  // the thread's own, until it was joined
  std::vector<std::chrono::microseconds> given_up_ = {};
  std::atomic<std::size_t> samples_ = 0;
  std::jthread thread_;
};

// A server of one thread that answers every connection at once: what this machine makes of a probe
// while it is under the same load.
class ControlServer {
 public:
  ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();
  [[nodiscard]] int port() const { return port_; }

 private:
  void run(const std::stop_token& stop) const;

  int listener_ = -1;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace defenderd::attack
