#pragma once
// Owns the parts of the service, in the order in which they depend on each other, starts their
// threads and ends them. What a part does is in its own header.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/actor_watch.h"
#include "app/bug_report.h"
#include "app/coverage_log.h"
#include "app/credential_watch.h"
#include "app/declared_fleet.h"
#include "app/environment.h"
#include "app/findings_watch.h"
#include "app/foundation.h"
#include "app/freeze_watch.h"
#include "app/graph_watch.h"
#include "app/health.h"
#include "app/membership.h"
#include "app/outcome_recorder.h"
#include "app/reloader.h"
#include "app/service_manager.h"
#include "app/standby_watch.h"
#include "app/stop_stage.h"
#include "app/unmanaged.h"
#include "base/random.h"
#include "core/write_gate.h"
#include "reconcile/freezes.h"
#include "reconcile/reconciler.h"
#include "reconcile/scope_follower.h"
#include "server/http_server.h"
#include "telemetry/state_keeper.h"

namespace defenderd {

class Daemon {
 public:
  struct Files {
    std::unique_ptr<Config> config;
    Config::Loaded loaded = {};
    std::shared_ptr<WebWatch> web = {};  // nullptr: none is configured
  };
  struct Options {
    std::string config_path;
    std::string desired_path;
    WritePermit permit = {};
    ServiceManager* manager = nullptr;  // outlives the daemon; nullptr: it has none
    // Called at the start if a file is still being written, with the reason for the wait.
    std::function<void(const std::string&)> waits = [](const std::string&) {};
  };
  // The files at the start. The Error has a line per problem.
  [[nodiscard]] static Result<Files> load_files(const Options& options, Clock& clock,
                                                const std::stop_token& stop);
  // Finds everything else that can be wrong at the start: endpoints, credential, port. When it
  // returns, the server listens. It takes the files, unless it returns an Error: then they are
  // still in `files`. `membership`: nullptr for a single replica; it outlives the daemon.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> create(
      const Options& options, Files& files, const Environment& environment, Clock& clock,
      const Membership* membership = nullptr);

  // Reconciles and serves until `stop` is requested; `stage` then says what it waits for. Blocks.
  void run(const std::stop_token& stop, StopStage& stage);

  // The files in force, for the next daemon of this process. Call it when run() has returned.
  [[nodiscard]] Files take_files();
  // This leader may write again: what waited for that is due. Any thread.
  void writing_resumes();

  // Wakes the thread that polls the files. Any thread.
  void poll_soon() { reloader_.poll_soon(); }

  [[nodiscard]] int port() const { return server_->port(); }

 private:
  Daemon(const Options& options, Foundation foundation, const Environment& environment,
         Clock& clock, const Membership* membership);
  struct Loop;
  [[nodiscard]] std::vector<Loop> loops();
  [[nodiscard]] bool stands_by() const { return membership_ != nullptr && !membership_->leads; }
  [[nodiscard]] bool may_write() const {
    return membership_ == nullptr || membership_->leadership.standing().may_write;
  }
  Reloader::Appliers standby_appliers();
  void check_other_files();
  void add_signal_appliers(Reloader::Appliers& appliers);
  [[nodiscard]] DaemonStatus status() const;
  [[nodiscard]] FleetHistory fleet_history() const;
  void report_start();
  [[nodiscard]] std::string role_text() const;
  [[nodiscard]] ServiceManager::State service_state() const;
  Result<Done> serve();
  Safety::Hooks safety_hooks();
  Reconciler::Options reconciler_options();
  ScopeFollower::Listener scope_listener();
  Reloader::Appliers appliers();
  EndpointHooks hooks();
  [[nodiscard]] BugReports bugs() const { return {records_->metrics, records_->log, clock_}; }
  [[nodiscard]] std::function<bool()> fleet_known() const;
  [[nodiscard]] std::vector<Heartbeats::Reading> threads() const;

  const Membership* const membership_;  // nullptr: a single replica
  ServiceManager* const manager_;       // nullptr: none is told
  Freezes freezes_;
  const WritePermit permit_;
  const Settings at_start_;  // the Reloader has those in force
  Clock& clock_;
  Random random_;
  const std::unique_ptr<Records> records_;
  const std::unique_ptr<AzureWatch> azure_watch_;
  const std::unique_ptr<AzureStack> azure_;
  const std::shared_ptr<WebWatch> web_;
  Unmanaged unmanaged_;
  Safety safety_;
  const Reconciler reconciler_;
  GraphWatch graph_watch_;
  ActorWatch actor_watch_;
  OutcomeRecorder recorder_;
  Controller controller_;
  Attributor attributor_;
  FindingsWatch findings_watch_;
  Inspector inspector_;
  FreezeWatch freeze_watch_;
  StateKeeper state_;
  BulkSweeper sweeper_;
  DeclaredFleet fleet_;
  CoverageLog coverage_log_;
  CredentialWatch credential_watch_;
  ScopeFollower follower_;
  Reloader reloader_;
  Health health_;
  std::optional<StandbyWatch> standby_;  // of one that does not lead
  std::unique_ptr<HttpServer> server_;
};

}  // namespace defenderd
