#pragma once
// Freezes: while one is in force nothing is written, and everything is still observed. Pure.

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/time_zone.h"

namespace defenderd {

struct DesiredSubscription;
struct Drift;

// Repeats every week: begins at a local time of the given days.
struct WeeklyWindow {
  std::array<bool, 7> days{};    // from Monday; those on which it begins
  std::chrono::minutes from{0};  // since the midnight before, below 24 h
  // More than zero. Whole days are calendar days, which daylight saving makes longer or shorter;
  // anything else is elapsed time.
  Duration length{0};
  std::shared_ptr<const TimeZone> zone = {};  // never nullptr
  bool operator==(const WeeklyWindow& other) const;
};

struct Freeze {
  std::string reason = {};  // for people, never empty
  std::string by = {};      // for people
  // In force from one to the other; nullopt: always before, or ever after. Unused with `weekly`.
  std::optional<WallTime> from = {};
  std::optional<WallTime> until = {};
  // Of one by the API, if it was given instead of `until`, which is computed from it.
  std::optional<Duration> length = {};
  std::optional<WeeklyWindow> weekly = {};
  bool except_enable = false;            // protection may still be switched on
  std::vector<std::string> owners = {};  // of the subscriptions that it concerns; empty: all
  std::string source = {};               // "file:line", or "" if it was commanded by the API
  bool operator==(const Freeze&) const = default;
};

// A time in which a freeze is in force, adjacent and overlapping ones taken together.
struct FreezeSpan {
  std::optional<WallTime> begin = {};  // nullopt: always before
  std::optional<WallTime> end = {};    // nullopt: ever after
  bool operator==(const FreezeSpan&) const = default;
};
// The one that includes `now`, or else the next; nullopt if there are no more.
[[nodiscard]] std::optional<FreezeSpan> current_or_next(const Freeze& freeze, WallTime now);
[[nodiscard]] bool includes(const FreezeSpan& span, WallTime moment);

// In any case of letters; also of another scope that covers it.
[[nodiscard]] bool has_owner(const DesiredSubscription& desired, std::string_view owner);

// Whether it would be in force for changes of this subscription. Without a drift: for all of them.
[[nodiscard]] bool concerns(const Freeze& freeze, const DesiredSubscription& desired,
                            const Drift* drift);

// One that is in force.
struct ActiveFreeze {
  std::shared_ptr<const Freeze> freeze;  // never nullptr
  std::optional<WallTime> ends = {};     // nullopt: when it is removed
};
using ActiveFreezes = std::vector<ActiveFreeze>;

// "writes are frozen until 2027-01-04T06:00:00.000Z: year-end (platform team)"
[[nodiscard]] std::string describe(const ActiveFreeze& active);

// Which freezes are in force. A port: thread-safe, and cheap, because the write gate asks it.
class FreezeSource {
 public:
  FreezeSource() = default;
  FreezeSource(const FreezeSource&) = delete;
  FreezeSource& operator=(const FreezeSource&) = delete;
  virtual ~FreezeSource() = default;
  // nullptr if there is none.
  [[nodiscard]] virtual std::shared_ptr<const ActiveFreezes> at(WallTime now) const = 0;
};

}  // namespace defenderd
