#pragma once
// Findings, from the inspections to everybody who reports them: compares what is found now with
// what was known, and writes the log, the journal and the board.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "app/findings_log.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "core/finding.h"
#include "desired/settings.h"
#include "reconcile/inspector.h"
#include "telemetry/coverage_board.h"
#include "telemetry/findings_board.h"
#include "telemetry/journal.h"
#include "telemetry/log.h"
#include "telemetry/status_board.h"

namespace defenderd {

[[nodiscard]] Inspector::Options inspector_options(const FindingSettings& settings);

// Everything that is inspected: what is declared, and what is visible and unmanaged.
[[nodiscard]] std::vector<InspectionTarget> inspection_targets(const StatusSnapshot& declared,
                                                               const CoverageSnapshot& coverage);

// Thread-safe.
class FindingsWatch {
 public:
  // All outlive it. `may_start`: every declared subscription was observed. `may_cover`: a scope
  // may cover it, although nothing declares it, because a list was never read.
  struct Parts {
    const StatusBoard& board;
    const CoverageBoard& coverage;
    FindingsBoard& findings;
    Journal& journal;
    Logger& log;
    const Clock& clock;
    std::function<bool()> may_start;
    std::function<bool(SubscriptionId)> may_cover;
  };
  FindingsWatch(Parts parts, bool enabled);

  // For the Inspector; this object outlives it.
  [[nodiscard]] Inspector::Listener listener();

  void set_enabled(bool enabled);

  // Computes the findings again, because plans and the declared acceptances change too. Called with
  // no lock held that the board or the coverage takes.
  void refresh();

  // What a restart must remember. recall() comes before the first refresh().
  [[nodiscard]] std::vector<RememberedFinding> memory() const;
  void recall(const std::vector<RememberedFinding>& findings);
  [[nodiscard]] std::uint64_t revision() const;

 private:
  using Key = std::tuple<SubscriptionId, FindingKind, std::string>;  // the resource in lower case
  [[nodiscard]] bool is_enabled() const;
  void show_disabled();
  void completed(const InspectionRound& round);
  void passed(const std::optional<InspectionProgress>& progress);
  [[nodiscard]] std::vector<Finding> find(FindingsSnapshot& counted) const;
  FindingNews compare(std::vector<Finding>& now) REQUIRES(mutex_);
  void compare_accepted(const Key& key, const Finding& finding, bool was_accepted,
                        FindingNews& news) const REQUIRES(mutex_);
  [[nodiscard]] bool is_known_as_accepted(const Key& key) const REQUIRES(mutex_);
  void warn_of_ends(const std::map<Key, Finding>& known, FindingNews& news) REQUIRES(mutex_);
  std::vector<Finding> over_since_earlier(const InspectionRound& round,
                                          const FindingsBoard::Inspections& inspected)
      REQUIRES(mutex_);

  const Parts parts_;
  // One refresh() at a time: of two, the later one has what is declared later. Nor are the findings
  // switched off during one, which would show them again.
  Mutex refreshing_;
  mutable Mutex mutex_;  // never held while something is logged
  bool enabled_ GUARDED_BY(mutex_);
  std::optional<WallTime> last_round_ GUARDED_BY(mutex_);
  std::optional<WallTime> next_round_ GUARDED_BY(mutex_);
  std::optional<InspectionProgress> progress_ GUARDED_BY(mutex_);
  std::string failure_ GUARDED_BY(mutex_);
  std::string denied_ GUARDED_BY(mutex_);
  std::map<Key, Finding> known_ GUARDED_BY(mutex_);
  struct Earlier {
    WallTime since;
    bool accepted = false;
  };
  // Of an earlier run, until a round has ended that could include the subscription.
  std::map<Key, Earlier> earlier_ GUARDED_BY(mutex_);
  // The ends of acceptances that have their warning.
  std::map<Key, WallTime> warned_ GUARDED_BY(mutex_);
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

}  // namespace defenderd
