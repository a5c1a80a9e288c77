#pragma once
// What the server serves while its requests are fuzzed: a small fleet with names that need
// escaping.

#include <string>
#include <vector>

#include "base/clock.h"
#include "fuzz/fuzz.h"
#include "server/endpoints.h"
#include "telemetry/samples.h"

namespace defenderd::fuzz {

class ServedFleet {
 public:
  ServedFleet() {
    board_.set_desired(
        samples::state_of({samples::declared(1, "chat \"prod\"\\ \u00e9"),
                           samples::declared(2, "</script><b>"), samples::declared(3)}),
        samples::at(0));
    board_.record(samples::corrected(1), samples::at(1), samples::at(6), 0);
    board_.record(samples::failed(2, Reason::Forbidden, 403), samples::at(1), samples::at(6), 1);
    CoverageSnapshot coverage;
    coverage.known = true;
    coverage.rows.push_back({subscription_id(9), "not declared"});
    coverage_.set(coverage);
    JournalLine line;
    line.time = "2026-01-01T00:00:00.000Z";
    for (const std::string result : {"applied", "freeze", "gap"}) {
      line.result = result;
      changes_.record(line);
    }
  }

  [[nodiscard]] std::vector<Route> routes() {
    EndpointHooks hooks;
    hooks.healthy = [] { return std::nullopt; };
    hooks.ready = [] { return "3 of 3 have not been looked at"; };
    hooks.reload = [] { return ReloadAnswer{}; };
    hooks.reconcile = [](std::optional<SubscriptionId> /*id*/) -> Result<Done> { return Done{}; };
    hooks.status = [] { return DaemonStatus{}; };
    hooks.freeze = [](const Freeze& /*freeze*/) -> Result<FreezeAnswer> { return FreezeAnswer{}; };
    hooks.thaw = [](const ThawOrder& /*order*/) -> Result<FreezeAnswer> { return FreezeAnswer{}; };
    hooks.history = [](SubscriptionId /*id*/) {
      JournalLine line;
      line.time = "2026-01-01T00:00:00.000Z";
      line.result = "applied";
      return std::vector{line};
    };
    hooks.fleet_history = [] { return FleetHistory{{{samples::at(1), 1, 2, 3}}, {}, {}, {}}; };
    hooks.changes = [this] { return changes_.snapshot(); };
    hooks.now = [] { return samples::at(10); };
    hooks.steady_now = [] { return SteadyTime(); };
    return make_routes(board_, coverage_, findings_, metrics_, std::move(hooks),
                       {true, true, AllowedHosts("127.0.0.1", {"*.example.test"})});
  }

 private:
  StatusBoard board_;
  SystemClock clock_;
  FindingsBoard findings_{clock_};
  CoverageBoard coverage_;
  ChangeFeed changes_;
  Metrics metrics_{board_, coverage_, {}};
};

}  // namespace defenderd::fuzz
