#pragma once
// The server's endpoints: the status page, /metrics, the probes, the API and the lifecycle
// endpoints.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/heartbeat.h"
#include "base/result.h"
#include "core/freeze.h"
#include "core/ids.h"
#include "core/leadership.h"
#include "core/rollout.h"
#include "server/allowed_hosts.h"
#include "server/history_api.h"
#include "server/http.h"
#include "server/shared_state.h"
#include "server/sweep_pace.h"
#include "telemetry/change_feed.h"
#include "telemetry/coverage_board.h"
#include "telemetry/departures.h"
#include "telemetry/findings_board.h"
#include "telemetry/freeze_status.h"
#include "telemetry/journal_line.h"
#include "telemetry/metrics.h"
#include "telemetry/status_board.h"

namespace defenderd {

// What /api/v1/status shows besides the board.
struct DaemonStatus {
  std::string version = {};
  std::string revision = {};
  WallTime started = {};
  bool observe_only = false;
  std::string settings_hash = {};
  std::string desired_hash = {};
  std::optional<WallTime> config_loaded = {};  // when the files in force took effect
  std::string config_error = {};               // of the last edit; "" if it was good
  std::optional<WallTime> config_error_since = {};
  std::vector<std::string> restart_needed = {};  // keys of settings that only a restart applies
  std::optional<WallTime> last_sweep = {};       // when a sweep of the fleet last ended
  std::optional<WallTime> next_sweep = {};       // nullopt: it is in progress, or the first one is
  std::optional<SweepStatus> sweep = {};         // in progress; nullopt: nothing is declared
  std::optional<WallTime> token_expires = {};
  // When the credential expires.
  struct Credential {
    std::string kind;  // as in its metric
    WallTime expires;
    bool needs_attention = false;  // it is expired, or a person has to renew it soon
  };
  std::optional<Credential> credential = {};  // nullopt: not known
  struct Quota {
    std::string kind;
    std::int64_t remaining = 0;
    bool operator==(const Quota&) const = default;
  };
  std::vector<Quota> quotas = {};
  // Bulk observation by Azure Resource Graph.
  struct Graph {
    std::optional<WallTime> last_pass = {};  // when a pass over the fleet last ended
    std::size_t subscriptions = 0;           // in that pass
    std::size_t unanswered = 0;              // of these, read directly meanwhile
    std::string message = {};                // the reason; "" if all have an answer
  };
  std::optional<Graph> graph = {};          // nullopt: there is none
  std::vector<DepartedEdit> departed = {};  // removed by edits, newest first
  std::string confirm_code = {};            // confirms held changes; "" if none are held
  std::vector<WaveProgress> waves = {};     // those that have subscriptions, in order
  std::string rollout_stopped = {};         // why; "" if no roll-out is stopped
  std::vector<FreezeStatus> freezes = {};   // of the settings first, then of the API
  std::vector<Incident> incidents = {};     // the active ones, the oldest first
  std::vector<Heartbeats::Reading> threads = {};
  std::optional<LeadershipStatus> leadership = {};  // nullopt: this is the only replica
  std::optional<SharedState> shared_state = {};     // of a standby
};

// The result of a reload.
struct ReloadAnswer {
  enum class Kind {
    Done,     // the content of the files is in force
    Refused,  // an edit is bad; the last good one stays in force
    Waiting,  // an edit may be incomplete, or the file system does not answer
    Busy,     // another reload is in progress
  };
  Kind kind = Kind::Done;
  std::string message = {};  // for people; of Done: what is not in force all the same, mostly ""
};

// Provided by the composition root. All are called by several threads concurrently.
struct EndpointHooks {
  // nullopt if healthy, else one line with the reason.
  std::function<std::optional<std::string>()> healthy;
  std::function<std::optional<std::string>()> ready;
  std::function<ReloadAnswer()> reload;
  // Why this replica cannot be asked to act, and who leads; nullopt if it can.
  struct CannotAct {
    bool stands_by = false;  // otherwise it leads, and may not write now
    std::string why = {};
  };
  // `writes`: the order is about what is written. Empty: the only replica, which always can.
  std::function<std::optional<CannotAct>(bool writes)> cannot_act = {};
  std::function<Result<Done>(std::optional<SubscriptionId>)> reconcile;  // nullopt: all
  // Freezes by the API. The Error says what to do.
  std::function<Result<FreezeAnswer>(Freeze)> freeze;
  std::function<Result<FreezeAnswer>(const ThawOrder&)> thaw;
  std::function<DaemonStatus()> status;
  std::function<std::vector<JournalLine>(SubscriptionId)> history;  // newest first
  std::function<FleetHistory()> fleet_history;
  std::function<ChangeFeed::Snapshot()> changes;
  std::function<WallTime()> now;
  std::function<SteadyTime()> steady_now;
};

struct EndpointOptions {
  bool lifecycle = false;  // whether the lifecycle endpoints are enabled
  bool has_state = false;  // whether a restart remembers
  AllowedHosts hosts;      // for everything except the metrics and the probes
};

// Boards and metrics must outlive the routes.
[[nodiscard]] std::vector<Route> make_routes(const StatusBoard& board,
                                             const CoverageBoard& coverage,
                                             const FindingsBoard& findings, const Metrics& metrics,
                                             EndpointHooks hooks, EndpointOptions options);

}  // namespace defenderd
