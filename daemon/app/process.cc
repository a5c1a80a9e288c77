#include "app/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace defenderd {

SignalSet::SignalSet() {
  sigemptyset(&set_);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, number);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
}

Signal SignalSet::wait() const {
  int number = 0;
  while (sigwait(&set_, &number) != 0) {
  }
  return number == SIGHUP ? Signal::Reload : Signal::Stop;
}

void SignalSet::wake() { ::kill(::getpid(), SIGTERM); }

void protect_memory() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // The limit does not hold for a core pattern that is a pipe; an empty filter does (core(5)). Not
  // PR_SET_DUMPABLE, which would also close /proc/self to the process metrics.
  std::ofstream("/proc/self/coredump_filter") << "0";
}

}  // namespace defenderd
