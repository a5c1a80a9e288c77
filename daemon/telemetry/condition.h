#pragma once
// The conditions of a subscription, as the API shows them.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/shared.h"
#include "core/reason.h"

namespace defenderd {

// As in Kubernetes: a condition answers one question, and its time changes only when its status
// does.
enum class ConditionType : std::uint8_t {
  Observed,  // did the last observation succeed
  InSync,    // is it as declared; Unknown if the last observation failed
  Held,      // is a change withheld
};
inline constexpr std::array kAllConditionTypes{ConditionType::Observed, ConditionType::InSync,
                                               ConditionType::Held};
enum class ConditionStatus : std::uint8_t { Unknown, True, False };
[[nodiscard]] std::string_view to_text(ConditionType type);      // "InSync"
[[nodiscard]] std::string_view to_text(ConditionStatus status);  // "True"
[[nodiscard]] std::optional<ConditionStatus> parse_condition_status(std::string_view text);

struct Condition {
  ConditionType type = ConditionType::Observed;
  ConditionStatus status = ConditionStatus::Unknown;
  Reason reason = Reason::NotObservedYet;
  Shared<std::string> message = {};
  WallTime last_transition = {};
  bool operator==(const Condition&) const = default;
};

}  // namespace defenderd
