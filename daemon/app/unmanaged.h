#pragma once
// The visible subscriptions that nothing declares: since when, and what left its scope.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/scope_resolution.h"
#include "reconcile/scope_news.h"
#include "telemetry/coverage_board.h"
#include "telemetry/coverage_memory.h"

namespace defenderd {

// Thread-safe.
class Unmanaged {
 public:
  // `clock` outlives it.
  explicit Unmanaged(const Clock& clock) : clock_(clock) {}

  // The result of a listing.
  struct Update {
    std::vector<CoverageRow> rows;        // by id: unmanaged, or covered before and now invisible
    std::vector<CoverageRow> left_scope;  // by this listing
    std::vector<CoverageRow> first_seen;  // without a declaration, by this listing
    std::size_t left = 0;                 // all that left a scope
    std::vector<CoverageSnapshot::LeftRow> left_rows = {};  // of the rows, those that left a scope
  };
  Update resolved(const Resolution& resolution, const ScopeNews& news);

  // What a restart must remember. recall() comes before the first listing.
  [[nodiscard]] CoverageMemory memory() const;
  void recall(const CoverageMemory& memory);
  // Increases if memory() may have changed.
  [[nodiscard]] std::uint64_t revision() const;

 private:
  std::vector<CoverageRow> take_departed(const Resolution& resolution,
                                         const std::vector<Declaration>& departed) REQUIRES(mutex_);
  void forget_left(const Resolution& resolution, std::size_t scopes) REQUIRES(mutex_);
  [[nodiscard]] std::vector<CoverageRow> rows_of(const Resolution& resolution) const
      REQUIRES(mutex_);
  void count_left(Update& update) const REQUIRES(mutex_);
  std::vector<CoverageRow> note_first_seen(std::vector<CoverageRow>& rows) REQUIRES(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<SubscriptionId, CoverageRow> left_ GUARDED_BY(mutex_);
  std::map<SubscriptionId, WallTime> first_seen_ GUARDED_BY(mutex_);
  // Of an earlier run, until every tenant has been listed.
  std::map<SubscriptionId, WallTime> seen_earlier_ GUARDED_BY(mutex_);
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
