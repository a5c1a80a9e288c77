#pragma once
// The state document: what must survive a restart, as one JSON object with named sections.
//
//   {"version": 1, "saved": "2026-12-24T10:00:00.000Z", "sections": {"safety": {...}}}
//
// A section belongs to whoever names it; unknown sections are preserved unchanged. `version` only
// changes if an older defenderd would misread the document.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace defenderd {

inline constexpr int kStateVersion = 1;
// A text with more values, or one that nests deeper, is no document: a value of two letters takes a
// hundred bytes in a tree. Of 10,000 subscriptions of which each is held and was corrected before,
// it has half of them.
inline constexpr std::size_t kMaxStateValues = 3'000'000;
inline constexpr int kMaxStateDepth = 16;

struct StateDocument {
  WallTime saved;
  std::map<std::string, std::string> sections = {};  // name -> JSON text
  bool operator==(const StateDocument&) const = default;
};

// Whether it is within both bounds.
[[nodiscard]] bool is_bounded_state(std::string_view text);

[[nodiscard]] std::string format(const StateDocument& document);
// The Error says, as the end of a sentence, why it is not a document of this version.
[[nodiscard]] Result<StateDocument> parse_state_document(std::string_view text);

}  // namespace defenderd
