#pragma once
// The parts of the daemon, in the order in which they depend on each other, and how they are
// connected: whom each queries, and whom it calls on events. What a part does is in its own header.

#include <memory>

#include "app/actor_watch.h"
#include "app/azure_stack.h"
#include "app/azure_watch.h"
#include "app/bug_report.h"
#include "app/coverage_log.h"
#include "app/credential_watch.h"
#include "app/daemon.h"
#include "app/declared_fleet.h"
#include "app/environment.h"
#include "app/findings_watch.h"
#include "app/foundation.h"
#include "app/freeze_watch.h"
#include "app/graph_watch.h"
#include "app/health.h"
#include "app/membership.h"
#include "app/outcome_recorder.h"
#include "app/records.h"
#include "app/reloader.h"
#include "app/service_manager.h"
#include "app/standby_watch.h"
#include "app/takeover_wait.h"
#include "app/unmanaged.h"
#include "app/web_watch.h"
#include "base/random.h"
#include "core/write_gate.h"
#include "reconcile/attributor.h"
#include "reconcile/bulk_sweeper.h"
#include "reconcile/controller.h"
#include "reconcile/freezes.h"
#include "reconcile/inspector.h"
#include "reconcile/reconciler.h"
#include "reconcile/safety.h"
#include "reconcile/scope_follower.h"
#include "telemetry/state_keeper.h"

namespace defenderd {

// A standby has all of them too; nothing runs in it but the files, its watch and the server.
struct DaemonParts {
  // The saved state is recalled, and the fleet is declared. No thread runs yet.
  DaemonParts(const Daemon::Options& options, Foundation foundation,
              const Environment& environment);
  DaemonParts(const DaemonParts&) = delete;
  DaemonParts& operator=(const DaemonParts&) = delete;
  ~DaemonParts() = default;

  [[nodiscard]] bool stands_by() const { return membership != nullptr && !membership->leads; }
  [[nodiscard]] bool may_write() const {
    return membership == nullptr || membership->leadership.standing().may_write;
  }
  [[nodiscard]] BugReports bugs() const {
    return bug_reports(records->metrics, records->log, clock);
  }
  // This leader may write again: what waited for that is due.
  void writing_resumes();

  const Membership* const membership;  // nullptr: a single replica
  ServiceManager* const manager;       // nullptr: there is none
  Clock& clock;
  const std::unique_ptr<Records> records;
  const std::unique_ptr<TakeoverWait> takeover;  // nullptr: a standby, or a single replica
  Freezes freezes;
  const WritePermit permit;
  const Settings at_start;  // the Reloader has those in force
  Random random;
  const std::unique_ptr<AzureWatch> azure_watch;
  const std::unique_ptr<AzureStack> azure;
  const std::shared_ptr<WebWatch> web;  // nullptr: none is configured
  Unmanaged unmanaged;
  Safety safety;
  const Reconciler reconciler;
  GraphWatch graph_watch;
  ActorWatch actor_watch;
  OutcomeRecorder recorder;
  Controller controller;
  Attributor attributor;
  FindingsWatch findings_watch;
  Inspector inspector;
  FreezeWatch freeze_watch;
  StateKeeper state;
  const std::unique_ptr<StandbyWatch> standby;  // nullptr: this one leads
  BulkSweeper sweeper;
  DeclaredFleet fleet;
  CoverageLog coverage_log;
  CredentialWatch credential_watch;
  ScopeFollower follower;
  Reloader reloader;
  Health health;
  DesiredState held_back;  // what was loaded at the start, while Reloader::awaits_desired()
};

}  // namespace defenderd
