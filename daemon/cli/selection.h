#pragma once
// The part of the fleet that --only and --owner select. Pure.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/desired_state.h"

namespace defenderd {

struct Selection {
  std::vector<std::string> only = {};    // ids, names, or patterns of either: any of them
  std::vector<std::string> owners = {};  // owners, or patterns of them: any of them
  [[nodiscard]] bool empty() const { return only.empty() && owners.empty(); }
};

// nullopt is the whole fleet. Each option must select something: the Error names the one that does
// not.
[[nodiscard]] Result<std::optional<std::set<SubscriptionId>>> select(const Selection& selection,
                                                                     const DesiredState& desired);

// Whether `text` is like `pattern`, in which * is any text and ? any character; case-insensitive.
[[nodiscard]] bool is_like(std::string_view text, std::string_view pattern);

}  // namespace defenderd
