#pragma once
// The composition root: builds every part in order of dependency, wires them, runs them, and takes
// them down in reverse.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/azure_stack.h"
#include "app/azure_watch.h"
#include "app/coverage_log.h"
#include "app/environment.h"
#include "app/graph_watch.h"
#include "app/reloader.h"
#include "app/stop_stage.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "desired/config.h"
#include "reconcile/bulk_sweeper.h"
#include "reconcile/controller.h"
#include "reconcile/reconciler.h"
#include "reconcile/safety.h"
#include "reconcile/scope_follower.h"
#include "server/endpoints.h"
#include "server/http_server.h"
#include "telemetry/departures.h"
#include "telemetry/history.h"
#include "telemetry/journal.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "telemetry/outcome_log.h"
#include "telemetry/outlet.h"
#include "telemetry/state_keeper.h"
#include "telemetry/status_board.h"

namespace defenderd {

class Daemon {
 public:
  struct Options {
    std::string config_path;
    std::string desired_path;
    bool observe_only = false;
    // Where the files are not at rest at start: what is waited for, for people.
    std::function<void(const std::string&)> waits = [](const std::string&) {};
  };
  // Everything that can be wrong at start is found here: files, endpoints, credential, port. The
  // Error may have several lines, one per problem. When it returns, the server listens.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> create(Options options,
                                                              const Environment& environment,
                                                              Clock& clock,
                                                              const std::stop_token& stop);
  ~Daemon() = default;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Until `stop` is requested: reconciles, watches the files, serves. Blocks. `stage` is told what
  // the stop waits for.
  void run(const std::stop_token& stop, StopStage& stage);

  // Has the files looked at now. Any thread.
  void look_soon() { reloader_.look_soon(); }

  [[nodiscard]] int port() const { return server_->port(); }

 private:
  Daemon(Options options, Config::Loaded loaded, std::unique_ptr<Config> config, Clock& clock);
  Result<Done> start(const Environment& environment);

  Result<Done> start_journal();
  void recall_history();
  std::unique_ptr<Safety> make_safety();
  Result<Done> start_state();
  std::unique_ptr<ScopeFollower> make_scope_follower(const Environment& environment);
  void warn_of_budget(const std::vector<Declaration>& declared);
  Reconciler::Options reconciler_options();
  Controller::Listener listener();
  Controller::Options controller_options() const;
  EndpointHooks hooks();
  void on_reconciled(const Outcome& outcome, const Attempt& attempt);
  void on_departed(const Outcome& outcome);
  void on_sweep(WallTime now);
  void on_brake(const BrakeNotice& notice);
  void on_bulk_seen(const BulkSeen& seen);
  void take_over_safety(const Settings& settings);
  void declare(const DesiredState& desired, WallTime now);
  void show_brakes();
  void warn_of_descriptors();
  void take_over(Config::Change change);
  [[nodiscard]] std::vector<Declaration> declared() const;
  void report_departures(const Departures::News& news);
  void warn_of_odd_files(const std::vector<std::string>& warnings);
  void take_over(Settings settings);
  void take_over(DesiredState desired);
  [[nodiscard]] std::optional<std::string> unhealthy() const;
  [[nodiscard]] std::optional<std::string> not_ready() const;
  [[nodiscard]] DaemonStatus status() const;
  [[nodiscard]] std::string listen_address() const;

  const Options options_;
  Clock& clock_;
  const WallTime started_;
  const Duration longest_reconcile_;  // longer ones are stuck
  Random random_;
  std::unique_ptr<Config> config_;
  const StandardOutlets outlets_;
  Logger log_;
  Reloader reloader_;
  StatusBoard board_;
  CoverageBoard coverage_;
  CoverageLog coverage_log_{clock_, log_, coverage_};
  Departures departures_;
  Metrics metrics_;
  OutcomeLog outcome_log_;
  History history_;
  AzureWatch azure_watch_;
  GraphWatch graph_watch_;

  mutable std::mutex mutex_;  // guards what follows
  Settings settings_;         // in force
  DesiredState desired_;      // in force, but for its subscriptions: the board has them
  WallTime config_loaded_;
  std::string budget_warning_;  // as it was told last

  std::atomic<bool> first_sweep_done_ = false;
  mutable std::atomic<bool> all_attempted_ = false;  // since the start, each that was declared

  std::unique_ptr<Journal> journal_;
  std::unique_ptr<AzureStack> azure_;
  std::unique_ptr<Safety> safety_;
  std::unique_ptr<StateKeeper> state_;
  std::unique_ptr<Reconciler> reconciler_;
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<BulkSweeper> sweeper_;
  std::unique_ptr<ScopeFollower> follower_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace defenderd
