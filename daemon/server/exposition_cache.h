#pragma once
// /metrics for all who scrape at about the same time: of each format one text per second, made once
// and shared, however many ask.

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/mutex.h"
#include "server/pieces.h"
#include "telemetry/exposition.h"

namespace defenderd {

// Thread-safe.
class ExpositionCache {
 public:
  // Writes the whole text to the sink.
  using Render = std::function<void(ExpositionFormat, TextSink)>;

  // So long a text is given to those who ask, from when it was complete.
  static constexpr Duration kFresh = std::chrono::seconds(1);

  ExpositionCache(Render render, std::function<SteadyTime()> now);

  // nullptr when it cannot be compressed. One is made at a time: others wait for it, and get it.
  [[nodiscard]] std::shared_ptr<const Pieces> get(ExpositionFormat format, bool gzipped);
  // Lets go of what is no longer fresh. Who sends it still keeps it.
  void rest();

 private:
  struct Kept {
    SteadyTime made;
    std::shared_ptr<const Pieces> text;  // nullptr: none
  };
  struct Format {
    Kept plain = {};
    Kept gzipped = {};
  };

  [[nodiscard]] bool fresh(const Kept& kept) const;
  std::shared_ptr<const Pieces> plain(ExpositionFormat format) const;
  std::shared_ptr<const Pieces> gzipped(ExpositionFormat format, const Kept& plain) const;

  const Render render_;
  const std::function<SteadyTime()> now_;
  Mutex mutex_;  // held while one is made
  std::array<Format, 2> formats_ GUARDED_BY(mutex_) = {};
};

}  // namespace defenderd
