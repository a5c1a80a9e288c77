#include "core/lease.h"

#include <algorithm>

#include "base/time_text.h"

namespace defenderd {
namespace {

// client-go's JitterFactor.
constexpr double kJitter = 1.2;
// A write that is cut early has an unknown result: none begins with less time than this.
constexpr Duration kLeastWrite = std::chrono::seconds(5);

}  // namespace

void LeaseView::saw(const LeaseRecord& record, SteadyTime now) {
  if (record_ == record) return;
  record_ = record;
  changed_ = now;
}

void LeaseView::renewed(const LeaseRecord& record, SteadyTime sent) {
  record_ = record;
  changed_ = sent;
}

bool LeaseView::is_held_by_other(SteadyTime now) const {
  return record_ && !record_->holder.empty() && !is_mine() && !is_over(now);
}

bool LeaseView::is_over(SteadyTime now) const {
  return !record_ || now >= changed_ + record_->duration.value_or(timing_.duration);
}

LeaseRecord LeaseView::mine(const std::string& now_text, const std::string& url) const {
  LeaseRecord record;
  record.holder = identity_;
  record.duration = timing_.duration;
  record.acquired = is_mine() && !record_->acquired.empty() ? record_->acquired : now_text;
  record.renewed = now_text;
  record.url = url;
  if (record_) record.transitions = record_->transitions + (is_mine() ? 0 : 1);
  return record;
}

LeaseTerm term_after(SteadyTime renewed, const LeaseTiming& timing) {
  const SteadyTime end = renewed + timing.duration * 4 / 5;
  const Duration least = std::min(kLeastWrite, timing.duration / 5);
  return {std::min(renewed + timing.renew_deadline, end - least), end};
}

std::string conflict_in(const LeaseTiming& timing) {
  if (timing.renew_deadline >= timing.duration) {
    return "renewDeadline (" + format_duration(timing.renew_deadline) +
           ") must be shorter than duration (" + format_duration(timing.duration) +
           "): the leader stops before another one may begin";
  }
  if (timing.renew_deadline * 10 <= timing.retry_period * 12) {
    return "renewDeadline (" + format_duration(timing.renew_deadline) +
           ") must be longer than 1.2 times retryPeriod (" + format_duration(timing.retry_period) +
           "): a single failed attempt must not stop the writes";
  }
  const Duration writes = term_after(SteadyTime(), timing).begin_until.time_since_epoch();
  if (writes * 10 <= timing.retry_period * 12) {
    return "retryPeriod (" + format_duration(timing.retry_period) + ") is too long for duration (" +
           format_duration(timing.duration) + "): no write begins later than " +
           format_duration(writes) +
           " after a renewal, and a single failed attempt must not stop the writes";
  }
  return "";
}

Duration candidate_pause(const LeaseTiming& timing, double chance) {
  return std::chrono::duration_cast<Duration>(timing.retry_period * (1 + chance * kJitter));
}

Duration standby_pause(const LeaseTiming& timing, double chance) {
  return std::chrono::duration_cast<Duration>(timing.retry_period * (0.6 + 0.4 * chance));
}

Duration lease_request_timeout(const LeaseTiming& timing) {
  return std::min<Duration>(std::chrono::seconds(5), timing.renew_deadline * 9 / 20);
}

}  // namespace defenderd
