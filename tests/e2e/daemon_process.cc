#include "e2e/daemon_process.h"

#include <fcntl.h>
#include <httplib.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "e2e/secrets.h"

namespace defenderd {
namespace {

// What a request that waits for files may take.
constexpr std::chrono::seconds kAction{30};

using Clock = std::chrono::steady_clock;

// The one just built, or another one to be tested, such as that of an image.
std::string binary() {
  const char* const other = std::getenv("DEFENDERD_BINARY");
  return other != nullptr ? other : DEFENDERD_BINARY;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

void place(posix_spawn_file_actions_t& actions, int from, int to) {
  if (from == Streams::kClosed) {
    posix_spawn_file_actions_addclose(&actions, to);
  } else {
    posix_spawn_file_actions_adddup2(&actions, from, to);
  }
}

// The numbers behind "socket:[" of the process's open descriptors.
std::set<std::string> sockets_of(pid_t pid) {
  std::set<std::string> sockets;
  std::error_code gone;
  const std::filesystem::path folder = "/proc/" + std::to_string(pid) + "/fd";
  for (const auto& entry : std::filesystem::directory_iterator(folder, gone)) {
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    constexpr std::string_view kSocket = "socket:[";
    if (target.starts_with(kSocket)) {
      sockets.insert(target.substr(kSocket.size(), target.size() - kSocket.size() - 1));
    }
  }
  return sockets;
}

DaemonProcess::Answer answer_of(const httplib::Result& result, const std::string& path) {
  if (!result) return {};
  expect_no_secret(result->body, path);
  return {result->status, result->body};
}

}  // namespace

DaemonProcess::DaemonProcess(std::vector<std::string> arguments,
                             std::map<std::string, std::string> environment, const Streams& streams)
    : logs_elsewhere_(streams.error) {
  arguments.insert(arguments.begin(), binary());
  if (streams.hard_descriptors > 0) {
    arguments.insert(arguments.begin(),
                     {"/usr/bin/prlimit", "--nofile=" + std::to_string(streams.hard_descriptors)});
  }
  arguments.insert(arguments.begin(), streams.launcher.begin(), streams.launcher.end());
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  for (const char* const kept : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* const value = std::getenv(kept))
      variables.push_back(std::string(kept) + "=" + value);
  }
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  place(actions, streams.input.value_or(STDIN_FILENO), STDIN_FILENO);
  place(actions, streams.output.value_or(ends[1]), STDOUT_FILENO);
  place(actions, streams.error.value_or(ends[1]), STDERR_FILENO);
  posix_spawn(&pid_, arguments.front().c_str(), &actions, nullptr, pointers(arguments).data(),
              pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  reader_ = std::jthread([this, descriptor = ends[0]] { read_output(descriptor); });
}

DaemonProcess::~DaemonProcess() {
  if (pid_ > 0 && !exit_code_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (reader_.joinable()) reader_.join();
  expect_no_secret(output_, "the log");
}

void DaemonProcess::read_output(int descriptor) {
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    const std::scoped_lock lock(mutex_);
    if (count > 0) output_.append(buffer.data(), static_cast<std::size_t>(count));
    if (count <= 0) ended_ = true;
    changed_.notify_all();
    if (ended_) break;
  }
  close(descriptor);
}

void DaemonProcess::signal(int number) const { kill(pid_, number); }

std::optional<int> DaemonProcess::wait_exit(std::chrono::milliseconds deadline) {
  if (exit_code_) return exit_code_;
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  pollfd waiting{handle, POLLIN, 0};
  const int ready = poll(&waiting, 1, static_cast<int>(deadline.count()));
  close(handle);
  if (ready != 1) return std::nullopt;
  int status = 0;
  rusage usage{};
  wait4(pid_, &status, 0, &usage);
  peak_kib_ = usage.ru_maxrss;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  // Its last words may still be in the pipe. A child of its own may hold the pipe open for longer.
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(5), [&] { return ended_; });
  return exit_code_;
}

std::string DaemonProcess::output() const {
  const std::scoped_lock lock(mutex_);
  return output_;
}

bool DaemonProcess::wait_output(const std::string& text, std::chrono::milliseconds deadline) const {
  std::unique_lock lock(mutex_);
  const auto found = [&] { return output_.find(text) != std::string::npos; };
  changed_.wait_for(lock, deadline, [&] { return found() || ended_; });
  return found();
}

int DaemonProcess::listening_port() const {
  const auto end = Clock::now() + kPatience60;
  while (Clock::now() < end) {
    const std::set<std::string> sockets = sockets_of(pid_);
    std::ifstream table("/proc/net/tcp");
    std::string line;
    while (std::getline(table, line)) {
      std::istringstream row(line);
      std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
      row >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
          timeout >> inode;
      constexpr std::string_view kListening = "0A";
      if (state == kListening && sockets.contains(inode)) {
        return std::stoi(local.substr(local.find(':') + 1), nullptr, 16);
      }
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(10), [&] { return false; });
  }
  return 0;
}

int DaemonProcess::port() const {
  if (logs_elsewhere_) return listening_port();
  if (!wait_output("listening on ")) return 0;
  const std::string text = output();
  const std::size_t colon = text.find(':', text.find("listening on "));
  int port = 0;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  return port;
}

DaemonProcess::Answer DaemonProcess::get(const std::string& path) const {
  httplib::Client client("127.0.0.1", port());
  return answer_of(client.Get(path), path);
}

DaemonProcess::Answer DaemonProcess::post(const std::string& path) const {
  httplib::Client client("127.0.0.1", port());
  client.set_read_timeout(kAction);
  return answer_of(client.Post(path), path);
}

bool DaemonProcess::wait_body(const std::string& path,
                              const std::function<bool(const std::string&)>& holds,
                              std::chrono::milliseconds deadline) const {
  const auto end = Clock::now() + deadline;
  while (Clock::now() < end) {
    if (holds(get(path).body)) return true;
    std::unique_lock lock(mutex_);  // a little patience between two requests
    changed_.wait_for(lock, std::chrono::milliseconds(20), [&] { return ended_; });
    if (ended_ && !logs_elsewhere_) return false;
  }
  return false;
}

bool DaemonProcess::wait_get(const std::string& path, const std::string& text,
                             std::chrono::milliseconds deadline) const {
  return wait_body(
      path, [&](const std::string& body) { return body.find(text) != std::string::npos; },
      deadline);
}

bool DaemonProcess::wait_metric(const std::string& line, std::chrono::milliseconds deadline) const {
  const auto holds = [&](const std::string& body) {
    return ("\n" + body).find("\n" + line + "\n") != std::string::npos;
  };
  return wait_body("/metrics", holds, deadline);
}

}  // namespace defenderd
