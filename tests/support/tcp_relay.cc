#include "support/tcp_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <iostream>

namespace defenderd {
namespace {

constexpr int kCheckEveryMs = 5;  // for new connections and the end

sockaddr_in address(const std::string& host, int port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, host.c_str(), &result.sin_addr);
  return result;
}

std::string own_address(int connection) {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  std::array<char, INET_ADDRSTRLEN> text{};
  if (getsockname(connection, reinterpret_cast<sockaddr*>(&own), &size) != 0) return "";
  const char* const shown = inet_ntop(AF_INET, &own.sin_addr, text.data(), text.size());
  return shown == nullptr ? "" : shown;
}

// Forwards what is there; false at the end.
bool pump(int from, int to) {
  std::array<char, 16384> buffer{};
  const ssize_t got = recv(from, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  for (ssize_t sent = 0; sent < got;) {
    const ssize_t n =
        send(to, buffer.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += n;
  }
  return true;
}

}  // namespace

TcpRelay::TcpRelay(int target_port, const std::string& listen_on) : target_port_(target_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in own = address(listen_on, 0);
  socklen_t size = sizeof own;
  auto* const plain = reinterpret_cast<sockaddr*>(&own);
  if (bind(listener_, plain, size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, plain, &size) != 0) {
    std::cerr << "the relay cannot listen on " << listen_on << std::endl;
    std::abort();
  }
  port_ = ntohs(own.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

TcpRelay::~TcpRelay() {
  thread_.request_stop();
  thread_.join();
  close_all();
  close(listener_);
}

int TcpRelay::accepted() const {
  const std::scoped_lock lock(mutex_);
  return accepted_;
}

void TcpRelay::mute() {
  const std::scoped_lock lock(mutex_);
  mute_ = true;
}

void TcpRelay::close_all() {
  const std::scoped_lock lock(mutex_);
  for (const Pair& pair : pairs_) close_pair(pair);
  pairs_.clear();
}

void TcpRelay::close_on_use() {
  const std::scoped_lock lock(mutex_);
  for (Pair& pair : pairs_) pair.close_on_use = true;
}

void TcpRelay::swallow_current() {
  const std::scoped_lock lock(mutex_);
  for (Pair& pair : pairs_) pair.swallows = true;
}

void TcpRelay::silence(const std::string& address) {
  const std::scoped_lock lock(mutex_);
  silent_.insert(address);
  for (Pair& pair : pairs_) pair.swallows = pair.swallows || pair.address == address;
}

// Shut down first: while the thread polls a descriptor, closing it alone ends nothing.
void TcpRelay::close_pair(const Pair& pair) {
  for (const int descriptor : {pair.client, pair.server}) {
    if (descriptor < 0) continue;
    shutdown(descriptor, SHUT_RDWR);
    close(descriptor);
  }
}

void TcpRelay::accept_one() {
  Pair pair;
  pair.client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (pair.client < 0) return;
  ++accepted_;
  pair.address = own_address(pair.client);
  if (!mute_ && !silent_.contains(pair.address)) {
    pair.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in target = address("127.0.0.1", target_port_);
    if (connect(pair.server, reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0) {
      close_pair(pair);
      return;
    }
  }
  pairs_.push_back(pair);
}

bool TcpRelay::serve(Pair& pair, short client_events, short server_events) const {
  if (client_events != 0 && (pair.close_on_use || !pump(pair.client, pair.server))) return false;
  return server_events == 0 || pump(pair.server, pair.client);
}

void TcpRelay::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> watched;
    {
      const std::scoped_lock lock(mutex_);
      watched.push_back({listener_, POLLIN, 0});
      for (const Pair& pair : pairs_) {
        if (pair.server < 0 || pair.swallows) continue;
        watched.push_back({pair.client, POLLIN, 0});
        watched.push_back({pair.server, POLLIN, 0});
      }
    }
    poll(watched.data(), watched.size(), kCheckEveryMs);
    const std::scoped_lock lock(mutex_);
    // Checked again under the lock: a descriptor may have been closed meanwhile.
    const auto ready = [](int descriptor) {
      pollfd look{descriptor, POLLIN, 0};
      return poll(&look, 1, 0) > 0 ? look.revents : short{0};
    };
    if (ready(listener_) != 0) accept_one();
    std::erase_if(pairs_, [&](Pair& pair) {
      if (pair.server < 0 || pair.swallows) return false;
      if (serve(pair, ready(pair.client), ready(pair.server))) return false;
      close_pair(pair);
      return true;
    });
  }
}

}  // namespace defenderd
