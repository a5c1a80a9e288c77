#include "e2e/attack/crowd.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "e2e/attack/loopback.h"

namespace defenderd::attack {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kHead = 32;  // bytes of an answer to keep

struct Client {
  UniqueFd socket;
  Clock::time_point sends_at;
  std::size_t sent = 0;
  std::string head = {};
};

}  // namespace

UniqueFd connect_to(int port, int receive_buffer) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return {};
  const linger reset{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  if (receive_buffer > 0) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const sockaddr_in address = loopback(port);
  const int result =
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (result != 0 && errno != EINPROGRESS) return {};
  return socket;
}

std::string get_once(const std::string& path, const std::string& headers) {
  return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + headers + "\r\n";
}

Crowd::Crowd(CrowdOptions options)
    : options_(std::move(options)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

CrowdFigures Crowd::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  return figures_;
}

void Crowd::run(const std::stop_token& stop) {
  std::deque<Client> clients;  // the oldest first
  std::vector<pollfd> polled;
  std::array<char, 65536> buffer{};
  const auto start = Clock::now();
  std::uint64_t renewed = 0;

  // False when the client is done with.
  const auto serve = [&](Client& client, short events) {
    if ((events & POLLOUT) != 0 && client.sent < options_.request.size()) {
      const std::string_view left = std::string_view(options_.request).substr(client.sent);
      const auto count = ::send(client.socket.get(), left.data(), left.size(), MSG_NOSIGNAL);
      if (count > 0) client.sent += static_cast<std::size_t>(count);
      if (count < 0 && errno != EAGAIN) {
        ++figures_.dropped;
        return false;
      }
    }
    if ((events & (POLLIN | POLLHUP | POLLERR)) == 0) return true;
    const auto count = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EAGAIN) return true;
    if (count > 0) {
      figures_.bytes += static_cast<std::uint64_t>(count);
      if (options_.leaves) return false;
      const std::size_t room = kHead - std::min(kHead, client.head.size());
      client.head.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
      return true;
    }
    if (client.head.empty()) {
      ++(errno == ECONNREFUSED && count < 0 ? figures_.refused : figures_.dropped);
    } else {
      const bool good = client.head.size() > 9 && client.head[9] == '2' && count == 0;
      ++(good ? figures_.answered : figures_.turned_away);
    }
    return false;
  };

  while (!stop.stop_requested()) {
    if (options_.renewed_per_second > 0) {
      const double passed = std::chrono::duration<double>(Clock::now() - start).count();
      const auto due = static_cast<std::uint64_t>(passed * options_.renewed_per_second);
      for (; renewed < due && !clients.empty(); ++renewed) clients.pop_front();
      renewed = due;
    }
    while (clients.size() < options_.clients && figures_.connections < options_.most) {
      Client client{connect_to(options_.port, options_.receive_buffer),
                    Clock::now() + options_.silent};
      if (client.socket.get() < 0) {
        ++figures_.refused;
        break;
      }
      ++figures_.connections;
      clients.push_back(std::move(client));
    }
    present_ = clients.size();

    polled.clear();
    const auto now = Clock::now();
    for (const Client& client : clients) {
      const bool sends = client.sent < options_.request.size() && client.sends_at <= now;
      const auto events = static_cast<short>((sends ? POLLOUT : 0) | (options_.reads ? POLLIN : 0));
      polled.push_back({client.socket.get(), events, 0});
    }
    ::poll(polled.data(), polled.size(), 2);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0 && !serve(clients[i], polled[i].revents)) {
        ++finished_;
        continue;
      }
      if (kept != i) clients[kept] = std::move(clients[i]);
      ++kept;
    }
    clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(kept), clients.end());
  }
}

}  // namespace defenderd::attack
