#include "telemetry/condition.h"

#include "base/text.h"

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
  static constexpr std::array kAll{ConditionStatus::Unknown, ConditionStatus::True,
                                   ConditionStatus::False};
  return find_by_text(kAll, text);
}

}  // namespace defenderd
