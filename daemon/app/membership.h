#pragma once
// One of several replicas, as the parts of the daemon see it: whether it leads, where the shared
// state is, and which socket it listens on. A single daemon has none.

#include <functional>
#include <memory>
#include <string>

#include "base/heartbeat.h"
#include "core/leadership.h"
#include "server/listener.h"
#include "telemetry/state_store.h"

namespace defenderd {

// A daemon leads, or is a standby, for its whole life: a hand-over is the end of one and the start
// of another in the same process, so that it forgets and remembers exactly what a restart does.
struct Membership {
  bool leads = false;
  const LeadershipSource& leadership;
  std::function<LeadershipStatus()> status;
  std::function<std::unique_ptr<StateStore>()> take_state;  // once
  std::string identity = {};
  const Heartbeats& heartbeats;  // of the thread that takes part in the election
  const Listener& listener;      // stays open over a hand-over
};

}  // namespace defenderd
