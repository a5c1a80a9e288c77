#include "telemetry/coverage_board.h"

#include <utility>

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
  for (const CoverageReason reason : kAllCoverageReasons)
    if (to_text(reason) == text) return reason;
  return std::nullopt;
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
