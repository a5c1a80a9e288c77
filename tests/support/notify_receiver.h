#pragma once
// The service manager's end of NOTIFY_SOCKET: a Unix datagram socket.

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace defenderd {

class NotifyReceiver {
 public:
  // A path, or '@' and the name of an abstract socket.
  explicit NotifyReceiver(const std::string& address)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    const std::size_t size = std::min(address.size(), sizeof(at.sun_path));
    std::copy_n(address.begin(), size, at.sun_path);
    if (address.starts_with('@')) at.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
    bound_ = ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), length) == 0;
  }

  [[nodiscard]] bool bound() const { return bound_; }

  // The next datagram; nullopt at the deadline.
  std::optional<std::string> next(std::chrono::milliseconds deadline = std::chrono::minutes(1)) {
    pollfd waiting{socket_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(deadline.count())) != 1) return std::nullopt;
    std::array<char, 8192> buffer{};
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0) return std::nullopt;
    return received_.emplace_back(buffer.data(), static_cast<std::size_t>(size));
  }
  // Reads datagrams until one holds `text`; nullopt at the deadline.
  std::optional<std::string> wait_for(
      const std::string& text, std::chrono::milliseconds deadline = std::chrono::minutes(1)) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (true) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      auto datagram = left.count() > 0 ? next(left) : std::nullopt;
      if (!datagram || datagram->find(text) != std::string::npos) return datagram;
    }
  }
  // All so far, in their order.
  [[nodiscard]] const std::vector<std::string>& received() const { return received_; }

 private:
  UniqueFd socket_;
  bool bound_ = false;
  std::vector<std::string> received_;
};

}  // namespace defenderd
