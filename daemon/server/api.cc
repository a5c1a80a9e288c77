#include "server/api.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "server/endpoints.h"
#include "server/parameters.h"
#include "server/row_json.h"

namespace defenderd {
namespace {

constexpr std::size_t kDepartedItems = 100;  // of one edit; the total is in the count

constexpr std::size_t kBytesPerRow = 700;

using Rows = std::vector<std::shared_ptr<const StatusRow>>;

Response json_response(JsonWriter& json) {
  Response response;
  response.content_type = "application/json";
  response.body = json.take();
  return response;
}

// How a client follows the board: with `since` it requests the rows that changed after a revision;
// if the desired state is newer than that, it requests all, because some may be gone.
void write_revisions(JsonWriter& json, const StatusSnapshot& snapshot) {
  json.member("boardRevision", static_cast<std::int64_t>(snapshot.revision));
  json.member("desiredRevision", static_cast<std::int64_t>(snapshot.desired_revision));
}

// Rows that need a person come first.
int severity(State state) {
  switch (state) {
    case State::Failing:
      return 0;
    case State::Contested:
      return 1;
    case State::Held:
      return 2;
    case State::Drifted:
      return 3;
    case State::Unknown:
      return 4;
    case State::Suspended:
      return 5;
    case State::InSync:
      return 6;
  }
  return 6;
}

void sort_worst_first(Rows& rows) {
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::tuple(severity(a->state), a->state_since, std::string_view(a->desired->name),
                      a->desired->id) < std::tuple(severity(b->state), b->state_since,
                                                   std::string_view(b->desired->name),
                                                   b->desired->id);
  });
}

using StateSet = std::array<bool, kAllStates.size()>;

// "failing,held"; all if it is empty.
Result<StateSet> parse_states(std::string_view text) {
  StateSet wanted{};
  if (text.empty()) {
    wanted.fill(true);
    return wanted;
  }
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view word = trim(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    const auto* const state = std::find_if(kAllStates.begin(), kAllStates.end(),
                                           [&](State s) { return to_text(s) == word; });
    if (state == kAllStates.end()) {
      std::string all;
      for (const State s : kAllStates) all += (all.empty() ? "" : ", ") + std::string(to_text(s));
      return Unexpected(Error{"state \"" + printable(word, 64) + "\" is none of " + all});
    }
    wanted[static_cast<std::size_t>(*state)] = true;
  }
  return wanted;
}

bool matches(const StatusRow& row, std::string_view lower_part) {
  return lower_part.empty() || contains(row.desired->name, lower_part) ||
         row.desired->id.text().find(lower_part) != std::string::npos ||
         contains(to_text(row.reason), lower_part) || contains(row.message, lower_part) ||
         contains(row.desired->owner, lower_part);
}

