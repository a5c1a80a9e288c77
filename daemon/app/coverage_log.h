#pragma once
// What people read about the coverage of the fleet: log lines, and the rows of the coverage board.

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/unmanaged.h"
#include "core/scope_resolution.h"
#include "reconcile/scope_news.h"
#include "telemetry/coverage_board.h"
#include "telemetry/log.h"

namespace defenderd {

// Logs only what is new: a failure when it starts, changes and ends; a subscription when it leaves
// its scope or is first seen without a declaration; scopes that disagree when they start and stop.
// More than three tenants whose lists fail alike, or are read again, are one line.
//
// Not thread-safe: the scope follower calls it once at a time.
class CoverageLog {
 public:
  // All outlive it.
  CoverageLog(Unmanaged& unmanaged, Logger& log, CoverageBoard& board)
      : unmanaged_(unmanaged), log_(log), board_(board) {}

  void resolved(const Resolution& resolution, const ScopeNews& news);

 private:
  void log_failures(const std::vector<TenantView>& tenants);
  void log_failures_alike(const std::vector<const TenantView*>& alike);
  void log_conflicts(const std::vector<ScopeConflict>& conflicts);
  void show(Unmanaged::Update update, std::vector<CoverageSnapshot::ScopeRow> scopes,
            const Resolution& resolution, const ScopeNews& news);
  void log_covered(std::size_t covered);
  void log_empty_scopes(const std::vector<CoverageSnapshot::ScopeRow>& scopes, std::size_t visible);
  enum class Rows { LeftScope, FirstSeen };
  void log_rows(Rows which, const std::vector<CoverageRow>& rows);

  Unmanaged& unmanaged_;
  Logger& log_;
  CoverageBoard& board_;
  // The kind of failure that was last logged, by tenant.
  std::map<std::optional<TenantId>, std::string> failures_;
  std::map<std::string, std::size_t> conflicts_;  // logged; by the pair of scopes
  std::size_t covered_ = 0;                       // as last logged
  std::set<std::string> empty_scopes_;            // logged
};

}  // namespace defenderd
