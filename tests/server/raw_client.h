#pragma once
// A TCP client that sends any bytes, however wrong, and reads the answer.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace defenderd {

// The alarm of libFuzzer interrupts calls that wait.
template <class Call>
auto uninterrupted(const Call& call) {
  while (true) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

class RawClient {
 public:
  // Not connected yet.
  RawClient() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  // `receive_buffer` 0: the system's.
  explicit RawClient(int port, int receive_buffer = 0) : RawClient() {
    if (receive_buffer > 0) {
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    connect(port);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  virtual ~RawClient() = default;

  void connect(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = uninterrupted([&] {
                   return ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                                    sizeof address);
                 }) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return socket_.get(); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = uninterrupted([&] { return write(bytes); });
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // Reads until the text contains `end`, the server closes, or ten seconds have passed.
  std::string read_until(std::string_view end) {
    while (received_.find(end) == std::string::npos && read_some()) {
    }
    return received_;
  }

  // Reads what comes up to and with `end`, and keeps nothing of it.
  bool skip_until(std::string_view end) {
    while (!received_.ends_with(end)) {
      if (received_.size() > end.size()) received_.erase(0, received_.size() - end.size());
      if (!read_some()) return false;
    }
    received_.clear();
    return true;
  }

  // One whole answer with Content-Length, cut off what was received.
  std::string read_answer() {
    read_until("\r\n\r\n");
    const std::size_t head = received_.find("\r\n\r\n");
    if (head == std::string::npos) return received_;
    const std::size_t at = received_.find("Content-Length: ");
    const std::size_t body = at < head ? std::stoul(received_.substr(at + 16)) : 0;
    while (received_.size() < head + 4 + body && read_some()) {
    }
    std::string answer = received_.substr(0, head + 4 + body);
    received_.erase(0, answer.size());
    return answer;
  }

  // True when the server has closed, within ten seconds.
  bool closed() {
    while (read_some()) {
    }
    return !timed_out_;
  }

 protected:
  virtual ssize_t write(std::string_view bytes) {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  virtual ssize_t read(char* to, std::size_t size) { return ::recv(socket_.get(), to, size, 0); }
  // Whether read() has something without waiting for the socket.
  [[nodiscard]] virtual bool has_unread() const { return false; }

 private:
  bool read_some() {
    pollfd ready{socket_.get(), POLLIN, 0};
    if (!has_unread() && uninterrupted([&] { return ::poll(&ready, 1, 10'000); }) <= 0) {
      timed_out_ = true;
      return false;
    }
    std::array<char, 65536> buffer{};
    const auto count = uninterrupted([&] { return read(buffer.data(), buffer.size()); });
    if (count <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }

  UniqueFd socket_;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string received_;
};

inline std::string get(std::string_view path, std::string_view headers = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n";
}

}  // namespace defenderd
