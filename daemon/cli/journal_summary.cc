#include "cli/journal_summary.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/scrub.h"
#include "base/text.h"
#include "base/time_text.h"
#include "cli/table_cell.h"

namespace defenderd {
namespace {

using Row = JournalSummary::Row;

Duration whole_seconds(Duration duration) {
  return std::chrono::floor<std::chrono::seconds>(duration);
}

std::string drifts_text(const Row& row) {
  std::string text = std::to_string(row.drifts);
  if (row.lasting > 0) text += " (" + std::to_string(row.lasting) + " lasting)";
  return text;
}

std::int64_t seconds_of(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

}  // namespace

void JournalSummary::end(DriftSpan& drift, const std::string& field, WallTime until,
                         const std::string& how) {
  drift.open.erase(field);
  drift.until = std::max(drift.until.value_or(until), until);
  drift.endings.insert_or_assign(field, how);
}

// Lines of earlier versions do not say since when, so their drifts have no duration, or say
// something else than the first line. A field has one drift at a time, so they are about the one
// that is open. A new one says when the field was as declared, and so when the one before had
// ended.
JournalSummary::DriftSpan& JournalSummary::drift_of(Subscription& subscription,
                                                    const JournalLine& line) {
  const std::string& key = line.since.empty() ? line.time : line.since;
  if (line.since.empty() || !subscription.drifts.contains(key)) {
    for (auto& [since, drift] : subscription.drifts) {
      if (!drift.open.contains(line.field)) continue;
      const auto as_declared = parse_rfc3339(line.as_declared);
      if (!as_declared) return drift;
      end(drift, line.field, *as_declared, std::string(journal_result::kEnded));
    }
  }
  DriftSpan& drift = subscription.drifts[key];
  if (drift.since == WallTime()) drift.since = parse_rfc3339(key).value_or(WallTime());
  return drift;
}

void JournalSummary::add(const JournalLine& line) {
  const auto time = parse_rfc3339(line.time);
  if (!time || line.subscription_id.empty()) return;
  Subscription& subscription = subscriptions_[line.subscription_id];
  if (!line.name.empty()) subscription.name = line.name;
  if (line.result == journal_result::kWithheld || line.result == journal_result::kFailed) {
    DriftSpan& drift = drift_of(subscription, line);
    drift.open.insert(line.field);
    drift.changes.insert_or_assign(line.field, line.from + " -> " + line.to);
    drift.withheld = line.reason;
  } else if (line.result == journal_result::kApplied || line.result == journal_result::kEnded) {
    DriftSpan& drift = drift_of(subscription, line);
    end(drift, line.field, *time, line.message == kNoLongerDeclared ? "undeclared" : line.result);
    // What ended without a change of ours is not known to have been otherwise.
    if (line.result == journal_result::kApplied)
      drift.changes.insert_or_assign(line.field, line.from + " -> " + line.to);
  } else if (line.result == journal_result::kAttributed) {
    DriftSpan& drift = drift_of(subscription, line);
    drift.actor = line.actor;
    drift.actor_kind = line.actor_kind;
    drift.changes.try_emplace(line.field);
    drift.client = line.client;
    if (const auto happened = parse_rfc3339(line.happened))
      drift.since = std::min(drift.since, *happened);
  }
}

std::vector<Row> JournalSummary::rows(WallTime now, WallTime since) const {
  std::vector<Row> rows;
  for (const auto& [id, subscription] : subscriptions_) {
    std::map<std::string, Row> by_actor;
    for (const auto& [key, drift] : subscription.drifts) {
      // Of a drift before the first line, only who made it may be known.
      const WallTime end = drift.is_lasting() ? now : drift.until.value_or(drift.since);
      if (end < since) continue;
      Row& row = by_actor[drift.actor];
      row.subscription_id = id;
      row.name = subscription.name;
      row.actor = drift.actor;
      ++row.drifts;
      if (drift.is_lasting()) ++row.lasting;
      const Duration span =
          std::max<Duration>(end - std::max(drift.since, since), Duration::zero());
      row.differed += span;
      row.longest = std::max(row.longest, span);
    }
    for (auto& [actor, row] : by_actor) rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.differed > b.differed; });
  return rows;
}

std::vector<JournalSummary::Drift> JournalSummary::drifts() const {
  std::vector<Drift> all;
  for (const auto& [id, subscription] : subscriptions_) {
    for (const auto& [key, span] : subscription.drifts)
      all.push_back({id, subscription.name, span});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Drift& a, const Drift& b) { return a.span.since < b.span.since; });
  return all;
}

std::string as_table(const std::vector<Row>& rows) {
  std::string text;
  const auto add = [&](const std::string& subscription, const std::string& drifts,
                       const std::string& differed, const std::string& longest,
                       const std::string& actor) {
    std::string line;
    pad(line, subscription, 36);
    pad(line, drifts, 14);
    pad(line, differed, 15);
    pad(line, longest, 10);
    line += actor;
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add("SUBSCRIPTION", "DRIFTS", "NOT AS DECLARED", "LONGEST", "BY");
  for (const Row& row : rows) {
    add(printable(row.name.empty() ? row.subscription_id : row.name), drifts_text(row),
        format_duration(whole_seconds(row.differed)), format_duration(whole_seconds(row.longest)),
        row.actor.empty() ? "not known" : outgoing_text(row.actor));
  }
  return text;
}

std::string as_json(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    JsonWriter json;
    json.begin_object();
    json.member("subscriptionId", row.subscription_id);
    json.member("name", row.name);
    json.member("actor", outgoing_text(row.actor));
    json.member("drifts", row.drifts);
    json.member("lasting", row.lasting);
    json.member("secondsNotAsDeclared", seconds_of(row.differed));
    json.member("longestSeconds", seconds_of(row.longest));
    json.end_object();
    text += json.take() + "\n";
  }
  return text;
}

}  // namespace defenderd
