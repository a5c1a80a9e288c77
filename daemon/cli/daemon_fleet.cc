#include "cli/daemon_fleet.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/scrub.h"
#include "base/text.h"
#include "cli/daemon_rows.h"
#include "cli/report_fleet.h"
#include "cli/sweep_counts.h"

namespace defenderd {
namespace {

constexpr const char* kStatus = "/api/v1/status";
constexpr const char* kSubscriptions = "/api/v1/subscriptions";
constexpr const char* kUndeclared = "/api/v1/undeclared";
constexpr const char* kFindings = "/api/v1/findings";
constexpr const char* kChanges = "/api/v1/changes";

std::string text_in(const JsonValue& object, std::string_view name) {
  return outgoing_text(object.text_of(name));
}

std::string since_text(const JsonValue& object, std::string_view name) {
  const auto time = time_in(object, name);
  return time ? report_time(*time) : "";
}

// Why it is no source of evidence.
Error is_standby(const Origin& daemon, const JsonValue& status) {
  const JsonValue leadership = status.member("leadership");
  std::string text = "the daemon at " + daemon.text() +
                     " is a standby, which observes nothing: use --url with the leader";
  const std::string leader = text_in(leadership, "leader");
  const std::string url = text_in(leadership, "leaderUrl");
  if (leader.empty()) return Error{text + ", once a replica leads; none does now"};
  text += ", " + leader;
  if (!url.empty()) text += " at " + url;
  if (const std::string saved = since_text(status.member("sharedState"), "saved"); !saved.empty())
    text += "; the leader last saved its state at " + saved;
  return Error{text};
}

Result<Done> take_status(const DaemonApi& api, const JsonValue& status, DaemonFleet& daemon) {
  const JsonValue config = status.member("config");
  if (status.text_of("version").empty() || !config.is_object())
    return Unexpected(api.not_understood(kStatus, "it has no version and no config"));
  const auto leads = status.member("leadership").member("leads").boolean();
  if (leads && !*leads) return Unexpected(is_standby(api.origin(), status));
  daemon.version = text_in(status, "version");
  daemon.revision = text_in(status, "buildRevision");
  daemon.started = since_text(status, "started");
  daemon.settings_hash = text_in(config, "settingsHash");
  daemon.desired_hash = text_in(config, "desiredHash");
  if (status.member("observeOnly").boolean().value_or(false))
    daemon.gaps.emplace_back(
        "the daemon runs with --observe: it corrects nothing, whatever is "
        "declared");
  if (const std::string error = text_in(config, "error"); !error.empty()) {
    daemon.gaps.push_back("the files of the daemon are not in force as they are now: " + error);
  }
  for (const JsonValue& item : status.member("freezes").items())
    daemon.freezes.push_back(freeze_of(item));
  return Done{};
}

// Another round, because rows that change places between two pages may be missed.
constexpr int kRounds = 3;

Result<std::set<std::string>> read_ids(DaemonApi& api, DaemonFleet& daemon) {
  std::set<std::string> ids;
  std::size_t total = 0;
  for (int round = 0; round < kRounds; ++round) {
    ids.clear();
    const auto read = api.each(
        kSubscriptions, [](const JsonValue&) -> Result<Done> { return Done{}; },
        [&](const JsonValue& row) -> Result<Done> {
          const auto id = SubscriptionId::parse(row.text_of("id"));
          if (!id) return Unexpected(api.not_understood(kSubscriptions, "a row has no id"));
          ids.insert(id->text());
          return Done{};
        });
    if (!read) return Unexpected(read.error());
    total = *read;
    if (ids.size() == total) return ids;
  }
  daemon.gaps.push_back("the daemon has " + subscriptions_text(total) + ", and has listed " +
                        std::to_string(ids.size()) + ", because they changed meanwhile");
  return ids;
}

Result<Done> read_subscriptions(DaemonApi& api, DaemonFleet& daemon) {
  const auto ids = read_ids(api, daemon);
  if (!ids) return Unexpected(ids.error());
  std::size_t without_accepted = 0;
  std::size_t gone = 0;
  for (const std::string& id : *ids) {
    const std::string path = std::string(kSubscriptions) + "/" + id;
    const auto found = api.find(path, [&](const JsonValue& row) -> Result<Done> {
      auto swept = swept_of(row);
      if (!swept || swept->outcome.desired.id.text() != id)
        return Unexpected(api.not_understood(path, "it is not that subscription"));
      if (!row.member("acceptedFindings").is_list()) ++without_accepted;
      daemon.observed_at.push_back(time_in(row, "lastObserved"));
      daemon.fleet.subscriptions.push_back(*std::move(swept));
      return Done{};
    });
    if (!found) return Unexpected(found.error());
    if (!*found) ++gone;
  }
  if (without_accepted > 0) {
    daemon.gaps.emplace_back(
        "the exceptions lack accepted findings, and whether extensions that are not named are "
        "declared off: the daemon is of an older version, which does not report them");
  }
  if (gone > 0) {
    daemon.gaps.push_back(subscriptions_text(gone) +
                          " left the desired state while this report was made");
  }
  return Done{};
}

Result<Done> read_uncovered(DaemonApi& api, DaemonFleet& daemon) {
  const auto done = api.each(
      kUndeclared,
      [&](const JsonValue& page) -> Result<Done> {
        const std::string error = text_in(page, "error");
        if (!error.empty()) {
          daemon.gaps.push_back("visible subscriptions that are not managed: " + error);
        } else if (!page.member("known").boolean().value_or(false)) {
          daemon.gaps.emplace_back("the daemon does not know the unmanaged subscriptions");
        }
        return Done{};
      },
      [&](const JsonValue& row) -> Result<Done> {
        if (auto left = left_scope_of(row)) daemon.left_scope.push_back(*std::move(left));
        if (auto uncovered = uncovered_of(row)) daemon.uncovered.push_back(*std::move(uncovered));
        return Done{};
      });
  return done ? Result<Done>(Done{}) : Unexpected(done.error());
}

void note_inspection(const JsonValue& page, DaemonFleet& daemon) {
  if (!page.member("enabled").boolean().value_or(true)) {
    daemon.gaps.emplace_back("no findings: findings.enabled is off in the settings of the daemon");
    return;
  }
  if (!time_in(page, "lastRound")) {
    daemon.gaps.emplace_back(
        "findings may be missing: the daemon has not inspected every subscription yet");
  }
  if (const std::string denied = text_in(page, "denied"); !denied.empty())
    daemon.gaps.push_back("findings may be missing: the identity lacks the action " + denied);
  if (const std::string failure = text_in(page, "failure"); !failure.empty())
    daemon.gaps.push_back("findings may be missing: " + failure);
}

Result<Done> read_findings(DaemonApi& api, DaemonFleet& daemon) {
  std::set<std::string> seen;
  const auto done = api.each(
      kFindings,
      [&](const JsonValue& page) -> Result<Done> {
        note_inspection(page, daemon);
        return Done{};
      },
      [&](const JsonValue& row) -> Result<Done> {
        auto finding = finding_of(row);
        if (!finding) return Unexpected(api.not_understood(kFindings, "a row is not a finding"));
        const std::string key =
            std::string(to_text(finding->kind)) + finding->subscription.text() + finding->resource;
        if (seen.insert(key).second) daemon.findings.push_back(*std::move(finding));
        return Done{};
      });
  if (!done) return Unexpected(done.error());
  if (seen.size() != *done)
    daemon.gaps.emplace_back("findings may be missing, because they changed meanwhile");
  return Done{};
}

}  // namespace

Result<DaemonFleet> read_daemon_fleet(DaemonApi& api) {
  DaemonFleet daemon;
  const auto take = [&](const JsonValue& status) { return take_status(api, status, daemon); };
  if (const auto done = api.get(kStatus, take); !done) return Unexpected(done.error());
  for (const auto read : {read_subscriptions, read_uncovered, read_findings}) {
    if (const auto done = read(api, daemon); !done) return Unexpected(done.error());
  }
  return daemon;
}

Result<DaemonChanges> read_daemon_changes(DaemonApi& api) {
  constexpr int kMaxPages = 100;
  DaemonChanges changes;
  std::string next;
  for (int page = 0; page < kMaxPages; ++page) {
    const std::string path = std::string(kChanges) + "?limit=500" +
                             (next.empty() ? "" : "&before=" + percent_encode(next));
    const auto done = api.get(path, [&](const JsonValue& answer) -> Result<Done> {
      if (!answer.member("items").is_list())
        return Unexpected(api.not_understood(kChanges, "it has no items"));
      if (page == 0) changes.since = time_in(answer, "since");
      for (const JsonValue& item : answer.member("items").items())
        changes.lines.push_back(line_of(item));
      next = answer.text_of("next");
      return Done{};
    });
    if (!done) return Unexpected(done.error());
    if (next.empty()) break;
  }
  std::reverse(changes.lines.begin(), changes.lines.end());
  return changes;
}

}  // namespace defenderd
