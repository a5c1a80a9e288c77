#pragma once
// Many clients at once that ask and misbehave: they do not finish their request, do not read their
// answer, come and go, or ask again as soon as they were answered. Loopback only; one thread.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace defenderd::attack {

struct CrowdOptions {
  int port = 0;
  std::size_t clients = 50;             // at one time
  std::string request = {};             // sent on each connection; "" is nothing
  std::chrono::milliseconds silent{0};  // before that
  bool reads = true;                    // what comes; false: never
  bool leaves = false;                  // at the first byte that comes; another one takes its place
  int receive_buffer = 0;               // bytes; 0 is the system's
  double renewed_per_second = 0;  // of clients, the oldest first; 0: each stays as long as it may
  std::size_t most = 100'000;     // connections in all
};

struct CrowdFigures {
  std::uint64_t connections = 0;
  std::uint64_t refused = 0;      // could not connect
  std::uint64_t answered = 0;     // read whole, with 2xx
  std::uint64_t turned_away = 0;  // read whole, with another status
  std::uint64_t dropped = 0;      // ended by the server without an answer
  std::uint64_t bytes = 0;        // read
};

class Crowd {
 public:
  explicit Crowd(CrowdOptions options);
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() = default;

  // Connections open now; those that have ended.
  [[nodiscard]] std::size_t present() const { return present_; }
  [[nodiscard]] std::size_t finished() const { return finished_; }
  // Ends them all.
  [[nodiscard]] CrowdFigures stop();

 private:
  void run(const std::stop_token& stop);

  const CrowdOptions options_;
  CrowdFigures figures_ = {};  // the thread's own, until it was joined
  std::atomic<std::size_t> present_ = 0;
  std::atomic<std::size_t> finished_ = 0;
  std::jthread thread_;
};

// "GET path HTTP/1.1" to this machine, on a connection that ends with its answer.
[[nodiscard]] std::string get_once(const std::string& path, const std::string& headers = {});

}  // namespace defenderd::attack
