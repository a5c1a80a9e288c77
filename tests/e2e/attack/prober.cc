#include "e2e/attack/prober.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "e2e/attack/crowd.h"
#include "e2e/attack/loopback.h"

namespace defenderd::attack {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{3000};  // of kubelet by these manifests
constexpr milliseconds kBetween{5};

bool wait_for(int socket, short events, Clock::time_point end) {
  pollfd waiting{socket, events, 0};
  const auto left = std::chrono::ceil<milliseconds>(end - Clock::now()).count();
  return left > 0 && ::poll(&waiting, 1, static_cast<int>(left)) == 1;
}

bool ask(int port, std::string_view request) {
  const auto end = Clock::now() + kPatience;
  const UniqueFd socket = connect_to(port);
  if (socket.get() < 0 || !wait_for(socket.get(), POLLOUT, end)) return false;
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return false;
  std::string answer;
  while (wait_for(socket.get(), POLLIN, end)) {
    std::array<char, 1024> buffer{};
    const auto count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (count < 0) return false;
    if (count == 0) return answer.starts_with("HTTP/1.1 200 ");
    answer.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return false;
}

bool ask(int port, std::string_view request, const ClientTls& tls) {
  TlsClient client(tls, port);
  return client.connected() && client.send(request) &&
         client.read_answer().starts_with("HTTP/1.1 200 ");
}

}  // namespace

Prober::Prober(int port, const ClientTls* tls)
    : port_(port), tls_(tls), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Prober::run(const std::stop_token& stop) {
  const std::string request = get_once("/healthz");
  while (!stop.stop_requested()) {
    const auto start = Clock::now();
    const bool answered = tls_ == nullptr ? ask(port_, request) : ask(port_, request, *tls_);
    const auto took = std::chrono::duration_cast<microseconds>(Clock::now() - start);
    const bool good = answered && took <= kPatience;
    taken_.push_back(good ? took : std::max<microseconds>(took, kPatience));
    if (!good) given_up_.push_back(took);
    ++samples_;
    ::poll(nullptr, 0, static_cast<int>(kBetween.count()));
  }
}

Latencies Prober::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  Latencies result;
  result.samples = taken_.size();
  result.failures = given_up_.size();
  result.given_up = given_up_;
  if (taken_.empty()) return result;
  std::sort(taken_.begin(), taken_.end());
  const auto at = [&](std::size_t percent) {
    return taken_[std::min(taken_.size() - 1, taken_.size() * percent / 100)];
  };
  result.p50 = at(50);
  result.p99 = at(99);
  result.worst = taken_.back();
  return result;
}

ControlServer::ControlServer() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, length) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, any, &length) != 0) {
    throw std::runtime_error("no port to listen on");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ControlServer::~ControlServer() {
  thread_.request_stop();
  thread_.join();
  ::close(listener_);
}

void ControlServer::run(const std::stop_token& stop) const {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nok\n";
  while (!stop.stop_requested()) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) != 1) continue;
    const UniqueFd client(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (client.get() < 0 || !wait_for(client.get(), POLLIN, Clock::now() + kPatience)) continue;
    std::array<char, 1024> request{};
    if (::recv(client.get(), request.data(), request.size(), 0) <= 0) continue;
    static_cast<void>(::send(client.get(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL));
    ::shutdown(client.get(), SHUT_WR);
    // Closed by whoever asked.
    if (wait_for(client.get(), POLLIN, Clock::now() + kPatience))
      static_cast<void>(::recv(client.get(), request.data(), request.size(), 0));
  }
}

}  // namespace defenderd::attack
