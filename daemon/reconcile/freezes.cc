#include "reconcile/freezes.h"

#include <algorithm>
#include <utility>

namespace defenderd {
namespace {

std::vector<std::shared_ptr<const Freeze>> shared(std::vector<Freeze> freezes) {
  std::vector<std::shared_ptr<const Freeze>> result;
  result.reserve(freezes.size());
  for (Freeze& freeze : freezes)
    result.push_back(std::make_shared<const Freeze>(std::move(freeze)));
  return result;
}

}  // namespace

void Freezes::changed() { period_.reset(); }

void Freezes::set_declared(std::vector<Freeze> freezes) {
  const MutexLock lock(mutex_);
  declared_ = shared(std::move(freezes));
  early_.clear();
  changed();
}

bool Freezes::set_early(std::vector<Freeze> freezes) {
  const MutexLock lock(mutex_);
  if (std::equal(early_.begin(), early_.end(), freezes.begin(), freezes.end(),
                 [](const auto& one, const Freeze& other) { return *one == other; })) {
    return false;
  }
  early_ = shared(std::move(freezes));
  changed();
  return true;
}

bool Freezes::command(Freeze freeze) {
  const MutexLock lock(mutex_);
  if (commanded_.size() >= kMaxCommanded) return false;
  commanded_.push_back(std::make_shared<const Freeze>(std::move(freeze)));
  ++revision_;
  changed();
  return true;
}

std::size_t Freezes::thaw() {
  const MutexLock lock(mutex_);
  const std::size_t ended = std::exchange(commanded_, {}).size();
  if (ended > 0) ++revision_;
  changed();
  return ended;
}

void Freezes::recall(std::vector<Freeze> commanded) {
  const MutexLock lock(mutex_);
  commanded_ = shared(std::move(commanded));
  changed();
}

void Freezes::forget_over(WallTime now) {
  const MutexLock lock(mutex_);
  const auto over = [&](const auto& freeze) { return !current_or_next(*freeze, now); };
  if (std::erase_if(commanded_, over) == 0) return;
  ++revision_;
  changed();
}

std::vector<Freeze> Freezes::commanded() const {
  const MutexLock lock(mutex_);
  std::vector<Freeze> result;
  for (const auto& freeze : commanded_) result.push_back(*freeze);
  return result;
}

std::uint64_t Freezes::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

std::shared_ptr<const ActiveFreezes> Freezes::at(WallTime now) const {
  const MutexLock lock(mutex_);
  if (!period_ || now < period_->from || (period_->until && now >= *period_->until))
    period_ = period(now);
  return period_->active;
}

Freezes::Period Freezes::period(WallTime now) const {
  Period period{now, std::nullopt, nullptr};
  ActiveFreezes active;
  const auto changes_at = [&](const std::optional<WallTime>& moment) {
    if (moment && (!period.until || *moment < *period.until)) period.until = moment;
  };
  for (const Shared* const freezes : {&declared_, &early_, &commanded_}) {
    for (const auto& freeze : *freezes) {
      const auto span = current_or_next(*freeze, now);
      if (!span) continue;
      if (includes(*span, now)) {
        active.push_back({freeze, span->end});
        changes_at(span->end);
      } else {
        changes_at(span->begin);
      }
    }
  }
  if (!active.empty()) period.active = std::make_shared<const ActiveFreezes>(std::move(active));
  return period;
}

std::vector<Freezes::Listed> Freezes::list(WallTime now) const {
  const MutexLock lock(mutex_);
  std::vector<Listed> result;
  for (const Shared* const freezes : {&declared_, &early_, &commanded_}) {
    for (const auto& freeze : *freezes) result.push_back({freeze, current_or_next(*freeze, now)});
  }
  return result;
}

}  // namespace defenderd
