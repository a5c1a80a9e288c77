#pragma once
// How far the sweep in progress is, how fast it goes, and how long it takes: from the rows of the
// board, so that nobody has to count.

#include <chrono>
#include <cstddef>

#include "base/clock.h"
#include "base/json_writer.h"
#include "telemetry/status_row.h"

namespace defenderd {

struct SweepStatus {
  bool first = false;  // since the start
  WallTime started = {};
  std::size_t remaining = 0;  // not attempted in it yet
};

// Not thread-safe.
class SweepPace {
 public:
  SweepPace(const SweepStatus& sweep, WallTime now);

  void add(const StatusRow& row);
  // An object. `total` rows were added.
  void write(JsonWriter& json, std::size_t total) const;

 private:
  const SweepStatus sweep_;
  const WallTime::duration window_;  // the time in which attempts are counted, until now
  const WallTime window_start_;
  std::size_t observed_ = 0;  // since the sweep has started
  std::size_t recent_ = 0;    // attempts within the window
};

}  // namespace defenderd
