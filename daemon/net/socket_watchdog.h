#pragma once
// Ends exchanges that take too long. A socket's timeout is per read and per write, so a server that
// sends a byte now and then keeps an exchange busy forever, and a thread that connects, reads or
// writes notices no stop. Shutting the socket down from outside ends both immediately.

#include <set>
#include <thread>
#include <utility>

#include "base/alarm.h"
#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/mutex.h"
#include "base/unique_fd.h"

namespace defenderd {

// A second handle on a connection's socket, so that a descriptor that its owner has closed and the
// system has reused is never touched. Thread-safe.
class SocketHandle {
 public:
  SocketHandle() = default;
  SocketHandle(const SocketHandle&) = delete;
  SocketHandle& operator=(const SocketHandle&) = delete;
  ~SocketHandle() = default;

  void attach(int descriptor);  // a new connection; cut at once if cut() was called before
  void cut();                   // ends the current exchange and all later ones until reset()
  void reset();                 // before an exchange
  [[nodiscard]] bool was_cut() const;
  // Something has arrived. On an idle connection that means it was closed.
  [[nodiscard]] bool has_input() const;

 private:
  mutable Mutex mutex_;
  UniqueFd duplicate_ GUARDED_BY(mutex_);
  bool cut_ GUARDED_BY(mutex_) = false;
};

// One thread that cuts handles at their deadlines. Thread-safe. A handle has one watch at a time.
class SocketWatchdog {
 public:
  // `heartbeats` outlives it.
  explicit SocketWatchdog(Heartbeats* heartbeats = nullptr);
  SocketWatchdog(const SocketWatchdog&) = delete;
  SocketWatchdog& operator=(const SocketWatchdog&) = delete;
  ~SocketWatchdog() = default;

  // While it lives, `handle` is cut at `deadline`.
  class Watch {
   public:
    Watch(SocketWatchdog& watchdog, SocketHandle& handle, SteadyTime deadline);
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch();

   private:
    SocketWatchdog& watchdog_;
    const std::pair<SteadyTime, SocketHandle*> entry_;
  };

 private:
  void run(Heartbeats* heartbeats, const std::stop_token& stop);
  // Returns when it is to be called again.
  [[nodiscard]] SteadyTime cut_what_is_late();

  SystemClock clock_;  // sockets use real time
  Alarm alarm_{clock_};

  Mutex mutex_;
  // Those that were cut are gone.
  std::set<std::pair<SteadyTime, SocketHandle*>> watched_ GUARDED_BY(mutex_);
  // When the thread looks next. Most requests end long before their deadline: those that come
  // meanwhile need not wake it.
  SteadyTime wake_ GUARDED_BY(mutex_) = SteadyTime::min();
  std::jthread thread_;  // last: it uses the others
};

}  // namespace defenderd
