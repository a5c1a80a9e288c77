// What the daemon tells of itself: probes, and the status of the API.

#include <utility>

#include "app/build_info.h"
#include "app/daemon.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

// Workers that show no life for so long are stuck.
constexpr Duration kSilence = std::chrono::seconds(60);

}  // namespace

std::string Daemon::listen_address() const {
  const std::string& host = settings_.server.host;
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
         std::to_string(port());
}

EndpointHooks Daemon::hooks() {
  EndpointHooks hooks;
  hooks.healthy = [this] { return unhealthy(); };
  hooks.ready = [this] { return not_ready(); };
  hooks.reload = [this] { return reloader_.reload(); };
  hooks.reconcile = [this](std::optional<SubscriptionId> id) -> Result<Done> {
    if (!id) follower_->list_soon();
    if (controller_->request(id)) return Done{};
    return Unexpected(Error{"the subscription " + id->text() + " is not in the desired state"});
  };
  hooks.status = [this] { return status(); };
  hooks.history = [this](SubscriptionId id) { return history_.of(id); };
  hooks.now = [this] { return clock_.wall_now(); };
  hooks.steady_now = [this] { return clock_.steady_now(); };
  return hooks;
}

// The probes wait for no lock that work holds, or an overloaded daemon would be restarted for being
// slow to say that it is well.
std::optional<std::string> Daemon::unhealthy() const {
  const Pulse::Reading pulse = controller_->pulse();
  if (pulse.longest_working > longest_reconcile_) {
    return "a reconcile has been under way for " + format_duration(pulse.longest_working);
  }
  // A query's own limit is a minute with its pages and waits; its last call may end after it.
  if (const Duration query = sweeper_->querying_for(); query > longest_reconcile_) {
    return "a query of Azure Resource Graph has been under way for " + format_duration(query);
  }
  if (pulse.idle && pulse.since_beat > kSilence) {
    return "no worker has shown life for " + format_duration(pulse.since_beat);
  }
  return std::nullopt;
}

// Once each that is declared was attempted, whether or not scopes were resolved at all.
std::optional<std::string> Daemon::not_ready() const {
  if (!follower_->attempted()) {
    return "the subscriptions of the scopes have not been listed yet";
  }
  const std::size_t to_come = all_attempted_ ? 0 : board_.never_attempted();
  if (to_come == 0) {
    all_attempted_ = true;
    return std::nullopt;
  }
  return "the first sweep is under way: " + std::to_string(to_come) + " of " +
         std::to_string(board_.size()) + " subscriptions have not been looked at yet";
}

DaemonStatus Daemon::status() const {
  const Controller::Stats stats = controller_->stats();
  DaemonStatus status;
  status.version = kVersion;
  status.revision = kRevision;
  status.started = started_;
  status.observe_only = options_.observe_only;
  status.last_sweep = stats.last_sweep;
  status.confirm_code = safety_->confirm_code();
  status.graph = graph_watch_.status();
  const AzureWatch::Snapshot azure = azure_watch_.snapshot();
  status.token_expires = azure.token_expires;
  status.quotas = azure.quotas;
  status.departed = departures_.shown(clock_.wall_now());
  for (const Problem& problem : config_->problems()) {
    if (!status.config_error.empty()) status.config_error += '\n';
    status.config_error += format(problem);
  }
  const std::scoped_lock lock(mutex_);
  status.settings_hash = settings_.hash;
  status.desired_hash = desired_.hash;
  status.config_loaded = config_loaded_;
  if (stats.last_sweep) {
    status.next_sweep =
        *stats.last_sweep + std::chrono::duration_cast<WallTime::duration>(settings_.poll.interval);
  }
  return status;
}

}  // namespace defenderd
