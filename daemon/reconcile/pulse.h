#pragma once
// Whether the workers make progress, for probes: stored in atomics, so that reading takes no lock
// and a worker that is stuck while holding a lock is still detected.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <vector>

#include "base/clock.h"

namespace defenderd {

// Thread-safe.
class Pulse {
  using Slot = std::atomic<Duration::rep>;

 public:
  // The most workers that are tracked.
  Pulse(std::size_t workers, SteadyTime now) : working_since_(workers), beat_(ticks(now)) {
    for (Slot& slot : working_since_) slot = kFree;
  }

  // A worker makes progress.
  void beat(SteadyTime now) { beat_ = ticks(now); }

  // Held by a worker for as long as it works on a subscription.
  class Working {
   public:
    Working(Pulse& pulse, SteadyTime since) {
      for (Slot& slot : pulse.working_since_) {
        Duration::rep free = kFree;
        if (!slot.compare_exchange_strong(free, ticks(since))) continue;
        slot_ = &slot;
        return;
      }
    }
    ~Working() {
      if (slot_ != nullptr) *slot_ = kFree;
    }
    Working(const Working&) = delete;
    Working& operator=(const Working&) = delete;

   private:
    Slot* slot_ = nullptr;
  };

  struct Reading {
    bool idle = true;             // no worker works
    Duration longest_working{0};  // of those that work
    Duration since_beat{0};       // since any worker last made progress
  };
  [[nodiscard]] Reading read(SteadyTime now) const {
    Reading reading;
    for (const Slot& slot : working_since_) {
      const Duration::rep since = slot;
      if (since == kFree) continue;
      reading.idle = false;
      reading.longest_working = std::max(reading.longest_working, Duration(ticks(now) - since));
    }
    reading.since_beat = Duration(ticks(now) - beat_);
    return reading;
  }

 private:
  static constexpr Duration::rep kFree = Duration::min().count();
  static Duration::rep ticks(SteadyTime time) { return Duration(time.time_since_epoch()).count(); }

  std::vector<Slot> working_since_;
  std::atomic<Duration::rep> beat_;
};

}  // namespace defenderd
