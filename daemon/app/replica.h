#pragma once
// One of several replicas: takes part in the election of a leader, and runs a daemon that leads or
// one that stands by, as the election says.

#include <array>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "app/replica_host.h"
#include "app/stop_stage.h"
#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "reconcile/leader_election.h"

namespace defenderd {

// run() is for one thread; poll_soon() for any.
class Replica {
 public:
  // The clock outlives it.
  Replica(std::unique_ptr<ReplicaHost> host, LeaderElection::Options election, Clock& clock);

  // Until `stop` is requested; then it gives the lease back, after the last write has ended.
  // Blocks. The Error: the first daemon cannot start. An exception of a daemon ends it in the same
  // order.
  [[nodiscard]] Result<Done> run(const std::stop_token& stop, StopStage& stage);

  // Wakes the thread that polls the files; during a hand-over, that of the next daemon.
  void poll_soon();

 private:
  class Current;
  Result<Done> run_roles(std::jthread& electing, const std::stop_token& stop, StopStage& stage);
  void run_as(RoleDaemon& daemon, const std::stop_token& stop, StopStage& stage);
  void end_election(std::jthread& electing, StopStage& stage);
  void leadership_changed(const LeadershipStatus& now);
  void count_exception(std::string_view thread);
  [[nodiscard]] bool is_current(const LeadershipStatus& status) const REQUIRES(mutex_);
  void report_state(const std::string& problem);
  void report_no_daemon(bool leads, const std::string& problem);
  bool fall_back(const std::string& problem);
  void wait_without_daemon(bool leads, const std::string& problem, const std::stop_token& stop);
  void read_files_again(const std::stop_token& stop);

  const std::unique_ptr<ReplicaHost> host_;
  Clock& clock_;
  const std::string identity_;
  Random random_;
  Heartbeats heartbeats_;
  LeaderElection election_;
  // What was last reported; "" if it is over.
  std::string unread_state_;
  std::string unread_files_;
  std::string refused_edit_;
  std::array<std::string, 2> cannot_work_;  // as a standby, as the leader

  Mutex mutex_;
  RoleDaemon* daemon_ GUARDED_BY(mutex_) = nullptr;  // the one that runs
  LeadershipStatus role_ GUARDED_BY(mutex_);         // under which it was started
  std::stop_source term_ GUARDED_BY(mutex_);         // ends it
  bool poll_wanted_ GUARDED_BY(mutex_) = false;      // since none ran
  LeadershipStatus reported_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
