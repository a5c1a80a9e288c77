#include "telemetry/condition.h"

namespace defenderd {

std::string_view to_text(ConditionType type) {
  switch (type) {
    case ConditionType::Observed:
      return "Observed";
    case ConditionType::InSync:
      return "InSync";
    case ConditionType::Held:
      return "Held";
  }
  return "Observed";
}

std::string_view to_text(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::Unknown:
      return "Unknown";
    case ConditionStatus::True:
      return "True";
    case ConditionStatus::False:
      return "False";
  }
  return "Unknown";
}

std::optional<ConditionStatus> parse_condition_status(std::string_view text) {
  for (const ConditionStatus status :
       {ConditionStatus::Unknown, ConditionStatus::True, ConditionStatus::False}) {
    if (to_text(status) == text) return status;
  }
  return std::nullopt;
}

}  // namespace defenderd
