#pragma once
// The freezes of this run: those of the settings, and those that somebody commanded through the API
// while it runs.

#include <cstdint>
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

  // Replaces those of the settings in force; the early ones are among them, or void.
  void set_declared(std::vector<Freeze> freezes);
  // Replaces the early ones: those that an edit of the settings adds which is not in force yet.
  // Whether that changes anything.
  bool set_early(std::vector<Freeze> freezes);
  // Adds one of the API. False if there are too many.
  bool command(Freeze freeze);
  // Ends all of the API, and returns how many.
  std::size_t thaw();
  // Those of the API that an earlier run had.
  void recall(std::vector<Freeze> commanded);
  // Forgets those of the API that are over.
  void forget_over(WallTime now);

  [[nodiscard]] std::vector<Freeze> commanded() const;
  // Increases whenever those of the API change.
  [[nodiscard]] std::uint64_t revision() const;

  [[nodiscard]] std::shared_ptr<const ActiveFreezes> at(WallTime now) const override;

  struct Listed {
    std::shared_ptr<const Freeze> freeze;
    std::optional<FreezeSpan> span = {};  // the present or the next one; nullopt: it is over
  };
  // Those of the settings first, in their order.
  [[nodiscard]] std::vector<Listed> list(WallTime now) const;

 private:
  using Shared = std::vector<std::shared_ptr<const Freeze>>;
  // What is in force from one moment to the next change.
  struct Period {
    WallTime from;
    std::optional<WallTime> until;
    std::shared_ptr<const ActiveFreezes> active;
  };
  void changed() REQUIRES(mutex_);
  [[nodiscard]] Period period(WallTime now) const REQUIRES(mutex_);

  mutable Mutex mutex_;
  Shared declared_ GUARDED_BY(mutex_);
  Shared early_ GUARDED_BY(mutex_);
  Shared commanded_ GUARDED_BY(mutex_);
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
  mutable std::optional<Period> period_ GUARDED_BY(mutex_);  // as last computed
};

}  // namespace defenderd
