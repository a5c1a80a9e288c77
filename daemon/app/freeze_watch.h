#pragma once
// Follows the freezes: reports when one begins and ends, and lets what waited for it be written.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "reconcile/freezes.h"
#include "telemetry/freeze_status.h"
#include "telemetry/freezes_section.h"
#include "telemetry/journal.h"
#include "telemetry/log.h"
#include "telemetry/status_board.h"

namespace defenderd {

// Thread-safe.
class FreezeWatch {
 public:
  // All outlive it.
  struct Parts {
    Freezes& freezes;
    const StatusBoard& board;
    Journal& journal;
    Logger& log;
    const Clock& clock;
    std::function<void(SubscriptionId)> make_due;
    std::function<void()> save;  // the state, now
  };
  explicit FreezeWatch(Parts parts) : parts_(std::move(parts)) {}

  // Those of the settings, in force when it returns.
  void set_declared(std::vector<Freeze> freezes);
  // Those that an edit of the settings adds which is not in force yet, likewise.
  void set_early(std::vector<Freeze> freezes);

  // By the API: in force, and saved, when it returns. The Error says what to do.
  [[nodiscard]] Result<Done> freeze(Freeze freeze);
  // Ends those of the API, and returns how many. `reason` and `by` are for the log and the journal.
  std::size_t thaw(const std::string& reason, const std::string& by);

  // Reports what has begun and ended meanwhile. Called every few seconds.
  void check();

  [[nodiscard]] std::vector<FreezeStatus> status() const;

  // What a restart must remember. recall() comes before the first check().
  [[nodiscard]] FreezeMemory memory() const;
  void recall(FreezeMemory memory);
  [[nodiscard]] std::uint64_t revision() const;

 private:
  struct Known {
    WallTime since;
    std::string reason;
  };
  struct News {
    std::vector<ActiveFreeze> begun = {};
    std::vector<Known> ended = {};
  };
  News compare(WallTime now) REQUIRES(mutex_);
  void report(const News& news, WallTime now, const std::string& why);
  void check(const std::string& why);
  void make_frozen_due() const;

  const Parts parts_;
  mutable Mutex mutex_;                                    // never held while something is logged
  std::map<std::string, Known> known_ GUARDED_BY(mutex_);  // those in force, by fingerprint
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
