#pragma once
// What earlier writes left open, for a command that sweeps: extensions that failed although Azure
// shows them as on, and changes that no read has shown. A sweep without a daemon must know them as
// the daemon does, and leave to it what it leaves open itself. Both are in the daemon's section
// about the subscriptions, of which nothing else changes.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/outcome.h"
#include "reconcile/controller.h"
#include "telemetry/state_keeper.h"

namespace defenderd {

// Thread-safe.
class OpenWrites {
 public:
  // The clock outlives it.
  explicit OpenWrites(const Clock& clock);

  // For the state of a command; it outlives that.
  [[nodiscard]] StateSection section();
  // What the saved state has.
  [[nodiscard]] Controller::Earlier earlier() const;
  // After a reconcile that may write.
  void note(const Outcome& outcome);

 private:
  struct Left {
    Unresolved unresolved;
    bool differs = true;
    bool operator==(const Left&) const = default;
  };
  [[nodiscard]] Result<Done> read(std::string_view text, WallTime saved);
  [[nodiscard]] std::string text();
  [[nodiscard]] std::string merged() const REQUIRES(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  std::string saved_ GUARDED_BY(mutex_);                // the section
  std::optional<std::string> text_ GUARDED_BY(mutex_);  // with `noted_`, as last made
  Controller::Earlier earlier_ GUARDED_BY(mutex_);
  std::map<SubscriptionId, Left> noted_ GUARDED_BY(mutex_);  // what differs from `saved_`
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
