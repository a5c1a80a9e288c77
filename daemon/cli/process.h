#pragma once
// What this process asks of the operating system.

#include <chrono>
#include <csignal>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "app/stop_stage.h"
#include "base/clock.h"

namespace defenderd {

enum class Signal { Stop, Reload };

// Blocks SIGTERM, SIGINT and SIGHUP for this thread and all that it starts, so that wait() alone
// receives them; ignores SIGPIPE as below.
class SignalSet {
 public:
  SignalSet();
  [[nodiscard]] Signal wait() const;
  // For what is printed after the work: from now on signals have their usual effect, and those that
  // came before have none.
  void release() const;
  // Ends a wait() as a Stop would. Any thread.
  static void wake();

 private:
  sigset_t set_{};
};

// For commands without a SignalSet: a peer that hangs up is an error of the write to it, and does
// not end the process by SIGPIPE.
void ignore_broken_pipes();

// How long a stop may last: longer than the grace of in-flight writes (12 s), the journal's
// patience with an outlet (5 s) and the log's farewell (2 s) together; shorter than the 30 s after
// which Kubernetes and systemd usually kill.
inline constexpr Duration kLongestStop = std::chrono::seconds(20);
// The exit code of a process that did not stop by then.
inline constexpr int kHung = 3;

// What commands that a person waits for say then.
inline constexpr std::string_view kStopping = "stopping; finishing in-flight writes";

struct SignalOptions {
  std::string stopping = {};          // printed when a signal has requested the stop
  std::function<void()> reload = {};  // at SIGHUP; no other signal is heard meanwhile
  const StopStage* stage = nullptr;   // for the words about a stop that lasts too long
  Duration longest_stop = kLongestStop;
};

// Does the work on a thread of its own until it is done. SIGTERM and SIGINT request its stop and
// wait for it; one that lasts too long ends the process with kHung.
void run_until_signal(const SignalSet& signals,
                      const std::function<void(const std::stop_token&)>& work,
                      const SignalOptions& options = {});

// Keeps this process's memory, which holds tokens and secrets, out of core dumps.
void protect_memory();

}  // namespace defenderd
