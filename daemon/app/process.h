#pragma once
// What this process asks of the operating system.

#include <csignal>
#include <functional>
#include <stop_token>

namespace defenderd {

enum class Signal { Stop, Reload };

// Blocks SIGTERM, SIGINT and SIGHUP for this thread and all that it starts, so that wait() alone
// receives them; ignores SIGPIPE as below.
class SignalSet {
 public:
  SignalSet();
  [[nodiscard]] Signal wait() const;
  // Ends a wait() as a Stop would. Any thread.
  static void wake();

 private:
  sigset_t set_{};
};

// For commands without a SignalSet: a peer that hangs up is an error of the write to it, and does
// not end the process by SIGPIPE.
void ignore_broken_pipes();

// Does the work on a thread of its own until it is done. SIGTERM and SIGINT request its stop, which
// stderr tells, and wait for it.
void run_until_signal(const SignalSet& signals,
                      const std::function<void(const std::stop_token&)>& work);

// Keeps this process's memory, which holds tokens and secrets, out of core dumps.
void protect_memory();

}  // namespace defenderd
