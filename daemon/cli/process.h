#pragma once
// What this process needs from the operating system.

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

// Blocks SIGTERM, SIGINT and SIGHUP for this thread and all that it starts, so that only wait()
// receives them; ignores the signals below.
class SignalSet {
 public:
  SignalSet();
  [[nodiscard]] Signal wait() const;
  // For output after the work: from now on signals have their usual effect, and earlier ones are
  // discarded.
  void release() const;
  // Ends a wait() like a Stop. Any thread.
  static void wake();

 private:
  sigset_t set_{};
};

// For commands without a SignalSet: a peer that hangs up, or a file that may not become larger, is
// an error of the write to it, and does not end the process by SIGPIPE or SIGXFSZ.
void ignore_signals_of_writes();

// How long a stop may take: as long as the grace of in-flight writes (12 s), the journal's wait for
// an outlet (5 s) and the log's last wait (2 s) together. With the second that the last message may
// take, the process ends within 20 s, before the 30 s after which Kubernetes and systemd usually
// kill.
inline constexpr Duration kLongestStop = std::chrono::seconds(19);
// The exit code of a process that did not stop by then.
inline constexpr int kHung = 3;

// Printed by interactive commands then: those that only read, and those that write.
inline constexpr const char* kStopping = "stopping";
inline constexpr const char* kStoppingWrites = "stopping; finishing in-flight writes";

struct SignalOptions {
  std::string stopping = {};  // printed when a signal has requested the stop
  // At SIGHUP; other signals wait meanwhile. Without it, SIGHUP stops: the terminal is gone.
  std::function<void()> reload = {};
  const StopStage* stage = nullptr;  // for the message about a stop that takes too long
  Duration longest_stop = kLongestStop;
};

// Runs the work on a separate thread until it is done. SIGTERM and SIGINT request its stop and wait
// for it; one that takes too long ends the process with kHung.
void run_until_signal(const SignalSet& signals,
                      const std::function<void(const std::stop_token&)>& work,
                      const SignalOptions& options = {});

// Undoes that who started this process ignores SIGCHLD, which survives exec: the exit codes of the
// programs that it starts would be lost.
void keep_exit_codes();

// Keeps this process's memory, which holds tokens and secrets, out of core dumps.
void protect_memory();

}  // namespace defenderd
