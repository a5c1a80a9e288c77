#pragma once
// A TCP forwarder in front of a server, so that a test can count connections, close them while they
// idle or as soon as they are used, keep them mute, or drop what they carry.

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace defenderd {

// Thread-safe. Forwards to 127.0.0.1. The destructor ends every connection.
class TcpRelay {
 public:
  explicit TcpRelay(int target_port, const std::string& listen_on = "127.0.0.1");
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;
  ~TcpRelay();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int accepted() const;

  // New connections get no answer, not even to a TLS greeting.
  void mute();
  // Ends the current connections now; returns when both sides have been notified.
  void close_all();
  // Ends each current connection when the client next sends on it: what a client sees if its
  // request crosses with the server's close.
  void close_on_use();
  // The current connections stay open, and nothing passes through them any more: what NAT gateways
  // and load balancers do to connections that they forget.
  void swallow_current();
  // Nothing passes through the current and the new connections to this address of the relay.
  void silence(const std::string& address);

 private:
  struct Pair {
    int client = -1;
    int server = -1;        // -1: mute
    std::string address{};  // of the relay, as the client knows it
    bool close_on_use = false;
    bool swallows = false;
  };
  void run(const std::stop_token& stop);
  void accept_one();
  bool serve(Pair& pair, short client_events, short server_events) const;
  static void close_pair(const Pair& pair);

  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  bool mute_ = false;
  std::set<std::string> silent_;
  int accepted_ = 0;
  std::vector<Pair> pairs_;
  std::jthread thread_;
};

}  // namespace defenderd
