#pragma once
// An HTTP proxy that takes CONNECT and sends everybody to one port of this machine, whatever host
// was asked for.

#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace defenderd {

// Thread-safe. One connection at a time is enough for its tests.
class ConnectProxy {
 public:
  explicit ConnectProxy(int target_port);
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;
  ~ConnectProxy();

  [[nodiscard]] int port() const { return port_; }
  // The heads of the requests so far, each with its headers.
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  void run(const std::stop_token& stop);
  void serve(int client, const std::stop_token& stop);

  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

}  // namespace defenderd
