#include "app/health.h"

#include <chrono>
#include <utility>

#include "app/build_info.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

// Idle workers that give no sign of life for so long are stuck.
constexpr Duration kSilence = std::chrono::seconds(60);

// A reconcile makes at most four calls, each within the request timeout and its wait for the
// budget.
Duration longest_reconcile(Duration request_timeout) {
  return 6 * request_timeout + std::chrono::minutes(2);
}

}  // namespace

Health::Health(Parts parts, Options options)
    : parts_(std::move(parts)),
      started_(parts_.clock.wall_now()),
      observe_only_(options.observe_only),
      longest_reconcile_(longest_reconcile(options.request_timeout)) {}

std::optional<std::string> Health::unhealthy() const {
  const Pulse::Reading pulse = parts_.controller.pulse();
  if (pulse.longest_working > longest_reconcile_) {
    return "a reconcile has been running for " + format_duration(pulse.longest_working);
  }
  // A query's own limit is a minute with its pages and waits; its last call may end after it.
  if (const Duration query = parts_.sweeper.querying_for(); query > longest_reconcile_) {
    return "a query of Azure Resource Graph has been running for " + format_duration(query);
  }
  if (pulse.idle && pulse.since_beat > kSilence) {
    return "no worker has made progress for " + format_duration(pulse.since_beat);
  }
  return std::nullopt;
}

std::optional<std::string> Health::not_ready() const {
  if (!parts_.fleet_known()) {
    return "the subscriptions of the scopes have not been listed yet";
  }
  const std::size_t to_come = all_attempted_ ? 0 : parts_.board.never_attempted();
  if (to_come == 0) {
    all_attempted_ = true;
    return std::nullopt;
  }
  return "the first sweep is in progress: " + std::to_string(to_come) + " of " +
         std::to_string(parts_.board.size()) + " subscriptions have not been observed yet";
}

DaemonStatus Health::status() const {
  const Reloader::InForce files = parts_.reloader.in_force();
  const AzureWatch::Snapshot azure = parts_.azure.snapshot();
  DaemonStatus status;
  status.version = kVersion;
  status.revision = kRevision;
  status.started = started_;
  status.observe_only = observe_only_;
  status.settings_hash = files.settings_hash;
  status.desired_hash = files.desired_hash;
  status.config_loaded = files.since;
  status.config_error = parts_.reloader.problems();
  status.last_sweep = parts_.controller.stats().last_sweep;
  if (status.last_sweep) {
    status.next_sweep =
        *status.last_sweep + std::chrono::duration_cast<WallTime::duration>(files.poll_interval);
  }
  status.token_expires = azure.token_expires;
  status.quotas = azure.quotas;
  status.graph = parts_.graph.status();
  status.departed = parts_.departures.shown(parts_.clock.wall_now());
  status.confirm_code = parts_.safety.confirm_code();
  return status;
}

}  // namespace defenderd
