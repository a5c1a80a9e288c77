#pragma once
// What a restart must remember of unmanaged subscriptions, and its section of the state document:
// {"firstSeen":{"ID":"..."},"left":[...]}.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/ids.h"
#include "telemetry/coverage_board.h"

namespace defenderd {

struct CoverageMemory {
  std::map<SubscriptionId, WallTime> first_seen = {};  // those that are unmanaged
  std::vector<CoverageRow> left = {};                  // a scope
  bool operator==(const CoverageMemory&) const = default;
};

inline constexpr std::string_view kCoverageSection = "unmanaged";

[[nodiscard]] std::string format(const CoverageMemory& memory);
[[nodiscard]] Result<CoverageMemory> parse_coverage_section(std::string_view text);

}  // namespace defenderd
