#pragma once
// The table of what differs: a row for each subscription, as wide as the terminal. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/fleet_sweep.h"
#include "cli/table_cell.h"

namespace defenderd {

// What would be changed and what is withheld; "" if there is nothing. Where the width does not
// suffice for all columns, names come before ids and sources, and changes take several lines.
// If there are several waves, the rows are in their order, with a column.
[[nodiscard]] std::string plan_table(const std::vector<SweptSubscription>& subscriptions,
                                     const Layout& layout);

// "plan off -> on"
[[nodiscard]] std::string change_text(const Change& change);
// Red is for what switches protection off.
[[nodiscard]] std::string_view color_of(const Change& change);

}  // namespace defenderd
