// GET /api/v1/status.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/text.h"
#include "base/time_text.h"
#include "server/api.h"
#include "server/board_json.h"
#include "server/endpoints.h"
#include "server/freezes_json.h"
#include "server/row_json.h"
#include "server/sweep_pace.h"
#include "telemetry/deadlines.h"
#include "telemetry/incidents_section.h"

namespace defenderd {
namespace {

constexpr std::size_t kDepartedItems = 100;  // of one edit; the total is in the count

void write_departed(JsonWriter& json, const std::vector<DepartedEdit>& edits) {
  json.key("departed");
  json.begin_array();
  for (const DepartedEdit& edit : edits) {
    json.begin_object();
    json.member("at", format_rfc3339(edit.at));
    json.member("declared", edit.declared);
    json.member("left", edit.left);
    json.member("away", edit.away.size());
    json.member("many", edit.many);
    json.member("files", printable(text_of(edit.files)));
    json.key("items");
    json.begin_array();
    std::size_t shown = 0;
    for (const auto& [id, name] : edit.away) {
      if (shown++ == kDepartedItems) break;
      json.begin_object();
      json.member("id", id.text());
      json.member("name", name);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

void write_known(JsonWriter& json, const KnownCounts& counts) {
  const auto member = [&](std::string_view name,
                          const std::array<std::size_t, kAllKnown.size()>& of, Known known) {
    json.member(name, of.at(static_cast<std::size_t>(known)));
  };
  json.key("known");
  json.begin_object();
  member("asDeclared", counts.now, Known::AsDeclared);
  member("different", counts.now, Known::Different);
  member("notKnown", counts.now, Known::NotKnown);
  json.key("lastKnown");
  json.begin_object();
  member("asDeclared", counts.last, Known::AsDeclared);
  member("different", counts.last, Known::Different);
  member("neverSeen", counts.last, Known::NotKnown);
  json.end_object();
  json.end_object();
}

// What waits for a retry is no part of when the next sweep is due.
struct Retries {
  std::size_t subscriptions = 0;
  std::optional<WallTime> next = {};

  void add(const StatusRow& row) {
    if (row.consecutive_failures == 0) return;
    ++subscriptions;
    if (row.next_due) next = next ? std::min(*next, *row.next_due) : row.next_due;
  }
};

void write_retries(JsonWriter& json, const Retries& retries, WallTime now) {
  json.key("retries");
  json.begin_object();
  json.member("subscriptions", retries.subscriptions);
  // One that is due waits for a worker, or for its share of the budget.
  time_member(json, "next",
              retries.next ? std::optional(std::max(*retries.next, now)) : std::nullopt);
  json.end_object();
}

void write_deadlines(JsonWriter& json, const Deadlines& deadlines) {
  json.key("suspensions");
  json.begin_object();
  json.member("active", deadlines.suspensions.active);
  json.member("ending", deadlines.suspensions.ending);
  json.member("expired", deadlines.suspensions.expired);
  json.end_object();
  json.key("freeTrials");
  json.begin_object();
  json.member("active", deadlines.trials - deadlines.trials_ending);
  json.member("ending", deadlines.trials_ending);
  time_member(json, "firstEnd", deadlines.first_trial_end);
  json.end_object();
}

void write_incidents(JsonWriter& json, const std::vector<Incident>& incidents) {
  json.key("incidents");
  json.begin_array();
  for (const Incident& incident : incidents) {
    json.begin_object();
    json.member("subscriptions", incident.subscriptions);
    json.member("beforeRestart", incident.recalled);
    write_members(json, incident);
    json.end_object();
  }
  json.end_array();
}

void write_rollout(JsonWriter& json, const DaemonStatus& daemon) {
  json.key("rollout");
  json.begin_object();
  json.member("stopped", daemon.rollout_stopped);
  json.key("waves");
  json.begin_array();
  for (const WaveProgress& wave : daemon.waves) {
    json.begin_object();
    json.member("wave", wave.wave);
    json.member("subscriptions", wave.subscriptions);
    json.member("pending", wave.pending);
    json.member("failed", wave.failed);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_threads(JsonWriter& json, const std::vector<Heartbeats::Reading>& threads) {
  json.key("threads");
  json.begin_array();
  for (const Heartbeats::Reading& reading : threads) {
    json.begin_object();
    json.member("name", reading.thread);
    json.member("silentSeconds",
                static_cast<std::int64_t>(
                    std::chrono::floor<std::chrono::seconds>(reading.silent).count()));
    json.end_object();
  }
  json.end_array();
}

void write_credential(JsonWriter& json, const std::optional<DaemonStatus::Credential>& credential) {
  json.key("credential");
  if (!credential) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("kind", credential->kind);
  json.member("expires", format_rfc3339(credential->expires));
  json.member("needsAttention", credential->needs_attention);
  json.end_object();
}

void write_graph(JsonWriter& json, const std::optional<DaemonStatus::Graph>& graph) {
  json.key("graph");
  if (!graph) {
    json.null();
    return;
  }
  json.begin_object();
  time_member(json, "lastPass", graph->last_pass);
  json.member("subscriptions", graph->subscriptions);
  json.member("unanswered", graph->unanswered);
  json.member("message", graph->message);
  json.end_object();
}

void write_leadership(JsonWriter& json, const std::optional<LeadershipStatus>& leadership) {
  json.key("leadership");
  if (!leadership) return json.null();
  json.begin_object();
  json.member("leads", leadership->leads);
  json.member("mayWrite", leadership->may_write);
  json.member("identity", printable(leadership->identity));
  json.member("leader", printable(leadership->leader));
  json.member("leaderUrl", printable(leadership->leader_url));
  json.member("lease", printable(leadership->lease));
  time_member(json, "since", leadership->since);
  json.member("failure", printable(leadership->failure, 2048));
  json.end_object();
}

void write_shared_state(JsonWriter& json, const std::optional<SharedState>& shared) {
  json.key("sharedState");
  if (!shared) return json.null();
  json.begin_object();
  time_member(json, "saved", shared->saved);
  json.key("byState");
  json.begin_object();
  for (const State state : kAllStates) {
    const auto found = shared->by_state.find(state);
    json.member(to_text(state), found == shared->by_state.end() ? std::size_t{0} : found->second);
  }
  json.end_object();
  json.member("error", printable(shared->error, 2048));
  json.end_object();
}

}  // namespace

Response api_status(const StatusSnapshot& snapshot, const DaemonStatus& daemon, WallTime now,
                    bool lifecycle) {
  std::array<int, kAllStates.size()> by_state{};
  std::array<int, kReasonCount> by_reason{};
  KnownCounts known;
  Deadlines deadlines;
  Retries retries;
  std::optional<SweepPace> pace;
  if (daemon.sweep) pace.emplace(*daemon.sweep, now);
  for (const auto& row : snapshot.rows) {
    known.add(*row);
    deadlines.add(*row, now);
    retries.add(*row);
    if (pace) pace->add(*row);
    ++by_state[static_cast<std::size_t>(row->state)];
    ++by_reason[static_cast<std::size_t>(row->reason)];
  }
  JsonWriter json;
  json.begin_object();
  json.member("now", format_rfc3339(now));
  write_revisions(json, snapshot);
  json.member("version", daemon.version);
  json.member("buildRevision", daemon.revision);
  json.member("started", format_rfc3339(daemon.started));
  json.member("observeOnly", daemon.observe_only);
  json.member("lifecycle", lifecycle);
  json.member("subscriptions", snapshot.rows.size());
  json.key("byState");
  json.begin_object();
  for (const State state : kAllStates) {
    json.member(to_text(state), by_state[static_cast<std::size_t>(state)]);
  }
  json.end_object();
  json.key("byReason");  // those that occur
  json.begin_object();
  for (const Reason reason : all_reasons()) {
    const int count = by_reason[static_cast<std::size_t>(reason)];
    if (count > 0) json.member(to_text(reason), count);
  }
  json.end_object();
  write_known(json, known);
  write_retries(json, retries, now);
  write_deadlines(json, deadlines);
  time_member(json, "lastSweep", daemon.last_sweep);
  time_member(json, "nextSweep", daemon.next_sweep);
  json.key("sweep");
  if (pace) {
    pace->write(json, snapshot.rows.size());
  } else {
    json.null();
  }
  json.key("config");
  json.begin_object();
  time_member(json, "loaded", daemon.config_loaded);
  json.member("error", daemon.config_error);
  time_member(json, "errorSince", daemon.config_error_since);
  json.member("settingsHash", daemon.settings_hash);
  json.member("desiredHash", daemon.desired_hash);
  json.key("restartNeeded");
  json.begin_array();
  for (const std::string& key : daemon.restart_needed) json.value(key);
  json.end_array();
  json.end_object();
  time_member(json, "tokenExpires", daemon.token_expires);
  write_credential(json, daemon.credential);
  json.key("quotas");
  json.begin_array();
  for (const DaemonStatus::Quota& quota : daemon.quotas) {
    json.begin_object();
    json.member("kind", quota.kind);
    json.member("remaining", quota.remaining);
    json.end_object();
  }
  json.end_array();
  json.member("confirmCode", daemon.confirm_code);
  write_departed(json, daemon.departed);
  write_graph(json, daemon.graph);
  write_rollout(json, daemon);
  write_freezes(json, daemon.freezes);
  write_incidents(json, daemon.incidents);
  write_threads(json, daemon.threads);
  write_leadership(json, daemon.leadership);
  write_shared_state(json, daemon.shared_state);
  json.end_object();
  return json_response(json);
}

}  // namespace defenderd
