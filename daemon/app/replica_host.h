#pragma once
// The ports of a replica: what it runs, and where it finds the lease, the shared state and the
// files. Its hand-overs are tested with fakes of them.

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "app/membership.h"
#include "app/stop_stage.h"
#include "base/result.h"
#include "reconcile/lease_store.h"
#include "server/listener.h"
#include "telemetry/log.h"
#include "telemetry/state_store.h"

namespace defenderd {

// A daemon that leads or stands by for its whole life; app/daemon.h says what each call does.
class RoleDaemon {
 public:
  RoleDaemon() = default;
  RoleDaemon(const RoleDaemon&) = delete;
  RoleDaemon& operator=(const RoleDaemon&) = delete;
  virtual ~RoleDaemon() = default;

  virtual void run(const std::stop_token& stop, StopStage& stage) = 0;
  // Any thread, while run() has not returned.
  virtual void writing_resumes() = 0;
  virtual void count_exception(std::string_view thread) = 0;
  virtual void poll_soon() = 0;
};

// Used by one thread; lease() and log() return what is thread-safe.
class ReplicaHost {
 public:
  ReplicaHost() = default;
  ReplicaHost(const ReplicaHost&) = delete;
  ReplicaHost& operator=(const ReplicaHost&) = delete;
  virtual ~ReplicaHost() = default;

  virtual LeaseStore& lease() = 0;
  virtual Logger& log() = 0;  // of the election; each daemon has its own
  // Stays open over a hand-over.
  [[nodiscard]] virtual const Listener& listener() const = 0;
  // The shared state. For a leader it is read before this returns, because a leader must not begin
  // without what the one before it knew: the Error says why it cannot be read.
  [[nodiscard]] virtual Result<std::unique_ptr<StateStore>> open_state(
      bool leads, std::function<bool()> may_save) = 0;
  // A daemon with the files in force, which it passes on to the next one when its run() returns.
  // `membership` outlives it.
  [[nodiscard]] virtual Result<std::unique_ptr<RoleDaemon>> create_daemon(
      const Membership& membership) = 0;
  // No daemon could be created with the settings in force: the next one takes those with which one
  // was created before, as far as they need a restart, and reports `why`. False: they are the same.
  [[nodiscard]] virtual bool fall_back(const std::string& why) = 0;
  // Answers the probes and /metrics, as a replica that is not ready for this reason, until the
  // result is destroyed; nullptr if that fails.
  [[nodiscard]] virtual std::shared_ptr<const void> answer_without_daemon(
      const std::string& problem, std::function<LeadershipStatus()> leadership) = 0;
  // No daemon could be created with the files in force: a corrected edit takes their place. The
  // Error has a line per problem; the last good files stay in force.
  [[nodiscard]] virtual Result<Done> read_files_again(const std::stop_token& stop) = 0;
};

}  // namespace defenderd
