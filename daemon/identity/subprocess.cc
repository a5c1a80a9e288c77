#include "identity/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() and sigset_t are POSIX
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/heartbeat.h"
#include "base/unique_fd.h"

namespace defenderd {
namespace {

// How often to check for `stop`, and for the end of a program that keeps its pipes open.
constexpr auto kTick = std::chrono::milliseconds(50);

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;

  bool open() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read_end = UniqueFd(ends[0]);
    write_end = UniqueFd(ends[1]);
    // Only our end is non-blocking: the program expects blocking reads and writes.
    return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
  }
};

// posix_spawn's two lists, which must be freed.
class Spawn {
 public:
  Spawn() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  // 0, or an errno.
  int start(const Subprocess& subprocess, const Pipe& output, const Pipe& complaints, pid_t& pid) {
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output.write_end.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, complaints.write_end.get(), STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (const int number : {SIGPIPE, SIGXFSZ, SIGCHLD}) sigaddset(&usual, number);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &usual);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::vector<std::string> arguments{subprocess.program};
    arguments.insert(arguments.end(), subprocess.arguments.begin(), subprocess.arguments.end());
    std::vector<std::string> environment = subprocess.environment;
    return posix_spawn(&pid, subprocess.program.c_str(), &actions_, &attributes_,
                       pointers(arguments).data(), pointers(environment).data());
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A started program: killed and waited for in any case.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (ended_) return;
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }

  // ECHILD: it has ended, and its status is lost, because SIGCHLD is ignored.
  [[nodiscard]] bool has_ended() {
    if (ended_) return true;
    const pid_t found = ::waitpid(pid_, &status_, WNOHANG);
    ended_ = found == pid_ || (found < 0 && errno == ECHILD);
    return ended_;
  }
  [[nodiscard]] int code() const {
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

 private:
  const pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

// Reads what is available. False if more than `max` has arrived.
bool drain(UniqueFd& from, std::string& into, std::size_t max) {
  std::array<char, 4096> buffer{};
  while (from.is_open()) {
    const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
    if (count > 0) {
      into.append(buffer.data(), static_cast<std::size_t>(count));
      if (into.size() > max) return false;
    } else if (count < 0 && errno == EINTR) {
      continue;
    } else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return true;
    } else {
      from.reset();
    }
  }
  return true;
}

void wait_for_output(const UniqueFd& output, const UniqueFd& complaints) {
  std::array<pollfd, 2> watched{{{output.get(), POLLIN, 0}, {complaints.get(), POLLIN, 0}}};
  ::poll(watched.data(), watched.size(), static_cast<int>(kTick.count()));
}

}  // namespace

Result<SubprocessExit> run_subprocess(const Subprocess& subprocess, const std::stop_token& stop) {
  const SystemClock clock;  // programs use real time
  const SteadyTime deadline = clock.steady_now() + subprocess.timeout;
  Pipe output;
  Pipe complaints;
  if (!output.open() || !complaints.open()) {
    return Unexpected(Error{"cannot start " + subprocess.program + ": no free file descriptor"});
  }
  pid_t pid = -1;
  if (const int error = Spawn().start(subprocess, output, complaints, pid); error != 0) {
    return Unexpected(Error{"cannot start " + subprocess.program + ": " +
                            std::generic_category().message(error)});
  }
  output.write_end.reset();
  complaints.write_end.reset();
  Child child(pid);
  std::string printed;
  SubprocessExit result;
  const auto failed = [&](const std::string& why) {
    const Secret wiped(std::move(printed));
    return Unexpected(Error{subprocess.program + " " + why});
  };
  while (true) {
    // A program may leave its pipes to others that continue to run: only its own end counts.
    const bool ended = child.has_ended();
    if (!drain(output.read_end, printed, subprocess.max_output))
      return failed("printed more than expected");
    if (!drain(complaints.read_end, result.complaints, subprocess.max_output)) {
      result.complaints.resize(subprocess.max_output);
    }
    if (ended) break;
    if (stop.stop_requested()) return failed("was stopped");
    if (clock.steady_now() >= deadline) return failed("did not end in time");
    beat();
    wait_for_output(output.read_end, complaints.read_end);
  }
  result.code = child.code();
  result.output = Secret(std::move(printed));
  return result;
}

}  // namespace defenderd
