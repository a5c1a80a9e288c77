#pragma once
// Findings as text for people and as JSON for programs. Pure.

#include <cstddef>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "cli/inspect_fleet.h"
#include "cli/table_cell.h"

namespace defenderd {

// "41 AI accounts are in 12 subscriptions; 288 have none"
[[nodiscard]] std::string accounts_text(std::size_t accounts, std::size_t holding,
                                        std::size_t others);

// "the identity lacks the action Microsoft.CognitiveServices/accounts/read in 2 subscriptions"; one
// for each action.
[[nodiscard]] std::vector<std::string> denied_texts(const InspectionRound& round);

// A paragraph for each finding, those that are accepted last, and a summary. "" if there are no AI
// accounts and nothing is to be said.
[[nodiscard]] std::string findings_text(const InspectedFleet& fleet, const Layout& layout);

// One object, which config/README.md documents.
[[nodiscard]] std::string findings_json(const InspectedFleet& fleet);

// The member `findings`, a list.
void write_findings(JsonWriter& json, const std::vector<Finding>& findings);

// 0 none, 1 some that are not accepted, 3 not everything could be inspected, 130 stopped.
[[nodiscard]] int findings_exit_code(const InspectedFleet& fleet);

}  // namespace defenderd
