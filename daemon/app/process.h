#pragma once
// What this process asks of the operating system.

#include <csignal>

namespace defenderd {

enum class Signal { Stop, Reload };

// Blocks SIGTERM, SIGINT and SIGHUP for this thread and all that it starts, so that wait() alone
// receives them; ignores SIGPIPE, which a peer that hangs up would otherwise end the process with.
class SignalSet {
 public:
  SignalSet();
  [[nodiscard]] Signal wait() const;
  // Ends a wait() as a Stop would. Any thread.
  static void wake();

 private:
  sigset_t set_{};
};

// Keeps this process's memory, which holds tokens and secrets, out of core dumps.
void protect_memory();

}  // namespace defenderd
