#pragma once
// Ends exchanges that take too long. The HTTP library's timeouts are per read, so a server that
// sends a byte now and then holds it for ever; and its own stop() blocks while it connects.
// Shutting the socket down from outside ends either at once.

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/clock.h"

namespace defenderd {

// A second handle on a connection's socket, so that a descriptor that the library has closed and
// the system has given to somebody else is never touched. Thread-safe.
class SocketHandle {
 public:
  SocketHandle() = default;
  SocketHandle(const SocketHandle&) = delete;
  SocketHandle& operator=(const SocketHandle&) = delete;
  ~SocketHandle();

  void attach(int descriptor);  // a new connection; cut at once if cut() was called before
  void cut();                   // ends the present exchange and any that follows, until reset()
  void reset();                 // before an exchange
  [[nodiscard]] bool was_cut() const;
  // Something has come in. On a connection on which nothing was asked, that is its end.
  [[nodiscard]] bool has_input() const;

 private:
  mutable std::mutex mutex_;
  int duplicate_ = -1;
  bool cut_ = false;
};

// One thread that cuts handles at their deadlines. Thread-safe. A handle has one watch at a time.
class SocketWatchdog {
 public:
  SocketWatchdog();
  SocketWatchdog(const SocketWatchdog&) = delete;
  SocketWatchdog& operator=(const SocketWatchdog&) = delete;
  ~SocketWatchdog() = default;

  // While it lives, `handle` is cut when `deadline` comes.
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
  void run(const std::stop_token& stop);

  const SystemClock clock_;  // sockets live in real time

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::pair<SteadyTime, SocketHandle*>> watched_;  // those that were cut are gone
  // When the thread looks next. Most requests end long before their deadline: those that come
  // meanwhile need not wake it.
  SteadyTime wake_ = SteadyTime::min();
  std::jthread thread_;  // last: it uses the others
};

}  // namespace defenderd
