#pragma once
// The probes and /metrics of a replica that has no daemon now, because none can be created: it
// lives, and tries again.

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "core/leadership.h"
#include "server/http_server.h"
#include "telemetry/coverage_board.h"
#include "telemetry/metrics.h"
#include "telemetry/status_board.h"

namespace defenderd {

class BareServer {
 public:
  struct Options {
    const Listener& listener;
    const WebAccess* access = nullptr;  // nullptr: anybody
    std::string problem = {};           // why it is not ready
    std::function<LeadershipStatus()> leadership;
    const Clock& clock;
  };
  // What the options refer to outlives it. It answers until it is destroyed.
  [[nodiscard]] static Result<std::unique_ptr<BareServer>> start(const Options& options);

 private:
  explicit BareServer(const Options& options);

  // Nothing is known of the fleet.
  StatusBoard board_;
  CoverageBoard coverage_;
  Metrics metrics_;
  std::unique_ptr<HttpServer> server_;  // ends first
};

}  // namespace defenderd
