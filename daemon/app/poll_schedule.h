#pragma once
// What the settings of `poll` mean for the controller and for bulk observation.

#include <optional>
#include <string>
#include <vector>

#include "core/desired_state.h"
#include "core/timing.h"
#include "desired/settings.h"

namespace defenderd {

[[nodiscard]] Schedule schedule_of(const PollSettings& poll);
// nullopt: there is no bulk observation.
[[nodiscard]] std::optional<Duration> bulk_interval(const PollSettings& poll);
// "each subscription is read every 5m", for the log.
[[nodiscard]] std::string observation_text(const PollSettings& poll);

// The warning if checking all of them as often as configured needs more reads than the budget of a
// tenant; "" if it does not.
[[nodiscard]] std::string budget_warning(const Settings& settings,
                                         const std::vector<Declaration>& subscriptions);

}  // namespace defenderd
