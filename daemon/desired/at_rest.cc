#include "desired/at_rest.h"

#include <algorithm>

namespace defenderd {

namespace {

bool is_done(Writer writer) { return writer == Writer::Done || writer == Writer::Placed; }

}  // namespace

Duration needed_rest(Writer writer, Oddity oddity, Duration growing) {
  if (writer == Writer::Placed && oddity == Oddity::None) return Duration::zero();
  if (!is_done(writer) || oddity == Oddity::FilesMissing) return kUnknownRest;
  const Duration grown = std::clamp(2 * growing, kSettleTime, kMostGrowthRest);
  return oddity == Oddity::None ? grown : std::max(grown, kOddRest);
}

std::optional<Duration> AtRest::judge(const RestLook& look) {
  if (look.changed || !begun_) {
    const SteadyTime last_write = look.at - std::max(look.unchanged_for, Duration::zero());
    quiet_since_ = std::max(quiet_since_, last_write);
  }
  // A copy that broke off was closed just now, however long ago its last byte came.
  if (begun_ && is_done(look.writer) && !is_done(writer_)) quiet_since_ = look.at;
  if (!begun_) begun_ = look.at;
  writer_ = look.writer;
  if (look.writer == Writer::AtWork) return kSettleTime;
  if (is_done(look.writer) && !first_done_) first_done_ = look.at;
  const Duration growing = first_done_ ? quiet_since_ - *first_done_ : Duration::zero();
  const Duration rest = needed_rest(look.writer, look.oddity, growing);
  if (rested(rest, look.at)) return std::nullopt;
  return rest - (look.at - quiet_since_);
}

}  // namespace defenderd
