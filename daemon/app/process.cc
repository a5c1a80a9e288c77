#include "app/process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>
#include <utility>

#include "app/complain.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

// Beyond this, programs that a child process may be go through all numbers up to the limit.
constexpr rlim_t kEnoughDescriptors = 65'536;

class Ending {
 public:
  void set() {
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }
  bool wait_for(Duration patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return ended_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
};

}  // namespace

void open_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is given out, and those below are taken. Where there is no /dev/null,
    // something else must hold the number: what is printed to it is an error.
    if (open("/dev/null", O_RDWR) < 0) static_cast<void>(open("/", O_RDONLY | O_DIRECTORY));
  }
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min(limit.rlim_max, kEnoughDescriptors);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::uint64_t descriptor_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

SignalSet::SignalSet() {
  sigemptyset(&set_);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, number);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  ignore_broken_pipes();
}

Signal SignalSet::wait() const {
  int number = 0;
  while (sigwait(&set_, &number) != 0) {
  }
  return number == SIGHUP ? Signal::Reload : Signal::Stop;
}

void SignalSet::release() const {
  const timespec at_once{};
  while (sigtimedwait(&set_, nullptr, &at_once) > 0) {
  }
  pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

void SignalSet::wake() { ::kill(::getpid(), SIGTERM); }

void ignore_broken_pipes() { static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); }

void run_until_signal(const SignalSet& signals,
                      const std::function<void(const std::stop_token&)>& work,
                      const SignalOptions& options) {
  Ending ending;
  std::jthread worker([&](const std::stop_token& stop) {
    work(stop);
    ending.set();
    SignalSet::wake();
  });
  while (signals.wait() == Signal::Reload) {
    if (options.reload) options.reload();
  }
  const bool over = ending.wait_for(Duration::zero());
  worker.request_stop();
  if (!over && !options.stopping.empty()) {
    print_error("defenderd: " + options.stopping + "\n");
  }
  if (!ending.wait_for(options.longest_stop)) {
    print_error("defenderd: the stop has been waiting for " +
                format_duration(options.longest_stop) +
                (options.stage == nullptr ? "" : std::string(" for ") + options.stage->now()) +
                ", which hangs; ending without it\n");
    _exit(kHung);
  }
  worker.join();
}

void protect_memory() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // The limit does not hold for a core pattern that is a pipe; an empty filter does (core(5)). Not
  // PR_SET_DUMPABLE, which would also close /proc/self to the process metrics.
  std::ofstream("/proc/self/coredump_filter") << "0";
}

}  // namespace defenderd
