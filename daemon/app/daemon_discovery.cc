// How the daemon follows which subscriptions there are.

#include <utility>

#include "app/daemon.h"
#include "app/poll_schedule.h"
#include "app/resolve_once.h"

namespace defenderd {

std::unique_ptr<Discovery> Daemon::make_discovery(const Environment& environment) {
  Discovery::Options options;
  options.look = [this](const std::optional<TenantId>& tenant, bool groups,
                        const std::stop_token& stop) {
    return azure_->discovery().look(tenant, groups, stop);
  };
  options.declare = [this](const DesiredState& effective) {
    outcome_log_.keep_only(effective);
    declare(effective, clock_.wall_now());
    warn_of_budget(effective.subscriptions);
  };
  options.default_tenant = default_tenant(settings_, environment);
  auto discovery = std::make_unique<Discovery>(clock_, log_, coverage_, std::move(options));
  discovery->set_intervals(settings_.poll.interval, settings_.poll.full_interval);
  return discovery;
}

// Told when it begins and when it becomes another.
void Daemon::warn_of_budget(const std::vector<Declaration>& declared) {
  std::string warning;
  {
    const std::scoped_lock lock(mutex_);
    warning = budget_warning(settings_, declared);
    if (std::exchange(budget_warning_, warning) == warning) return;
  }
  if (!warning.empty()) log_.log(LogLevel::Warn, log_event::kBudget, warning);
}

}  // namespace defenderd
