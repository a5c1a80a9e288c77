#include "cli/process.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <exception>
#include <fstream>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "base/time_text.h"
#include "cli/complain.h"

namespace defenderd {
namespace {

class Ending {
 public:
  void set() {
    {
      const MutexLock lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }
  // Waits until the end or a request for it.
  void await_request(const std::stop_token& requested) {
    MutexLock lock(mutex_);
    changed_.wait(lock, requested, [&]() REQUIRES(mutex_) { return ended_; });
  }
  bool wait_for(Duration patience) {
    MutexLock lock(mutex_);
    return changed_.wait_for(lock, patience, [&]() REQUIRES(mutex_) { return ended_; });
  }

 private:
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool ended_ GUARDED_BY(mutex_) = false;
};

}  // namespace

SignalSet::SignalSet() {
  sigemptyset(&set_);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, number);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  ignore_signals_of_writes();
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

void ignore_signals_of_writes() {
  for (const int number : {SIGPIPE, SIGXFSZ}) static_cast<void>(std::signal(number, SIG_IGN));
}

void run_until_signal(const SignalSet& signals,
                      const std::function<void(const std::stop_token&)>& work,
                      const SignalOptions& options) {
  Ending ending;
  std::exception_ptr thrown;
  // Started before the work: a stop must not depend on whether the system still allows a thread, or
  // on anything that can hang, such as the callbacks of the stop request.
  std::jthread limit([&](const std::stop_token& stopping) {
    ending.await_request(stopping);
    if (ending.wait_for(options.longest_stop)) return;
    const char* const what =
        options.stage == nullptr ? "the work in progress" : options.stage->now();
    print_error("defenderd: waited " + format_duration(options.longest_stop) + " for " + what +
                ", which hangs; exiting anyway\n");
    // Not _exit(), in which the sanitizers wait for the thread that hangs.
    syscall(SYS_exit_group, kHung);
  });
  std::jthread worker;
  try {
    worker = std::jthread([&](const std::stop_token& stop) {
      try {
        work(stop);
      } catch (...) {
        thrown = std::current_exception();
      }
      ending.set();
      SignalSet::wake();
    });
  } catch (...) {
    ending.set();
    throw;
  }
  while (signals.wait() == Signal::Reload && options.reload) options.reload();
  limit.request_stop();
  const bool over = ending.wait_for(Duration::zero());
  worker.request_stop();
  if (!over && !options.stopping.empty()) {
    print_error("defenderd: " + options.stopping + "\n");
  }
  worker.join();
  if (thrown) std::rethrow_exception(thrown);
}

void keep_exit_codes() { static_cast<void>(std::signal(SIGCHLD, SIG_DFL)); }

void protect_memory() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // The limit does not apply to a core pattern that is a pipe; an empty filter does (core(5)). Not
  // PR_SET_DUMPABLE, which would also deny /proc/self to the process metrics.
  std::ofstream("/proc/self/coredump_filter") << "0";
}

}  // namespace defenderd
