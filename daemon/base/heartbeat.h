#pragma once
// Whether the threads of this process make progress.
//
// A thread that runs a loop has a Heartbeat. It beats in each turn, and whatever it calls that may
// take long beats for it: waits, requests to Azure, the reading of files. A thread that stands
// still, in our code, in a library or in the kernel, therefore stops beating.

#include <atomic>
#include <condition_variable>
#include <list>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace defenderd {

// No wait lasts longer without a beat.
inline constexpr Duration kBeatEvery = std::chrono::seconds(20);

// One thread's place in the table.
struct HeartbeatSlot {
  HeartbeatSlot(std::string name, const Clock& time, Duration::rep now)
      : thread(std::move(name)), clock(time), last(now) {}

  std::string thread;
  const Clock& clock;
  std::atomic<Duration::rep> last;
};

// The table of the threads. Thread-safe. Its lock is held for a few instructions only.
class Heartbeats {
 public:
  explicit Heartbeats(const Clock& clock) : clock_(clock) {}

  struct Reading {
    std::string thread;
    Duration silent{0};  // since its last beat
  };
  // Of the threads that run now, in the order of their names.
  [[nodiscard]] std::vector<Reading> read() const;

 private:
  friend class Heartbeat;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::list<HeartbeatSlot> slots_ GUARDED_BY(mutex_);
};

// Held by a thread while it runs its loop; gives it its name.
class Heartbeat {
 public:
  // `table` outlives it; nullptr: nobody watches this thread.
  Heartbeat(Heartbeats* table, std::string thread);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

 private:
  Heartbeats* const table_;
  HeartbeatSlot* const outer_;  // of this thread, before
  std::list<HeartbeatSlot>::iterator slot_;
};

// The calling thread makes progress. Has no effect on a thread without a Heartbeat.
void beat() noexcept;

// Like changed.wait(lock, stop, done), but beats while it waits.
template <class Done>
bool wait_beating(std::condition_variable_any& changed, MutexLock& lock,
                  const std::stop_token& stop, Done done) {
  while (!changed.wait_for(lock, stop, kBeatEvery, done)) {
    if (stop.stop_requested()) return false;
    beat();
  }
  return true;
}

}  // namespace defenderd
