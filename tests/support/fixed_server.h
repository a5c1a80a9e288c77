#pragma once
// A server that answers every request with the same bytes, whether HTTP or not.

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "armsim/server_tls.h"

namespace defenderd {

// Thread-safe. Serves one connection at a time; each ends when the client ends it, or after its
// answer if `closes`.
class FixedServer {
 public:
  struct Options {
    bool closes = false;
    // Sends this many bytes every 20 ms; starts again at the end if it `repeats`.
    std::size_t drip = 0;
    bool repeats = false;
    std::string second = {};  // if set, the answer to every request but the first
    const armsim::ServerCertificate* tls = nullptr;  // nullptr: plain
  };
  explicit FixedServer(std::string answer, bool closes = false);
  FixedServer(std::string answer, const Options& options);
  FixedServer(const FixedServer&) = delete;
  FixedServer& operator=(const FixedServer&) = delete;
  ~FixedServer();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int accepted() const;
  // The heads of the requests so far, each with its headers.
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  class Client;

  void run(const std::stop_token& stop);
  void serve(Client& client, const std::stop_token& stop);
  void answer(Client& client, const std::stop_token& stop) const;

  const std::string answer_;
  const Options options_;
  armsim::ServerTls tls_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  int accepted_ = 0;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

}  // namespace defenderd
