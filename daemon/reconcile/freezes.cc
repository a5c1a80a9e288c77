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

// Of one by the API, as far as the steady clock is concerned: no overflow.
constexpr WallTime::duration kLongest = std::chrono::hours(24 * 365 * 100);

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

Freezes::Commanded Freezes::commanded_from(Freeze freeze) const {
  Commanded one;
  one.has_length = freeze.length.has_value();
  freeze.length.reset();
  freeze.from.reset();
  if (freeze.until) {
    const auto left = std::clamp<WallTime::duration>(*freeze.until - clock_.wall_now(),
                                                     WallTime::duration::zero(), kLongest);
    one.ends = clock_.steady_now() + std::chrono::duration_cast<Duration>(left);
  }
  one.freeze = std::make_shared<const Freeze>(std::move(freeze));
  return one;
}

std::optional<FreezeSpan> Freezes::span_of(const Commanded& one, WallTime now) const {
  const std::optional<WallTime>& until = one.freeze->until;
  if (!until || !one.ends) return FreezeSpan{};
  const Duration left = *one.ends - clock_.steady_now();
  const WallTime by_steady = now + std::chrono::duration_cast<WallTime::duration>(left);
  const WallTime end = one.has_length ? by_steady : std::max(*until, by_steady);
  return now < end ? std::optional(FreezeSpan{{}, end}) : std::nullopt;
}

bool Freezes::is_forgotten(const Commanded& one, WallTime now, Duration after) const {
  return one.ends && !span_of(one, now) && clock_.steady_now() - *one.ends >= after;
}

bool Freezes::is_in_force(const Commanded& order, WallTime now) const {
  return std::any_of(commanded_.begin(), commanded_.end(), [&](const Commanded& one) {
    return *one.freeze == *order.freeze && span_of(one, now).has_value();
  });
}

bool Freezes::command(Freeze freeze) {
  const MutexLock lock(mutex_);
  const WallTime now = clock_.wall_now();
  Commanded order = commanded_from(std::move(freeze));
  if (is_in_force(order, now)) return true;
  if (commanded_.size() >= kMaxCommanded) {
    std::erase_if(commanded_,
                  [&](const Commanded& one) { return is_forgotten(one, now, Duration::zero()); });
  }
  if (commanded_.size() >= kMaxCommanded) return false;
  commanded_.push_back(std::move(order));
  ++revision_;
  changed();
  return true;
}

std::vector<Freeze> Freezes::thaw(const std::function<bool(const Freeze&)>& wanted, WallTime now) {
  const MutexLock lock(mutex_);
  std::vector<Freeze> ended;
  const auto gone = std::erase_if(commanded_, [&](const Commanded& one) {
    if (!wanted(*one.freeze)) return false;
    if (span_of(one, now)) ended.push_back(*one.freeze);
    return true;
  });
  if (gone > 0) ++revision_;
  changed();
  return ended;
}

void Freezes::recall(std::vector<Freeze> commanded) {
  const MutexLock lock(mutex_);
  commanded_.clear();
  const WallTime now = clock_.wall_now();
  for (Freeze& freeze : commanded) {
    Commanded order = commanded_from(std::move(freeze));
    if (!is_in_force(order, now)) commanded_.push_back(std::move(order));
  }
  changed();
}

void Freezes::forget_over(WallTime now) {
  const MutexLock lock(mutex_);
  const auto over = [&](const Commanded& one) { return is_forgotten(one, now, kKeptFor); };
  if (std::erase_if(commanded_, over) == 0) return;
  ++revision_;
  changed();
}

std::vector<Freeze> Freezes::commanded() const {
  const MutexLock lock(mutex_);
  std::vector<Freeze> result;
  for (const Commanded& one : commanded_) result.push_back(*one.freeze);
  return result;
}

std::uint64_t Freezes::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

std::shared_ptr<const ActiveFreezes> Freezes::at(WallTime now) const {
  const MutexLock lock(mutex_);
  if (!period_ || now < period_->from || (period_->until && now >= *period_->until) ||
      (period_->steady_until && clock_.steady_now() >= *period_->steady_until))
    period_ = period(now);
  return period_->active;
}

Freezes::Period Freezes::period(WallTime now) const {
  Period period{now, std::nullopt, std::nullopt, nullptr};
  ActiveFreezes active;
  const auto changes_at = [&](const std::optional<WallTime>& moment) {
    if (moment && (!period.until || *moment < *period.until)) period.until = moment;
  };
  for (const Shared* const freezes : {&declared_, &early_}) {
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
  for (const Commanded& one : commanded_) {
    if (one.ends && *one.ends > clock_.steady_now())
      period.steady_until = std::min(period.steady_until.value_or(*one.ends), *one.ends);
    if (!one.has_length && one.freeze->until && *one.freeze->until > now)
      changes_at(one.freeze->until);
    if (const auto span = span_of(one, now)) active.push_back({one.freeze, span->end});
  }
  if (!active.empty()) period.active = std::make_shared<const ActiveFreezes>(std::move(active));
  return period;
}

std::vector<Freezes::Listed> Freezes::list(WallTime now) const {
  const MutexLock lock(mutex_);
  std::vector<Listed> result;
  for (const Shared* const freezes : {&declared_, &early_}) {
    for (const auto& freeze : *freezes) result.push_back({freeze, current_or_next(*freeze, now)});
  }
  for (const Commanded& one : commanded_)
    if (const auto span = span_of(one, now)) result.push_back({one.freeze, span, true});
  return result;
}

}  // namespace defenderd