void write_departed(JsonWriter& json, const std::vector<DepartedEdit>& edits) {
  json.key("departed");
  json.begin_array();
  for (const DepartedEdit& edit : edits) {
    json.begin_object();
    json.member("at", format_rfc3339(edit.at));
    json.member("declared", static_cast<std::int64_t>(edit.declared));
    json.member("left", static_cast<std::int64_t>(edit.left));
    json.member("away", static_cast<std::int64_t>(edit.away.size()));
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
    json.member(name, static_cast<std::int64_t>(of.at(static_cast<std::size_t>(known))));
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

void write_incidents(JsonWriter& json, const std::vector<Incident>& incidents) {
  json.key("incidents");
  json.begin_array();
  for (const Incident& incident : incidents) {
    json.begin_object();
    json.member("reason", to_text(incident.cause.reason));
    json.member("concerns", incident.cause.concerns);
    json.member("since", format_rfc3339(incident.since));
    json.member("subscriptions", static_cast<std::int64_t>(incident.subscriptions));
    json.member("most", static_cast<std::int64_t>(incident.most));
    json.member("message", incident.message);
    json.key("examples");
    json.begin_array();
    for (const std::string& name : incident.examples) json.value(name);
    json.end_array();
    json.end_object();
  }
  json.end_array();
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

void write_graph(JsonWriter& json, const std::optional<DaemonStatus::Graph>& graph) {
  json.key("graph");
  if (!graph) {
    json.null();
    return;
  }
  json.begin_object();
  time_member(json, "lastPass", graph->last_pass);
  json.member("subscriptions", static_cast<std::int64_t>(graph->subscriptions));
  json.member("unanswered", static_cast<std::int64_t>(graph->unanswered));
  json.member("message", graph->message);
  json.end_object();
}

}  // namespace

Response api_status(const StatusSnapshot& snapshot, const DaemonStatus& daemon, WallTime now,
                    bool lifecycle) {
  std::array<int, kAllStates.size()> by_state{};
  std::array<int, kReasonCount> by_reason{};
  KnownCounts known;
  for (const auto& row : snapshot.rows) {
    known.add(*row);
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
  json.member("subscriptions", static_cast<std::int64_t>(snapshot.rows.size()));
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
  time_member(json, "lastSweep", daemon.last_sweep);
  time_member(json, "nextSweep", daemon.next_sweep);
  json.key("config");
  json.begin_object();
  time_member(json, "loaded", daemon.config_loaded);
  json.member("error", daemon.config_error);
  json.member("settingsHash", daemon.settings_hash);
  json.member("desiredHash", daemon.desired_hash);
  json.end_object();
  time_member(json, "tokenExpires", daemon.token_expires);
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
  write_incidents(json, daemon.incidents);
  write_threads(json, daemon.threads);
  json.end_object();
  return json_response(json);
}

Response api_subscriptions(const StatusSnapshot& snapshot, const Request& request) {
  const auto states = parse_states(request.param("state"));
  if (!states) return error_response(400, request.path, states.error().message);
  const auto page = parse_page(request);
  if (!page) return error_response(400, request.path, page.error().message);
  const auto since = parse_count("since", request.param("since"), 0, kAnyNumber);
  if (!since) return error_response(400, request.path, since.error().message);

  const std::string part = to_lower(trim(request.param("q")));
  Rows rows;
  std::copy_if(snapshot.rows.begin(), snapshot.rows.end(), std::back_inserter(rows),
               [&](const auto& row) {
                 return row->revision > *since && (*states)[static_cast<std::size_t>(row->state)] &&
                        matches(*row, part);
               });
  sort_worst_first(rows);

  const std::size_t first = std::min(page->offset, rows.size());
  const std::size_t last = first + std::min(page->limit, rows.size() - first);
  JsonWriter json;
  json.reserve((last - first + 1) * kBytesPerRow);
  json.begin_object();
  write_revisions(json, snapshot);
  json.member("total", static_cast<std::int64_t>(snapshot.rows.size()));
  json.member("matched", static_cast<std::int64_t>(rows.size()));
  json.member("offset", static_cast<std::int64_t>(page->offset));
  json.member("limit", static_cast<std::int64_t>(page->limit));
  json.key("items");
  json.begin_array();
  for (std::size_t i = first; i < last; ++i) {
    json.begin_object();
    write_summary(json, *rows[i]);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json_response(json);
}

Response api_subscription(const StatusBoard& board,
                          const std::function<std::vector<JournalLine>(SubscriptionId)>& history,
                          const Request& request) {
  const auto id = SubscriptionId::parse(request.tail);
  if (!id) return error_response(400, request.path, "this is not the GUID of a subscription");
  const auto row = board.find(*id);
  if (row == nullptr) {
    return error_response(404, request.path, "this subscription is not declared");
  }
  JsonWriter json;
  json.begin_object();
  write_summary(json, *row);
  write_details(json, *row);
  write_history(json, history(*id));
  json.end_object();
  return json_response(json);
}

}  // namespace defenderd
