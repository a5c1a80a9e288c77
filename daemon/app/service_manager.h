#pragma once
// Notifies the service manager that started this process of its status: systemd, for a unit with
// Type=notify. sd_notify(3) and sd_watchdog_enabled(3) describe the protocol.

#include <sys/types.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "app/environment.h"
#include "app/notify_socket.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "telemetry/log.h"

namespace defenderd {

// Thread-safe. Without a service manager nothing is sent.
class ServiceManager {
 public:
  // `self` is the id of this process: a watchdog that is meant for another one is ignored.
  ServiceManager(const Environment& environment, pid_t self, Clock& clock);

  // The server listens and the files are in force: after the start, and after a reload.
  void ready(const std::string& status);
  void reloading();
  void stopping();

  [[nodiscard]] bool listens() const { return socket_.has_value(); }
  // What it is notified of.
  struct State {
    std::optional<std::string> unhealthy = {};  // why this process should be restarted
    std::string status = {};                    // one line for people
  };
  // Feeds the watchdog for as long as `state` is healthy, and reports the status when it changes,
  // until `stop` is requested. Logs the first notification that could not be sent. Blocks.
  void watch(const std::function<State()>& state, Logger& log, const std::stop_token& stop);

 private:
  void report(const State& now);
  // Sent under the lock, so that no status follows the one that says that this process is stopping.
  void notify(const std::string& lines) REQUIRES(mutex_);
  // "" if it is the one that was last sent, or this process is stopping.
  std::string status_line(const std::string& status) REQUIRES(mutex_);
  void log_failure(Logger& log);

  Clock& clock_;
  const std::optional<NotifySocket> socket_;
  const std::optional<Duration> watchdog_;  // it waits this long
  Mutex mutex_;
  std::string status_ GUARDED_BY(mutex_);   // as last sent
  std::string failure_ GUARDED_BY(mutex_);  // the first one; "" once it is logged
  bool logged_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace defenderd
