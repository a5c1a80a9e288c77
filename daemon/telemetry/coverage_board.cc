#include "telemetry/coverage_board.h"

#include <utility>

#include "base/text.h"
#include "telemetry/departures.h"

namespace defenderd {

std::string_view to_text(CoverageReason reason) {
  switch (reason) {
    case CoverageReason::NotDeclared:
      return "NotDeclared";
    case CoverageReason::ScopesDisagree:
      return "ScopesDisagree";
    case CoverageReason::LeftScope:
      return "LeftScope";
    case CoverageReason::OutOfSight:
      return "OutOfSight";
    case CoverageReason::NotEnabled:
      return "NotEnabled";
  }
  return "NotDeclared";
}

std::optional<CoverageReason> parse_coverage_reason(std::string_view text) {
  return find_by_text(kAllCoverageReasons, text);
}

std::array<std::size_t, kAllCoverageReasons.size()> left_lately(const CoverageSnapshot& coverage,
                                                                WallTime now) {
  std::array<std::size_t, kAllCoverageReasons.size()> counts = {};
  for (const CoverageSnapshot::LeftRow& row : coverage.left_rows)
    if (now < row.at + kDepartedShown) ++counts.at(static_cast<std::size_t>(row.reason));
  return counts;
}

void CoverageBoard::set(CoverageSnapshot snapshot) {
  auto next = std::make_shared<const CoverageSnapshot>(std::move(snapshot));
  const MutexLock lock(mutex_);
  current_.swap(next);
}

std::shared_ptr<const CoverageSnapshot> CoverageBoard::snapshot() const {
  const MutexLock lock(mutex_);
  return current_;
}

}  // namespace defenderd
