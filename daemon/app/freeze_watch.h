#pragma once
// Follows the freezes: reports when one begins and ends, and lets what waited for it be written.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
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
    // The state, now. The Error says why it is not saved.
    std::function<Result<Done>()> save;
  };
  explicit FreezeWatch(Parts parts) : parts_(std::move(parts)) {}

  // Those of the settings, in force when it returns.
  void set_declared(std::vector<Freeze> freezes);
  // Those that an edit of the settings adds which is not in force yet, likewise.
  void set_early(std::vector<Freeze> freezes);

  // The fleet was declared; `complete`: all of it is known. Says which freezes concern nobody.
  void fleet_declared(bool complete);

  // By the API: in force when it returns, and saved, if the answer does not say why not. The Error
  // says what to do.
  [[nodiscard]] Result<FreezeAnswer> freeze(Freeze freeze);
  // Ends those of the API that the order names; the only one, if it names none. The Error says how
  // to name one of several, or all.
  [[nodiscard]] Result<FreezeAnswer> thaw(const ThawOrder& order);

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
  // Why those that have ended did, and by whom, where that was somebody.
  struct Cause {
    std::string why = {};
    std::string by = {};
  };
  void report(const News& news, WallTime now, const Cause& cause);
  void check(const Cause& cause);
  void warn_of_nobody();
  [[nodiscard]] std::size_t concerned(const Freeze& freeze) const REQUIRES(mutex_);
  [[nodiscard]] FreezeAnswer save() const;
  void make_frozen_due() const;

  const Parts parts_;
  mutable Mutex mutex_;                                    // never held while something is logged
  std::map<std::string, Known> known_ GUARDED_BY(mutex_);  // those in force, by fingerprint
  // How many declared subscriptions have exactly these owners, which differ in more than case.
  using Owners = std::set<std::string>;
  std::map<Owners, std::size_t> owners_ GUARDED_BY(mutex_);
  bool fleet_known_ GUARDED_BY(mutex_) = false;
  std::set<std::string> nobody_ GUARDED_BY(mutex_);  // those that were reported, by fingerprint
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
