#pragma once
// The real defenderd as a child process: its log, its exit code, its HTTP answers.

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace defenderd {

inline constexpr std::chrono::seconds kPatience60{60};

// Descriptors for 0 to 2 in place of what is usual: this test's standard input, and one pipe whose
// lines output() collects. kClosed closes one.
struct Streams {
  static constexpr int kClosed = -1;
  std::optional<int> input = {};
  std::optional<int> output = {};
  std::optional<int> error = {};
  unsigned hard_descriptors = 0;  // the hard limit of open files; 0 leaves it as it is
  // A program with its arguments that becomes defenderd by exec.
  std::vector<std::string> launcher = {};
};

class DaemonProcess {
 public:
  // Starts `defenderd` with these arguments; of the environment it sees only `environment`.
  DaemonProcess(std::vector<std::string> arguments, std::map<std::string, std::string> environment,
                const Streams& streams = {});
  ~DaemonProcess();  // kill -9 and reap, if it still runs
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  // The exit code, or 128 + the signal that ended it; nullopt when it still runs at the deadline.
  std::optional<int> wait_exit(std::chrono::milliseconds deadline = kPatience60);
  // The most memory that it was resident with, once it has ended; KiB.
  [[nodiscard]] long peak_kib() const { return peak_kib_; }

  // stdout and stderr together, so far.
  [[nodiscard]] std::string output() const;
  // Waits until the output holds `text`; false at the deadline or when the process has ended.
  bool wait_output(const std::string& text, std::chrono::milliseconds deadline = kPatience60) const;

  // The port in its log, or, if the log goes elsewhere, the one that it listens on; waits for it. 0
  // if there is none.
  int port() const;
  struct Answer {
    int status = 0;  // 0: no answer
    std::string body;
  };
  Answer get(const std::string& path) const;
  Answer post(const std::string& path) const;
  // Asks for `path` until the answer holds `text`; false at the deadline.
  bool wait_get(const std::string& path, const std::string& text,
                std::chrono::milliseconds deadline = kPatience60) const;
  // Asks /metrics until it holds `line` (a whole line); false at the deadline.
  bool wait_metric(const std::string& line, std::chrono::milliseconds deadline = kPatience60) const;
  // For what `holds` says of the body of GET.
  bool wait_body(const std::string& path, const std::function<bool(const std::string&)>& holds,
                 std::chrono::milliseconds deadline = kPatience60) const;

 private:
  void read_output(int descriptor);
  [[nodiscard]] int listening_port() const;

  pid_t pid_ = -1;
  bool logs_elsewhere_ = false;
  std::optional<int> exit_code_;
  long peak_kib_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::string output_;
  bool ended_ = false;  // its output is closed
  std::jthread reader_;
};

}  // namespace defenderd
