#pragma once
// How much of the fleet was as declared, hour by hour for a week and by six hours for 30 days: for
// a chart of the protection.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ratio>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "telemetry/status_board.h"

namespace defenderd {

// The end of the last sweep within an hour, or within six hours if it is older than a week.
struct ShareSample {
  WallTime at = {};
  std::size_t as_declared = 0;
  std::size_t different = 0;
  std::size_t not_known = 0;
  bool operator==(const ShareSample&) const = default;
};

inline constexpr std::size_t kShareHours = 168;                 // a week
inline constexpr std::chrono::hours kShareTime{30 * 24};        // what is older is forgotten
inline constexpr std::size_t kShareSamples = kShareHours + 93;  // at most: 23 days of four, and one
// Steps begin at 00:00, 06:00, 12:00 and 18:00 UTC.
using SixHours = std::chrono::duration<std::int64_t, std::ratio<6L * 60 * 60>>;

// Thread-safe.
class ShareHistory {
 public:
  // A sweep of the whole fleet was completed.
  void record(const KnownCounts& counts, WallTime now);

  // The oldest first; steps without a sweep are missing.
  [[nodiscard]] std::vector<ShareSample> samples() const;

  // What a restart must remember is samples(). recall() comes before the first record().
  void recall(std::vector<ShareSample> earlier);
  // Increases if samples() may have changed.
  [[nodiscard]] std::uint64_t revision() const;

 private:
  void thin(WallTime now) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::vector<ShareSample> samples_ GUARDED_BY(mutex_);
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
};

inline constexpr std::string_view kShareSection = "shares";

// A section of the state document: a list of [time, as declared, different, not known]. Earlier
// versions saved only a week.
[[nodiscard]] std::string format(const std::vector<ShareSample>& samples);
[[nodiscard]] Result<std::vector<ShareSample>> parse_share_section(std::string_view text);

}  // namespace defenderd
