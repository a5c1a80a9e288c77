#include "telemetry/journal.h"

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>

#include "base/slow_call.h"
#include "base/time_text.h"
#include "telemetry/journal_reader.h"

namespace defenderd {
namespace {

// An intent without a result is one of the last lines: within some 30,000, read in a fifth of a
// second.
constexpr std::uint64_t kTail = 16U << 20U;

}  // namespace

Journal::Journal(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

Result<std::unique_ptr<Journal>> Journal::open(Options options, const Clock& clock, Logger& log) {
  std::unique_ptr<Journal> journal(new Journal(std::move(options), clock));
  const std::string& path = journal->options_.file.path;
  if (path.empty()) return journal;
  auto opened = within(
      kFileDeadline, path, [file = journal->options_.file] { return JournalFile::open(file); },
      "the journal " + path + " ");
  if (!opened) return Unexpected(opened.error());
  const auto file = std::make_shared<JournalFile>(*std::move(opened));
  const auto log_notice = [file, &log] {
    const std::string notice = file->take_notice();
    if (!notice.empty()) log.log(LogLevel::Warn, log_event::kJournal, notice);
  };
  log_notice();
  if (path != "-") {
    const auto read = each_journal_line(path, kTail, [&](const JournalLine& line) {
      if (journal->options_.on_earlier_line) journal->options_.on_earlier_line(line);
      journal->recall(line);
    });
    if (!read) log.log(LogLevel::Warn, log_event::kJournal, read.error().message);
  }
  journal->writer_ = std::make_unique<JournalWriter>(
      [file, log_notice](std::string_view lines, Duration patience) {
        JournalFile::Appended appended = file->append(lines, patience);
        log_notice();
        return appended;
      },
      JournalWriter::Options{.path = path,
                             .version = journal->options_.version,
                             .on_write_error = journal->options_.on_write_error,
                             .heartbeats = journal->options_.heartbeats,
                             .replica = journal->options_.replica},
      clock, log);
  return journal;
}

// What an earlier run has recorded: oldest first.
void Journal::recall(const JournalLine& line) {
  const MutexLock lock(mutex_);
  if (!line.desired_hash.empty()) hash_earlier_ = line.desired_hash;
  if (line.field.empty()) return;  // a finding, a gap
  if (const auto id = SubscriptionId::parse(line.subscription_id)) {
    const Field field = Field::parse(kDeclaredPlan, line.field);
    const auto reason = parse_reason(line.reason);
    const bool has_failed = line.result == to_text(ChangeResult::Failed);
    if (reason && (has_failed || line.result == to_text(ChangeResult::Withheld))) {
      withheld_earlier_[*id].insert_or_assign(field,
                                              Waiting{*reason, has_failed, line.since, line.name});
    } else if (const auto known = withheld_earlier_.find(*id);
               known != withheld_earlier_.end() && line.result != journal_result::kAttributed) {
      known->second.erase(field);
    }
  }
  cut_off_.recall(line);
}

void Journal::set_desired(const DesiredState& desired) {
  Entries entries;
  {
    const MutexLock lock(mutex_);
    desired_hash_ = desired.hash;
    commit_ = desired.commit;
    if (withheld_.empty()) return;
    std::unordered_set<SubscriptionId> declared;
    for (const DesiredSubscription& subscription : desired.subscriptions) {
      declared.insert(subscription.id);
    }
    std::erase_if(withheld_, [&](const auto& item) REQUIRES(mutex_) {
      if (declared.contains(item.first)) return false;
      record_left(item.first, item.second, entries);
      return true;
    });
  }
  write(entries);
}

void Journal::end_earlier(const std::function<bool(SubscriptionId)>& has_left) {
  std::vector<SubscriptionId> ids;
  {
    const MutexLock lock(mutex_);
    for (const auto& [id, fields] : withheld_earlier_) ids.push_back(id);
  }
  std::erase_if(ids, [&](SubscriptionId id) { return !has_left(id); });
  Entries entries;
  {
    const MutexLock lock(mutex_);
    for (const SubscriptionId id : ids) {
      if (const auto left = withheld_earlier_.extract(id)) record_left(id, left.mapped(), entries);
    }
  }
  write(entries);
}

JournalLine Journal::line(std::string_view result, const DesiredSubscription& desired,
                          const Drift& drift) const {
  JournalLine line;
  line.time = format_rfc3339(clock_.wall_now());
  line.result = result;
  line.subscription_id = desired.id.text();
  line.name = desired.name;
  line.field = drift.field.text();
  line.from = drift.observed;
  line.to = on_off(drift.desired);
  if (result == journal_result::kIntent || result == to_text(ChangeResult::Applied) ||
      result == to_text(ChangeResult::Failed)) {
    line.by = options_.by;
  }
  line.declared_reason = desired.reason;
  line.desired_hash = desired_hash_;
  line.commit = commit_;
  line.replica = options_.replica;
  line.version = options_.version;
  return line;
}

JournalLine Journal::line(std::string_view result, const DesiredSubscription& desired,
                          const Change& change) const {
  JournalLine line = this->line(result, desired, change.drift);
  line.confirmed = change.confirmed;
  return line;
}

// What the run before has reported counts from the first work on the subscription.
void Journal::take_over_earlier(SubscriptionId id) {
  if (auto earlier = withheld_earlier_.extract(id))
    withheld_.insert({id, std::move(earlier.mapped())});
}

void Journal::about_to_write(const DesiredSubscription& desired,
                             const std::vector<Change>& changes) {
  Entries entries;
  {
    const MutexLock lock(mutex_);
    take_over_earlier(desired.id);
    const auto withheld = withheld_.find(desired.id);
    for (const Change& change : changes) {
      if (change.result != ChangeResult::Planned) continue;
      JournalLine intent = line(journal_result::kIntent, desired, change);
      // Each intent gets a result, also where the write is withheld at the last moment.
      if (withheld != withheld_.end()) {
        if (auto before = withheld->second.extract(change.drift.field);
            before && before.mapped().has_line && !before.mapped().failed)
          intent.was_withheld = to_text(before.mapped().reason);
      }
      // Replaces what a write that ended without a result has left.
      let_through_.insert_or_assign({intent.subscription_id, intent.field}, intent.was_withheld);
      // It is written again because it differs: the earlier write failed or was reverted.
      if (auto earlier = cut_off_.close(intent.subscription_id, intent.field, change.drift.observed,
                                        clock_.wall_now()))
        add(*std::move(earlier), entries);
      if (writer_) entries.lines += format(intent);
    }
  }
  write(entries);
}

void Journal::add(JournalLine line, Entries& entries) const {
  if (writer_) entries.lines += format(line);
  if (options_.on_line) entries.results.push_back(std::move(line));
}

std::set<std::string> Journal::close_cut_off(const Outcome& outcome, Entries& entries) {
  std::set<std::string> applied;
  if (!outcome.observed) return applied;
  for (JournalLine& result :
       cut_off_.close_all(outcome.desired.id, *outcome.observed, clock_.wall_now())) {
    if (result.result == to_text(ChangeResult::Applied)) applied.insert(result.field);
    add(std::move(result), entries);
  }
  return applied;
}

void Journal::record(const Outcome& outcome, const std::vector<DriftSeen>& seen) {
  Entries entries;
  {
    const MutexLock lock(mutex_);
    record_changes(outcome, seen, close_cut_off(outcome, entries), entries);
  }
  write(entries);
}

void Journal::record(const DesiredSubscription& desired, const Attribution& attribution,
                     const std::string& message) {
  const Actor& actor = attribution.actor;
  Entries entries;
  {
    const MutexLock lock(mutex_);
    JournalLine entry =
        line(journal_result::kAttributed, desired, Drift{attribution.fields.front(), false, ""});
    entry.to.clear();
    entry.since = format_rfc3339(attribution.seen_at);
    entry.actor_kind = to_text(actor.kind);
    entry.actor = actor.name;
    entry.actors = actor.names;
    entry.client = actor.client;
    entry.address = actor.address;
    if (actor.at) entry.happened = format_rfc3339(*actor.at);
    entry.message = message;
    entry.correlation_id = actor.correlation_id;
    add(std::move(entry), entries);
  }
  write(entries);
}

void Journal::record(const Finding& finding, bool begun, const std::string& message) {
  JournalLine entry;
  entry.time = format_rfc3339(clock_.wall_now());
  entry.result = begun ? journal_result::kFinding : journal_result::kFindingEnded;
  entry.subscription_id = finding.subscription.text();
  entry.name = finding.subscription_name;
  entry.since = format_rfc3339(finding.since);
  entry.actor = finding.modified.by;
  if (finding.modified.at) entry.happened = format_rfc3339(*finding.modified.at);
  entry.reason = to_text(finding.kind);
  entry.resource = finding.resource;
  entry.message = message;
  entry.replica = options_.replica;
  entry.version = options_.version;
  Entries entries;
  add(std::move(entry), entries);
  write(entries);
}

void Journal::record_edit(const std::string& message) {
  JournalLine entry;
  entry.time = format_rfc3339(clock_.wall_now());
  entry.result = journal_result::kEdited;
  entry.message = message;
  entry.replica = options_.replica;
  entry.version = options_.version;
  Entries entries;
  {
    const MutexLock lock(mutex_);
    entry.desired_hash = desired_hash_;
    entry.commit = commit_;
  }
  add(std::move(entry), entries);
  write(entries);
}

bool Journal::was_edited_meanwhile(const std::string& hash) const {
  const MutexLock lock(mutex_);
  return !hash_earlier_.empty() && hash_earlier_ != hash;
}

void Journal::record(const Event& event) {
  JournalLine entry;
  entry.time = format_rfc3339(clock_.wall_now());
  entry.result = event.result;
  entry.actor = event.by;
  entry.message = event.message;
  entry.confirmed = event.confirmed;
  entry.replica = options_.replica;
  entry.version = options_.version;
  Entries entries;
  add(std::move(entry), entries);
  write(entries);
}

const Journal::Waiting* Journal::waiting(SubscriptionId id, const Field& field) const {
  const auto fields = withheld_.find(id);
  if (fields == withheld_.end()) return nullptr;
  const auto known = fields->second.find(field);
  return known == fields->second.end() ? nullptr : &known->second;
}

void Journal::record_changes(const Outcome& outcome, const std::vector<DriftSeen>& seen,
                             const std::set<std::string>& closed, Entries& entries) {
  take_over_earlier(outcome.desired.id);
  WaitingFields withheld;
  for (const Change& change : outcome.changes) {
    if (change.result == ChangeResult::Planned) continue;
    // Not written in this reconcile, or the cut-off intent would have been closed before.
    if (change.result == ChangeResult::Applied && closed.contains(change.drift.field.text()))
      continue;
    JournalLine entry = line(to_text(change.result), outcome.desired, change);
    auto until_now = let_through_.extract({entry.subscription_id, entry.field});
    const bool ends_an_intent = !until_now.empty();
    if (ends_an_intent && change.result != ChangeResult::Withheld)
      entry.was_withheld = std::move(until_now.mapped());
    if (change.result != ChangeResult::Applied) entry.reason = to_text(change.reason);
    if (const DriftSeen* const known = find(seen, change.drift.field)) {
      entry.since = format_rfc3339(known->since);
      if (known->as_declared) entry.as_declared = format_rfc3339(*known->as_declared);
    }
    entry.message = change.message;
    entry.maybe_applied =
        change.result == ChangeResult::Failed && outcome.failure && outcome.failure->maybe_applied;
    entry.request_id = change.trace.request_id;
    entry.correlation_id = change.trace.correlation_id;
    entry.client_request_id = change.trace.client_request_id;
    if (change.result != ChangeResult::Applied) {
      const bool has_failed = change.result == ChangeResult::Failed;
      const Waiting* const before = waiting(outcome.desired.id, change.drift.field);
      // That is usually over once the rest has been observed, so it has a line if it lasts until
      // the next reconcile, or if something else begins with it.
      const bool for_fleet = !has_failed && change.reason == Reason::FleetNotObserved;
      const bool may_pass =
          for_fleet && before == nullptr && !ends_an_intent && entry.as_declared.empty();
      const bool is_known = !has_failed && before != nullptr && before->has_line &&
                            !before->failed && (for_fleet || before->reason == change.reason);
      withheld.emplace(change.drift.field,
                       Waiting{is_known ? before->reason : change.reason, has_failed, entry.since,
                               outcome.desired.name, !may_pass});
      if (may_pass || is_known) continue;
    }
    add(std::move(entry), entries);
  }
  if (outcome.observed) record_ended(outcome, withheld, entries);
  // A reconcile that observed nothing says nothing about withheld changes.
  if (outcome.observed && withheld.empty()) {
    withheld_.erase(outcome.desired.id);
  } else if (outcome.observed) {
    withheld_[outcome.desired.id] = std::move(withheld);
  }
}

void Journal::write(const Entries& entries) {
  for (const JournalLine& line : entries.results) options_.on_line(line);
  if (writer_ && !entries.lines.empty()) writer_->write(entries.lines);
}

}  // namespace defenderd
