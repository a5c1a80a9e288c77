#pragma once
// A port: how local times of one place relate to moments. Implemented with the tz database.

#include <chrono>
#include <string_view>

#include "base/clock.h"

namespace defenderd {

using LocalTime = std::chrono::local_seconds;  // a calendar day and a time of day

// Thread-safe and immutable.
class TimeZone {
 public:
  TimeZone() = default;
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;
  virtual ~TimeZone() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;  // "Europe/Berlin"
  [[nodiscard]] virtual LocalTime local(WallTime moment) const = 0;
  // The first moment at which clocks show it, or if they skip it, the moment of the skip.
  [[nodiscard]] virtual WallTime moment(LocalTime local) const = 0;
};

}  // namespace defenderd
