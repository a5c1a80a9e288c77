#pragma once
// Files of the desired state, in few words.

#include <string>
#include <vector>

#include "support/ids.h"

namespace defenderd {

inline const std::string kDesiredHead = "apiVersion: defenderd/v1\nkind: DesiredState\n";

// Entries are YAML flow without braces: "id: ..., plan: on".
inline std::string yaml_entry(unsigned n, const std::string& rest) {
  return "id: " + guid(n) + (rest.empty() ? "" : ", " + rest);
}

// The subscriptions `first` to `last`, all declared alike.
inline std::vector<std::string> yaml_entries(unsigned first, unsigned last,
                                             const std::string& rest = "") {
  std::vector<std::string> entries;
  for (unsigned n = first; n <= last; ++n) entries.push_back(yaml_entry(n, rest));
  return entries;
}

inline std::string desired_text(const std::vector<std::string>& entries,
                                const std::string& defaults = "mode: enforce") {
  std::string text = kDesiredHead + "defaults: {" + defaults + "}\nsubscriptions:\n";
  for (const std::string& entry : entries) text += "  - {" + entry + "}\n";
  return text;
}

}  // namespace defenderd
