#include "app/service_manager.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/heartbeat.h"
#include "base/scrub.h"

namespace defenderd {
namespace {

std::optional<long long> positive(const std::string& text) {
  long long value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || value <= 0) return std::nullopt;
  return value;
}

std::optional<NotifySocket> socket_of(const Environment& environment) {
  if (environment.notify_socket.empty()) return std::nullopt;
  return NotifySocket(environment.notify_socket);
}

std::optional<Duration> watchdog_of(const Environment& environment, pid_t self) {
  const auto microseconds = positive(environment.watchdog_usec);
  if (!microseconds) return std::nullopt;
  if (!environment.watchdog_pid.empty() && positive(environment.watchdog_pid) != self) {
    return std::nullopt;
  }
  return std::chrono::microseconds(*microseconds);
}

}  // namespace

ServiceManager::ServiceManager(const Environment& environment, pid_t self, Clock& clock)
    : clock_(clock), socket_(socket_of(environment)), watchdog_(watchdog_of(environment, self)) {}

void ServiceManager::ready(const std::string& status) {
  const MutexLock lock(mutex_);
  notify("READY=1\n" + status_line(status));
}

// systemd compares the time with that of its own request, in CLOCK_MONOTONIC.
void ServiceManager::reloading() {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.awake_now().time_since_epoch());
  const MutexLock lock(mutex_);
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()) + "\n");
}

void ServiceManager::stopping() {
  const MutexLock lock(mutex_);
  notify("STOPPING=1\n" + status_line("stopping: in-flight writes may finish"));
  stopping_ = true;
}

void ServiceManager::watch(const std::function<State()>& state, Logger& log,
                           const std::stop_token& stop) {
  if (!listens()) return;
  const Duration interval = std::min<Duration>(
      kBeatEvery,
      watchdog_ ? std::max<Duration>(*watchdog_ / 2, std::chrono::milliseconds(1)) : kBeatEvery);
  do {
    const State now = state();
    report(now);
    log_failure(log);
  } while (clock_.sleep_until(clock_.steady_now() + interval, stop));
}

void ServiceManager::report(const State& now) {
  const MutexLock lock(mutex_);
  std::string lines;
  if (watchdog_ && !now.unhealthy) lines = "WATCHDOG=1\n";
  lines += status_line(now.unhealthy ? "not healthy: " + *now.unhealthy : now.status);
  notify(lines);
}

void ServiceManager::notify(const std::string& lines) {
  if (!socket_ || lines.empty()) return;
  const auto sent = socket_->send(lines);
  if (!sent && !logged_ && failure_.empty()) failure_ = sent.error().message;
}

std::string ServiceManager::status_line(const std::string& status) {
  if (stopping_ || status == status_) return {};
  status_ = status;
  return "STATUS=" + outgoing_text(status.substr(0, status.find('\n'))) + "\n";
}

void ServiceManager::log_failure(Logger& log) {
  std::string failure;
  {
    const MutexLock lock(mutex_);
    failure = std::exchange(failure_, "");
    logged_ = logged_ || !failure.empty();
  }
  if (failure.empty()) return;
  log.log(LogLevel::Warn, log_event::kServiceManager,
          failure + "; it may stop this process, because it is not notified that it has started");
}

}  // namespace defenderd
