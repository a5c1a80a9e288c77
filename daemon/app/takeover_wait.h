#pragma once
// A new leader that may have older files than the leader before it: it observes, and writes nothing
// until its files change, or for about two minutes (core/file_wait.h).

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/file_wait.h"
#include "core/leadership.h"
#include "telemetry/log.h"

namespace defenderd {

// What the write gate asks instead of the leadership alone. Thread-safe.
class TakeoverWait final : public LeadershipSource {
 public:
  // All outlive it.
  TakeoverWait(const LeadershipSource& leadership, std::string replica, const Clock& clock,
               Logger& log);

  // The desired state that is in force, before recall() and before each edit takes effect: no write
  // of it may begin before the next leader can know of it.
  void set_in_force(const std::string& hash);
  // At the start: what the leader before this one had in force. Begins the wait, if there is one.
  void recall(InForce before);
  // True once: the wait is over, and what waited is due. Call it when an edit has taken effect, and
  // every few seconds.
  [[nodiscard]] bool check();

  // For the state: while it waits, what the leader before had in force, which the next one may
  // have, too.
  [[nodiscard]] InForce memory() const;
  [[nodiscard]] std::uint64_t revision() const;

  [[nodiscard]] LeadershipStanding standing() const override;

 private:
  struct Waiting {
    InForce before;
    std::string hash;  // of this replica, when the wait began
    SteadyTime until;
    std::string why;
  };

  const LeadershipSource& leadership_;
  const Clock& clock_;
  Logger& log_;
  mutable Mutex mutex_;
  InForce mine_ GUARDED_BY(mutex_);
  std::optional<Waiting> waiting_ GUARDED_BY(mutex_);
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
