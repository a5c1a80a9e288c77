#include "core/outcome.h"

#include "base/text.h"

namespace defenderd {

std::string_view to_text(ChangeResult result) {
  switch (result) {
    case ChangeResult::Planned:
      return "planned";
    case ChangeResult::Applied:
      return "applied";
    case ChangeResult::Failed:
      return "failed";
    case ChangeResult::Withheld:
      return "withheld";
  }
  return "failed";
}

std::optional<ChangeResult> parse_change_result(std::string_view text) {
  static constexpr std::array kAll{ChangeResult::Planned, ChangeResult::Applied,
                                   ChangeResult::Failed, ChangeResult::Withheld};
  return find_by_text(kAll, text);
}

std::string_view to_text(ReconcileResult result) {
  switch (result) {
    case ReconcileResult::InSync:
      return "in_sync";
    case ReconcileResult::Corrected:
      return "corrected";
    case ReconcileResult::Withheld:
      return "withheld";
    case ReconcileResult::Failed:
      return "failed";
    case ReconcileResult::Retry:
      return "retry";
    case ReconcileResult::Panic:
      return "panic";
  }
  return "failed";
}

}  // namespace defenderd
