#include "net/connect_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace defenderd {
namespace {

constexpr int kTickMs = 5;  // how often the end is looked for

sockaddr_in loopback(int port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(static_cast<std::uint16_t>(port));
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return result;
}

bool is_ready(int descriptor) {
  pollfd look{descriptor, POLLIN, 0};
  return ::poll(&look, 1, kTickMs) > 0;
}

void say(int to, std::string_view text) {
  if (::send(to, text.data(), text.size(), MSG_NOSIGNAL) < 0) return;
}

// Forwards what is there; false at the end.
bool pump(int from, int to) {
  if (!is_ready(from)) return true;
  std::array<char, 16384> buffer{};
  const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  say(to, {buffer.data(), static_cast<std::size_t>(got)});
  return true;
}

}  // namespace

ConnectProxy::ConnectProxy(int target_port) : target_port_(target_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in own = loopback(0);
  socklen_t size = sizeof own;
  auto* const plain = reinterpret_cast<sockaddr*>(&own);
  if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, plain, &size) != 0)
    throw std::runtime_error("the proxy cannot listen");
  port_ = ntohs(own.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ConnectProxy::~ConnectProxy() {
  thread_.request_stop();
  thread_.join();
  ::close(listener_);
}

std::vector<std::string> ConnectProxy::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

void ConnectProxy::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!is_ready(listener_)) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    serve(client, stop);
    ::close(client);
  }
}

void ConnectProxy::serve(int client, const std::stop_token& stop) {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    char byte = 0;
    if (stop.stop_requested()) return;
    if (is_ready(client) && ::recv(client, &byte, 1, 0) != 1) return;
    if (byte != 0) head += byte;
  }
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(head);
  }
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in target = loopback(target_port_);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0) {
    say(client, "HTTP/1.1 200 Connection established\r\n\r\n");
    while (!stop.stop_requested() && pump(client, server) && pump(server, client)) {
    }
  }
  ::close(server);
}

}  // namespace defenderd
