#pragma once
// The state document: what a restart must remember, as one JSON object with named sections.
//
//   {"version": 1, "saved": "2026-12-24T10:00:00.000Z", "sections": {"safety": {...}}}
//
// A section is the matter of who gives it its name; one that this version does not know is carried
// along as it is. `version` changes only where an older defenderd would misread the document.

#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace defenderd {

inline constexpr int kStateVersion = 1;

struct StateDocument {
  WallTime saved;
  std::map<std::string, std::string> sections = {};  // name -> JSON text
  bool operator==(const StateDocument&) const = default;
};

[[nodiscard]] std::string format(const StateDocument& document);
// The Error says, in words that end a sentence, why it is no document of this version.
[[nodiscard]] Result<StateDocument> parse_state_document(std::string_view text);

}  // namespace defenderd
