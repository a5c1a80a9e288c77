#pragma once
// A replica in a Kubernetes cluster: the lease and the state are objects of its API, and what runs
// is a Daemon.

#include <memory>

#include "app/daemon.h"
#include "app/environment.h"
#include "app/replica.h"
#include "base/clock.h"
#include "base/result.h"

namespace defenderd {

// The settings of `files` have coordination. The Error says what to fix: no pod, no token, the port
// is in use. Environment and clock outlive the replica.
[[nodiscard]] Result<std::unique_ptr<Replica>> create_replica(const Daemon::Options& options,
                                                              Daemon::Files files,
                                                              const Environment& environment,
                                                              Clock& clock);

}  // namespace defenderd
