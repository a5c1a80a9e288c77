#include "app/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <thread>

namespace defenderd {

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

void SignalSet::wake() { ::kill(::getpid(), SIGTERM); }

void ignore_broken_pipes() { static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); }

void run_until_signal(const SignalSet& signals,
                      const std::function<void(const std::stop_token&)>& work) {
  std::atomic<bool> through = false;
  std::jthread worker([&](const std::stop_token& stop) {
    work(stop);
    through = true;
    SignalSet::wake();
  });
  while (signals.wait() == Signal::Reload) {
  }
  worker.request_stop();
  if (!through) {
    std::fputs("defenderd: stopping; nothing new begins, a write under way is let finish\n",
               stderr);
  }
}

void protect_memory() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // The limit does not hold for a core pattern that is a pipe; an empty filter does (core(5)). Not
  // PR_SET_DUMPABLE, which would also close /proc/self to the process metrics.
  std::ofstream("/proc/self/coredump_filter") << "0";
}

}  // namespace defenderd
