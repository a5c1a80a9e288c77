#pragma once
// A plain HTTP server that answers every request with the same bytes, be they HTTP or not.

#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace defenderd {

// Thread-safe. Connections one after the other; each ends when the client ends it, or after its
// answer where `closes`.
class FixedServer {
 public:
  explicit FixedServer(std::string answer, bool closes = false);
  FixedServer(const FixedServer&) = delete;
  FixedServer& operator=(const FixedServer&) = delete;
  ~FixedServer();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int accepted() const;
  // The heads of the requests so far, each with its headers.
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  void run(const std::stop_token& stop);
  void serve(int client, const std::stop_token& stop);

  const std::string answer_;
  const bool closes_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  int accepted_ = 0;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

}  // namespace defenderd
