#pragma once
// A small pipe whose other end a test reads when it wants to, or never.

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>

namespace defenderd {

class TestPipe {
 public:
  TestPipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) return;
    fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  TestPipe(const TestPipe&) = delete;
  TestPipe& operator=(const TestPipe&) = delete;
  ~TestPipe() {
    close_reader();
    close(ends_[1]);
  }

  [[nodiscard]] int writer() const { return ends_[1]; }
  [[nodiscard]] std::size_t capacity() const {
    return static_cast<std::size_t>(fcntl(ends_[1], F_GETPIPE_SZ));
  }
  void close_reader() {
    if (ends_[0] >= 0) close(ends_[0]);
    ends_[0] = -1;
  }

  // Until nothing more fits, without changing the mode of the writer's end.
  void fill() const {
    const std::string path = "/proc/self/fd/" + std::to_string(ends_[1]);
    const int again = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    while (write(again, "#", 1) == 1) {
    }
    close(again);
  }

  // What it contains now, `most` bytes of it.
  std::string read(std::size_t most = std::string::npos) const {
    std::string text;
    std::array<char, 65536> buffer{};
    while (text.size() < most) {
      const std::size_t wanted = std::min(buffer.size(), most - text.size());
      const ssize_t count = ::read(ends_[0], buffer.data(), wanted);
      if (count <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }
  // Reads until `end` has come, for a minute at most.
  std::string read_until(const std::string& end) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    std::string text = read();
    pollfd more{ends_[0], POLLIN, 0};
    while (text.find(end) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
      if (poll(&more, 1, 1000) == 1) text += read();
    }
    return text;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

}  // namespace defenderd
