#include "server/sweep_pace.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time_text.h"

namespace defenderd {
namespace {

constexpr std::chrono::minutes kWindow{1};
constexpr std::chrono::seconds kEnough{5};  // before that, there is nothing to estimate from

}  // namespace

SweepPace::SweepPace(const SweepStatus& sweep, WallTime now)
    : sweep_(sweep),
      window_(std::min<WallTime::duration>(now - sweep.started, kWindow)),
      window_start_(now - window_) {}

void SweepPace::add(const StatusRow& row) {
  const auto seen = row.last_observed();
  // What was observed as the sweep before ended belongs to that.
  const bool is_seen =
      seen && (*seen > sweep_.started || (sweep_.first && *seen == sweep_.started));
  if (is_seen && row.consecutive_failures == 0) ++observed_;
  const auto attempt = std::max(row.last_attempt, seen);
  if (attempt && *attempt > window_start_) ++recent_;
}

void SweepPace::write(JsonWriter& json, std::size_t total) const {
  std::optional<std::int64_t> per_minute;
  std::optional<std::int64_t> left;
  if (window_ >= kEnough) {
    const std::int64_t length = std::chrono::floor<std::chrono::milliseconds>(window_).count();
    const auto recent = static_cast<std::int64_t>(recent_);
    const auto remaining = static_cast<std::int64_t>(sweep_.remaining);
    per_minute = recent * 60'000 / length;
    if (remaining == 0) {
      left = 0;
    } else if (recent > 0) {
      left = (remaining * length / recent + 999) / 1000;
    }
  }
  json.begin_object();
  json.member("first", sweep_.first);
  json.member("started", format_rfc3339(sweep_.started));
  json.member("total", total);
  json.member("observed", observed_);
  json.member("remaining", sweep_.remaining);
  json.member("perMinute", per_minute);
  json.member("secondsLeft", left);
  json.end_object();
}

}  // namespace defenderd
