#include "desired/at_rest.h"

#include <algorithm>

namespace defenderd {

namespace {

bool is_done(Writer writer) { return writer == Writer::Done || writer == Writer::Placed; }

}  // namespace

Duration needed_rest(Writer writer, Oddity oddity, Duration growing) {
  if (writer == Writer::Placed && oddity == Oddity::None) return Duration::zero();
  if (!is_done(writer) || oddity == Oddity::FilesMissing) return kUnknownRest;
  const Duration grown = std::clamp(2 * growing, kRestAfterClose, kMostGrowthRest);
  return oddity == Oddity::None ? grown : std::max(grown, kOddRest);
}

std::optional<Duration> AtRest::judge(const RestCheck& check) {
  if (check.changed || !begun_) {
    const SteadyTime last_write = check.at - std::max(check.unchanged_for, Duration::zero());
    quiet_since_ = std::max(quiet_since_, last_write);
  }
  // A copy that broke off was closed just now, however long ago its last byte came.
  if (begun_ && is_done(check.writer) && !is_done(writer_)) quiet_since_ = check.at;
  if (!begun_) begun_ = check.at;
  writer_ = check.writer;
  if (check.writer == Writer::AtWork) return kRestAfterClose;
  if (is_done(check.writer) && !first_done_) {
    const bool goes_on = check.appended && growth_ && check.at - growth_->last < kMostGrowthRest;
    first_done_ = goes_on ? growth_->first : check.at;
  }
  const Duration growing = first_done_ ? quiet_since_ - *first_done_ : Duration::zero();
  const Duration rest = std::max(needed_rest(check.writer, check.oddity, growing),
                                 check.appended ? kAppendRest : Duration::zero());
  if (rested(rest, check.at)) return std::nullopt;
  return rest - (check.at - quiet_since_);
}

void AtRest::reset() {
  const auto growth = first_done_ ? std::optional(Growth{*first_done_, quiet_since_}) : growth_;
  *this = {};
  growth_ = growth;
}

}  // namespace defenderd
