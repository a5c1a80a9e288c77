#include "app/health.h"

#include <chrono>
#include <string_view>
#include <utility>

#include "app/build_info.h"
#include "base/time_text.h"
#include "base/with_count.h"
#include "core/scope.h"

namespace defenderd {
namespace {

// A thread may be in a request to Azure. Everything else beats more often.
Duration longest_silence(Duration request_timeout) {
  return request_timeout + std::chrono::minutes(1);
}

// It waits for a disk, which a restart does not repair. Callers wait for it within a deadline, and
// an alert says that it fails.
bool waits_for_disk(std::string_view thread) { return thread == "journal"; }

// Once its time has come, the next sweep is in progress.
std::optional<WallTime> next_sweep(std::optional<WallTime> last, Duration interval, WallTime now) {
  if (!last) return std::nullopt;
  const WallTime next = *last + std::chrono::duration_cast<WallTime::duration>(interval);
  return next > now ? std::optional(next) : std::nullopt;
}

}  // namespace

Health::Health(Parts parts, Options options)
    : parts_(std::move(parts)),
      started_(parts_.clock.wall_now()),
      observe_only_(options.observe_only),
      longest_silence_(longest_silence(options.request_timeout)) {}

std::optional<std::string> Health::unhealthy() const {
  for (const Heartbeats::Reading& reading : parts_.threads()) {
    if (reading.silent <= longest_silence_ || waits_for_disk(reading.thread)) continue;
    return "the thread " + reading.thread + " has made no progress for " +
           format_duration(std::chrono::floor<std::chrono::seconds>(reading.silent));
  }
  return std::nullopt;
}

std::optional<std::string> Health::not_ready() const {
  if (parts_.standby != nullptr) return parts_.standby->not_ready();
  if (auto lost = lost_lease()) return lost;
  return first_sweep();
}

// As a standby that cannot read the lease: neither can do a leader's work.
std::optional<std::string> Health::lost_lease() const {
  if (!parts_.leadership) return std::nullopt;
  const LeadershipStatus now = parts_.leadership();
  if (!now.may_be_replaced) return std::nullopt;
  return "this leader cannot renew its lease, and another replica may lead by now" +
         (now.failure.empty() ? "" : ": " + now.failure);
}

// Why it has not ended.
std::optional<std::string> Health::first_sweep() const {
  if (auto why = parts_.reloader.awaits_desired()) return why;
  if (!parts_.fleet_known()) {
    return "the subscriptions of the scopes have not been listed yet";
  }
  const std::size_t to_come = all_attempted_ ? 0 : parts_.board.never_attempted();
  if (to_come == 0) {
    all_attempted_ = true;
    return std::nullopt;
  }
  return "the first sweep is in progress: " + std::to_string(to_come) + " of " +
         with_count(parts_.board.size(), "subscription", "subscriptions") +
         (to_come == 1 ? " has" : " have") + " not been observed yet";
}

// What scopes added since the entries were swept still belongs to the first sweep.
SweepStatus Health::sweep(const Controller::Stats& work) const {
  if (first_sweep()) return {true, started_, parts_.board.never_attempted()};
  return {!work.last_sweep, work.last_sweep.value_or(started_), work.sweep_to_come};
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
  status.restart_needed = files.restart_needed;
  status.config_error = parts_.reloader.problems();
  if (!status.config_error.empty()) status.config_error_since = files.bad_since;
  const Controller::Stats work = parts_.controller.stats();
  status.last_sweep = work.last_sweep;
  status.next_sweep = next_sweep(status.last_sweep, files.poll_interval, parts_.clock.wall_now());
  if (work.declared > 0) status.sweep = sweep(work);
  status.token_expires = azure.token_expires;
  if (const auto credential = parts_.credential.expiry()) {
    status.credential = {std::string(to_text(credential->kind)), credential->expires,
                         nearness(*credential, parts_.clock.wall_now()) != Nearness::Far};
  }
  status.quotas = azure.quotas;
  status.graph = parts_.graph.status();
  Safety::RolloutStatus rollout = parts_.safety.rollout();
  status.waves = std::move(rollout.waves);
  status.rollout_stopped = std::move(rollout.stopped);
  status.freezes = parts_.freezes.status();
  status.departed = parts_.departures.shown(parts_.clock.wall_now());
  status.confirm_code = parts_.safety.confirm_code();
  status.incidents = parts_.incidents.active();
  status.threads = parts_.threads();
  if (parts_.leadership) status.leadership = parts_.leadership();
  if (parts_.standby != nullptr) status.shared_state = parts_.standby->shared_state();
  return status;
}

std::string Health::role() const {
  if (parts_.standby != nullptr) return "stands by";
  if (parts_.reloader.awaits_desired()) return "has no desired state in force yet";
  return "keeps " + count_text(parts_.board.size(), parts_.coverage.snapshot()->scopes) +
         " as declared";
}

ServiceManager::State Health::service_state() const {
  ServiceManager::State state{unhealthy(), role()};
  if (const std::string problems = parts_.reloader.problems(); !problems.empty()) {
    state.status = "an edit is not in effect: " + problems;
  } else if (parts_.standby == nullptr) {
    state.status = first_sweep().value_or(state.status);
  }
  return state;
}

}  // namespace defenderd
