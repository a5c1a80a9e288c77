#include "telemetry/findings_board.h"

#include <algorithm>
#include <utility>

namespace defenderd {
namespace {

void count(FindingsSnapshot& snapshot) {
  snapshot.count = {};
  snapshot.accepted_count = {};
  for (const Finding& finding : snapshot.findings) {
    auto& counts = finding.accepted ? snapshot.accepted_count : snapshot.count;
    ++counts.at(static_cast<std::size_t>(finding.kind));
  }
}

std::optional<WallTime> first_end(const FindingsSnapshot& snapshot) {
  std::optional<WallTime> first;
  for (const Finding& finding : snapshot.findings) {
    if (finding.accepted)
      first = std::min(first.value_or(WallTime::max()), finding.accepted->until);
  }
  return first;
}

}  // namespace

void FindingsBoard::set_inspection(SubscriptionId id, Inspection inspection) {
  auto shared = std::make_shared<const Inspection>(std::move(inspection));
  const MutexLock lock(mutex_);
  if (shared->accounts.empty() && !shared->posture_on) {
    inspections_.erase(id);
  } else {
    inspections_.insert_or_assign(id, std::move(shared));
  }
}

FindingsBoard::Inspections FindingsBoard::inspections() const {
  const MutexLock lock(mutex_);
  return inspections_;
}

std::shared_ptr<const Inspection> FindingsBoard::inspection(SubscriptionId id) const {
  const MutexLock lock(mutex_);
  const auto found = inspections_.find(id);
  return found == inspections_.end() ? nullptr : found->second;
}

void FindingsBoard::set(FindingsSnapshot snapshot) {
  count(snapshot);
  const auto until = first_end(snapshot);
  auto shared = std::make_shared<const FindingsSnapshot>(std::move(snapshot));
  const MutexLock lock(mutex_);
  current_ = std::move(shared);
  until_ = until;
}

std::shared_ptr<const FindingsSnapshot> FindingsBoard::snapshot() const {
  const WallTime now = clock_.wall_now();
  const MutexLock lock(mutex_);
  if (!until_ || now < *until_) return current_;
  FindingsSnapshot later = *current_;
  for (Finding& finding : later.findings)
    if (finding.accepted && finding.accepted->until <= now) finding.accepted.reset();
  count(later);
  until_ = first_end(later);
  current_ = std::make_shared<const FindingsSnapshot>(std::move(later));
  return current_;
}

}  // namespace defenderd
