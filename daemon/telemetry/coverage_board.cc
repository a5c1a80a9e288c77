#include "telemetry/coverage_board.h"

#include <utility>

#include "base/text.h"

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
