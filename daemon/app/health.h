#pragma once
// What the daemon reports about itself: whether it is healthy, whether it is ready, its status, and
// what the service manager is notified of.
//
// The probes wait for no lock that work holds; otherwise an overloaded daemon would be restarted
// for being slow to answer.

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/azure_watch.h"
#include "app/credential_watch.h"
#include "app/freeze_watch.h"
#include "app/graph_watch.h"
#include "app/reloader.h"
#include "app/service_manager.h"
#include "app/standby_watch.h"
#include "base/clock.h"
#include "base/heartbeat.h"
#include "core/leadership.h"
#include "reconcile/controller.h"
#include "reconcile/safety.h"
#include "server/endpoints.h"
#include "telemetry/coverage_board.h"
#include "telemetry/departures.h"
#include "telemetry/incidents.h"
#include "telemetry/status_board.h"

namespace defenderd {

// Thread-safe.
class Health {
 public:
  // All outlive it.
  struct Parts {
    const Controller& controller;
    const Safety& safety;
    const StatusBoard& board;
    const CoverageBoard& coverage;
    const Departures& departures;
    const Incidents& incidents;
    const Reloader& reloader;
    const AzureWatch& azure;
    const CredentialWatch& credential;
    const GraphWatch& graph;
    const FreezeWatch& freezes;
    const Clock& clock;
    // Whether scopes were resolved, or there are none. Waits for no lock.
    std::function<bool()> fleet_known;
    // The threads that run, and how long each has not made progress.
    std::function<std::vector<Heartbeats::Reading>()> threads;
    std::function<LeadershipStatus()> leadership = {};  // empty: a single replica
    const StandbyWatch* standby = nullptr;              // nullptr: this one leads
  };
  struct Options {
    Duration request_timeout;  // of a request to Azure
    bool observe_only = false;
  };
  Health(Parts parts, Options options);

  // Why the process should be restarted; nullopt if it is healthy.
  [[nodiscard]] std::optional<std::string> unhealthy() const;
  // Why not every declared subscription has been attempted since the start; nullopt once they have.
  // Of a standby: why it could not take over now.
  [[nodiscard]] std::optional<std::string> not_ready() const;
  [[nodiscard]] DaemonStatus status() const;
  // "keeps 3 subscriptions as declared", "stands by", or "has no desired state in force yet".
  [[nodiscard]] std::string role() const;
  // Its status is what a person needs to know first.
  [[nodiscard]] ServiceManager::State service_state() const;

 private:
  [[nodiscard]] std::optional<std::string> first_sweep() const;
  [[nodiscard]] std::optional<std::string> lost_lease() const;
  [[nodiscard]] SweepStatus sweep(const Controller::Stats& work) const;

  const Parts parts_;
  const WallTime started_;
  const bool observe_only_;
  const Duration longest_silence_;                   // of a thread that works
  mutable std::atomic<bool> all_attempted_ = false;  // once true, it stays
};

}  // namespace defenderd
