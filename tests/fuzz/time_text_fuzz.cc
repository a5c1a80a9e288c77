// Durations, points in time and Retry-After as people and servers write them.

#include "base/time_text.h"

#include "fuzz/fuzz.h"
#include "net/http.h"

using namespace defenderd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto duration = parse_duration(text)) {
    require(*duration >= Duration::zero() && *duration <= std::chrono::hours(24 * 3653),
            "a duration is bounded");
    const std::string shown = format_duration(*duration);
    require(parse_duration(shown) == duration, "a duration survives being written");
  }
  if (const auto time = parse_rfc3339(text)) {
    const std::string shown = format_rfc3339(*time);
    const auto again = parse_rfc3339(shown);
    // A zone may move the first and last hours to a year that is refused.
    if (again) {
      require(*time - *again >= Duration::zero() && *time - *again < std::chrono::milliseconds(1),
              "a time survives being written, but for what is below a millisecond");
      require(format_rfc3339(*again) == shown, "a time is written the same again");
    }
    require(to_unix_seconds(*time) > -1e6, "times before 1970 are refused");
  }
  const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  if (const auto wait = parse_retry_after(text, now)) {
    require(*wait >= Duration::zero() && *wait <= std::chrono::hours(24), "a wait is bounded");
  }
  return 0;
}
