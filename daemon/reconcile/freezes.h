#pragma once
// The freezes of this run: those of the settings, and those that somebody commanded through the API
// while it runs.
//
// A clock that is set ends none of the API too early: `length` is measured by the steady clock, and
// `until` is over by both. Over a restart only the wall clock counts. One that is over is kept for
// an hour, in case that the clock was wrong.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/freeze.h"

namespace defenderd {

// Thread-safe.
class Freezes final : public FreezeSource {
 public:
  static constexpr std::size_t kMaxCommanded = 20;
  static constexpr Duration kKeptFor = std::chrono::hours(1);

  // The clock outlives it.
  explicit Freezes(const Clock& clock) : clock_(clock) {}

  // Replaces those of the settings in force; the early ones are among them, or void.
  void set_declared(std::vector<Freeze> freezes);
  // Replaces the early ones: those that an edit of the settings adds which is not in force yet.
  // Whether that changes anything.
  bool set_early(std::vector<Freeze> freezes);
  // Adds one of the API, unless the same one is in force: an order that is repeated is one freeze.
  // False if there are too many.
  bool command(Freeze freeze);
  // Ends those of the API that are wanted, and returns those of them that were not over.
  std::vector<Freeze> thaw(const std::function<bool(const Freeze&)>& wanted, WallTime now);
  // Those of the API that an earlier run had.
  void recall(std::vector<Freeze> commanded);
  // Forgets those of the API that are over since kKeptFor.
  void forget_over(WallTime now);

  // Those of the API, also those that are over.
  [[nodiscard]] std::vector<Freeze> commanded() const;
  // Increases whenever those of the API change.
  [[nodiscard]] std::uint64_t revision() const;

  [[nodiscard]] std::shared_ptr<const ActiveFreezes> at(WallTime now) const override;

  struct Listed {
    std::shared_ptr<const Freeze> freeze;
    std::optional<FreezeSpan> span = {};  // the present or the next one; nullopt: it is over
    bool commanded = false;               // by the API
  };
  // Those of the settings first, in their order. Those of the API that are not over.
  [[nodiscard]] std::vector<Listed> list(WallTime now) const;

 private:
  using Shared = std::vector<std::shared_ptr<const Freeze>>;
  struct Commanded {
    std::shared_ptr<const Freeze> freeze;
    std::optional<SteadyTime> ends = {};  // by the steady clock; nullopt: never
    bool has_length = false;
  };
  // What is in force from one moment to the next change.
  struct Period {
    WallTime from;
    std::optional<WallTime> until;
    std::optional<SteadyTime> steady_until;
    std::shared_ptr<const ActiveFreezes> active;
  };
  void changed() REQUIRES(mutex_);
  [[nodiscard]] Commanded commanded_from(Freeze freeze) const;
  // nullopt: it is over.
  [[nodiscard]] std::optional<FreezeSpan> span_of(const Commanded& one, WallTime now) const;
  // Whether the same one is.
  [[nodiscard]] bool is_in_force(const Commanded& order, WallTime now) const REQUIRES(mutex_);
  [[nodiscard]] bool is_forgotten(const Commanded& one, WallTime now, Duration after) const;
  [[nodiscard]] Period period(WallTime now) const REQUIRES(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  Shared declared_ GUARDED_BY(mutex_);
  Shared early_ GUARDED_BY(mutex_);
  std::vector<Commanded> commanded_ GUARDED_BY(mutex_);
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
  mutable std::optional<Period> period_ GUARDED_BY(mutex_);  // as last computed
};

}  // namespace defenderd
