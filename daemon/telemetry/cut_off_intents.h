#pragma once
// Intents of an earlier run without a result: that run ended before ARM's answer. What ARM shows
// when their field is observed next is the result.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/ids.h"
#include "core/pricing.h"
#include "telemetry/journal_line.h"

namespace defenderd {

// Not thread-safe.
class CutOffIntents {
 public:
  // A line of an earlier run; the oldest first.
  void recall(const JournalLine& line);

  // The result of an intent, for which ARM shows `shown` now. nullopt if none was cut off. The
  // intent is forgotten.
  [[nodiscard]] std::optional<JournalLine> close(const std::string& subscription_id,
                                                 const std::string& field, std::string_view shown,
                                                 WallTime now);
  // The results of all intents of the subscription.
  [[nodiscard]] std::vector<JournalLine> close_all(SubscriptionId id, const Pricing& observed,
                                                   WallTime now);

 private:
  using Key = std::pair<std::string, std::string>;  // subscription id, field
  std::map<Key, JournalLine> intents_;
};

}  // namespace defenderd
