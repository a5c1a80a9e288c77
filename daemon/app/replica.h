#pragma once
// One of several replicas: takes part in the election of a leader, and runs a daemon that leads or
// one that stands by, as the election says.

#include <array>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "app/daemon.h"
#include "app/environment.h"
#include "app/membership.h"
#include "app/stop_stage.h"
#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "kube/config_map_store.h"
#include "kube/kube_client.h"
#include "kube/lease_client.h"
#include "reconcile/leader_election.h"
#include "server/listener.h"
#include "telemetry/log.h"
#include "telemetry/outlet.h"

namespace defenderd {

// create() and run() are for one thread; poll_soon() for any.
class Replica {
 public:
  // The settings of `files` have coordination. The Error says what to fix: no pod, no token.
  [[nodiscard]] static Result<std::unique_ptr<Replica>> create(const Daemon::Options& options,
                                                               Daemon::Files files,
                                                               const Environment& environment,
                                                               Clock& clock);

  // Until `stop` is requested; then it gives the lease back, after the last write has ended.
  // Blocks. The Error: the first daemon cannot start.
  [[nodiscard]] Result<Done> run(const std::stop_token& stop, StopStage& stage);

  // Wakes the thread that polls the files.
  void poll_soon();

 private:
  Replica(Daemon::Options options, Daemon::Files files, const Environment& environment,
          Clock& clock, std::unique_ptr<KubeClient> kube, Listener listener, std::string identity);
  void run_as(Daemon& daemon, const std::stop_token& stop, StopStage& stage);
  void end_election(std::jthread& electing, StopStage& stage);
  void leadership_changed(const LeadershipStatus& now);
  void count_exception(std::string_view thread);
  [[nodiscard]] bool is_current(const LeadershipStatus& status) const REQUIRES(mutex_);
  // What the next leader must know. False: it is not known now, so this replica stands down.
  bool read_state(ConfigMapStore& state);
  // No daemon could be created with the files in force: a corrected edit takes their place.
  void read_files_again(const std::stop_token& stop);

  const Daemon::Options options_;
  const Environment& environment_;
  Clock& clock_;
  const Settings settings_;
  const std::string identity_;
  Random random_;
  Heartbeats heartbeats_;
  const StandardOutlets outlets_;
  Logger log_;  // of the election; each daemon has its own
  const std::unique_ptr<KubeClient> kube_;
  LeaseClient lease_;
  const Listener listener_;
  LeaderElection election_;
  Daemon::Files files_;  // in force, while no daemon has them
  // What was last reported; "" if it is over.
  std::string unread_state_;
  std::string unread_files_;
  std::array<std::string, 2> cannot_work_;  // as a standby, as the leader

  Mutex mutex_;
  Daemon* daemon_ GUARDED_BY(mutex_) = nullptr;  // the one that runs
  LeadershipStatus role_ GUARDED_BY(mutex_);     // under which it was started
  std::stop_source term_ GUARDED_BY(mutex_);     // ends it
  LeadershipStatus reported_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
