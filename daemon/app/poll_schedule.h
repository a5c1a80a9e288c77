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

// What to tell where looking at all of them as often as the settings have it takes more reads than
// the budget of a tenant; "" where it does not.
[[nodiscard]] std::string budget_warning(const Settings& settings,
                                         const std::vector<Declaration>& subscriptions);

}  // namespace defenderd
