#pragma once
// A terminal for the program under test: what it shows, and what a person types.

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "e2e/daemon_process.h"

namespace defenderd {

class Pty {
 public:
  explicit Pty(unsigned short width) {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = width;
    if (openpty(&master_, &program_, nullptr, nullptr, &size) != 0) return;
    fcntl(master_, F_SETFD, FD_CLOEXEC);
    fcntl(program_, F_SETFD, FD_CLOEXEC);
    reader_ = std::jthread([this] { read_all(); });
  }
  ~Pty() {
    read_to_end();
    if (master_ >= 0) close(master_);
  }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  // For all three descriptors of the program.
  [[nodiscard]] Streams streams() const {
    return {.input = program_, .output = program_, .error = program_};
  }
  [[nodiscard]] int descriptor() const { return program_; }
  void type(std::string_view keys) const {
    static_cast<void>(write(master_, keys.data(), keys.size()));
  }
  // Until it has shown this; false at the deadline.
  bool wait_for(std::string_view text) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience60,
                             [&] { return shown_.find(text) != std::string::npos; });
  }
  // Once the program has ended: closing its side ends the reader, which has then seen everything.
  void read_to_end() {
    if (program_ >= 0) close(std::exchange(program_, -1));
    if (reader_.joinable()) reader_.join();
  }
  // Line ends as the program wrote them.
  [[nodiscard]] std::string shown() {
    const std::scoped_lock lock(mutex_);
    std::string text = shown_;
    std::erase(text, '\r');
    return text;
  }

 private:
  void read_all() {
    std::array<char, 4096> buffer{};
    for (ssize_t count = 0; (count = read(master_, buffer.data(), buffer.size())) > 0;) {
      const std::scoped_lock lock(mutex_);
      shown_.append(buffer.data(), static_cast<std::size_t>(count));
      changed_.notify_all();
    }
  }

  int master_ = -1;
  int program_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string shown_;
  std::jthread reader_;
};

}  // namespace defenderd
