#pragma once
// The section `safety` of the state document: what the brakes have switched within their window,
// confirmed changes that are not yet done, and used codes.
//
//   {"disable": {"switched": [{"subscription": "6f2b...", "field": "plan", "at": "2026-..."}],
//                "confirmed": [{"subscription": "6f2b...", "extension": "..."}]},
//    "enable": {"switched": [], "confirmed": []},
//    "spentCodes": ["3f2a91bc"]}
//
// Extensions have ARM's names. No plan is named: all of it is about the declared one.

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/brake_memory.h"

namespace defenderd {

inline constexpr std::string_view kSafetySection = "safety";

[[nodiscard]] std::string format(const SafetyMemory& memory);
[[nodiscard]] Result<SafetyMemory> parse_safety_section(std::string_view text);

}  // namespace defenderd
