#pragma once
// /metrics for all clients that scrape at about the same time: one text per format and second,
// created once and shared, however many ask.

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

  // How long a text is served, from when it was complete.
  static constexpr Duration kFresh = std::chrono::seconds(1);

  ExpositionCache(Render render, std::function<SteadyTime()> now);

  // nullptr if it cannot be compressed. One is created at a time: others wait for it and share it.
  [[nodiscard]] std::shared_ptr<const Pieces> get(ExpositionFormat format, bool gzipped);
  // Drops stale texts. A connection that sends one still keeps it.
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
