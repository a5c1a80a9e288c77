#include "telemetry/findings_board.h"

#include <utility>

namespace defenderd {

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
  auto shared = std::make_shared<const FindingsSnapshot>(std::move(snapshot));
  const MutexLock lock(mutex_);
  current_ = std::move(shared);
}

std::shared_ptr<const FindingsSnapshot> FindingsBoard::snapshot() const {
  const MutexLock lock(mutex_);
  return current_;
}

}  // namespace defenderd
