// How the daemon follows which subscriptions there are.

#include <utility>

#include "app/daemon.h"
#include "app/poll_schedule.h"
#include "app/resolve_once.h"

namespace defenderd {

std::unique_ptr<ScopeFollower> Daemon::make_scope_follower(const Environment& environment) {
  ScopeFollower::Listener listener;
  listener.resolved = [this](const Resolution& resolution, const ScopeNews& news) {
    coverage_log_.resolved(resolution, news);
  };
  listener.declare = [this](const DesiredState& effective) {
    outcome_log_.keep_only(effective);
    declare(effective, clock_.wall_now());
    warn_of_budget(effective.subscriptions);
  };
  auto follower = std::make_unique<ScopeFollower>(
      azure_->visible(), clock_, default_tenant(settings_, environment), std::move(listener));
  follower->set_intervals(settings_.poll.interval, settings_.poll.full_interval);
  return follower;
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
