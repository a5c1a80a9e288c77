#include "arm/fixed_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace defenderd {
namespace {

constexpr int kTickMs = 5;  // how often the end is looked for
constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool is_ready(int descriptor, short events) {
  pollfd look{descriptor, events, 0};
  return ::poll(&look, 1, kTickMs) > 0;
}

}  // namespace

FixedServer::FixedServer(std::string answer, bool closes)
    : answer_(std::move(answer)), closes_(closes) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, length) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, any, &length) != 0) {
    throw std::runtime_error("no port to listen on");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

FixedServer::~FixedServer() {
  thread_.request_stop();
  thread_.join();
  ::close(listener_);
}

int FixedServer::accepted() const {
  const std::scoped_lock lock(mutex_);
  return accepted_;
}

std::vector<std::string> FixedServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

void FixedServer::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!is_ready(listener_, POLLIN)) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    {
      const std::scoped_lock lock(mutex_);
      ++accepted_;
    }
    serve(client, stop);
    ::close(client);
  }
}

void FixedServer::serve(int client, const std::stop_token& stop) {
  std::string head;
  while (!stop.stop_requested()) {
    if (!is_ready(client, POLLIN)) continue;
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
    if (got <= 0) return;
    head.append(buffer.data(), static_cast<std::size_t>(got));
    if (!head.ends_with(kHeadEnd)) continue;
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(std::exchange(head, {}));
    }
    std::string_view left = answer_;
    while (!left.empty() && !stop.stop_requested()) {
      if (!is_ready(client, POLLOUT)) continue;
      const ssize_t sent = ::send(client, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) return;
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (closes_) return;
  }
}

}  // namespace defenderd
