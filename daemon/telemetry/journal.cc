#include "telemetry/journal.h"

#include <algorithm>
#include <unordered_set>

#include "base/time_text.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxBacklog = 1U << 20U;
// An intent that has no result is one of the last lines.
constexpr std::size_t kTail = 1U << 20U;

// What is observed of a field that a line names.
std::string shown_of(const Pricing& observed, const std::string& field) {
  if (field == Field::plan().text()) return observed_text(observed, Field::plan());
  for (const ExtensionWord& word : kExtensionWords) {
    if (word.yaml == field) return observed_text(observed, Field::extension(std::string(word.arm)));
  }
  return observed_text(observed, Field::extension(field));
}

}  // namespace

Journal::Journal(Options options, std::optional<JournalFile> file, const Clock& clock, Logger& log)
    : options_(std::move(options)), clock_(clock), log_(log), file_(std::move(file)) {}

Result<std::unique_ptr<Journal>> Journal::open(Options options, const Clock& clock, Logger& log) {
  std::optional<JournalFile> file;
  if (!options.file.path.empty()) {
    auto opened = JournalFile::open(options.file);
    if (!opened) return Unexpected(opened.error());
    file = *std::move(opened);
  }
  std::unique_ptr<Journal> journal(new Journal(std::move(options), std::move(file), clock, log));
  if (!journal->file_) return journal;
  if (const std::string notice = journal->file_->take_notice(); !notice.empty()) {
    log.log(LogLevel::Warn, log_event::kJournal, notice);
  }
  journal->find_cut_off(journal->file_->tail(kTail));
  return journal;
}

void Journal::find_cut_off(std::string_view tail) {
  while (!tail.empty()) {
    const std::size_t end = std::min(tail.find('\n'), tail.size() - 1);
    auto line = parse_journal_line(tail.substr(0, end));
    tail.remove_prefix(end + 1);
    if (!line) continue;
    Key key{line->subscription_id, line->field};
    if (line->result == "intent") {
      cut_off_.insert_or_assign(std::move(key), *std::move(line));
    } else if (line->result == "applied" || line->result == "failed") {
      cut_off_.erase(key);
    }
  }
}

void Journal::set_desired(const DesiredState& desired) {
  const std::scoped_lock lock(mutex_);
  desired_hash_ = desired.hash;
  if (withheld_.empty()) return;
  std::unordered_set<SubscriptionId> declared;
  for (const DesiredSubscription& subscription : desired.subscriptions) {
    declared.insert(subscription.id);
  }
  std::erase_if(withheld_, [&](const auto& item) { return !declared.contains(item.first); });
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
  line.declared_reason = desired.reason;
  line.desired_hash = desired_hash_;
  line.version = options_.version;
  return line;
}

void Journal::about_to_write(const DesiredSubscription& desired,
                             const std::vector<Change>& changes) {
  const std::scoped_lock lock(mutex_);
  std::string lines;
  for (const Change& change : changes) {
    if (change.result != ChangeResult::Planned) continue;
    const JournalLine intent = line("intent", desired, change.drift);
    // It is written again because it differs: the earlier write was not done, or did not last.
    const auto earlier = cut_off_.find({intent.subscription_id, intent.field});
    if (earlier != cut_off_.end()) {
      tell(settled(earlier->second, change.drift.observed), lines);
      cut_off_.erase(earlier);
    }
    lines += format(intent);
  }
  write(lines);
}

// The result of an intent of an earlier run, as ARM shows it now.
JournalLine Journal::settled(JournalLine intent, std::string_view shown) const {
  const bool done = intent.to == shown;
  intent.result = done ? "applied" : "failed";
  intent.reason = done ? "" : to_text(Reason::ChangeNotApplied);
  intent.message = "defenderd ended before ARM's answer to the write that began at " + intent.time +
                   "; ARM now shows " + std::string(shown);
  intent.time = format_rfc3339(clock_.wall_now());
  return intent;
}

void Journal::tell(const JournalLine& line, std::string& lines) const {
  if (options_.on_line) options_.on_line(line);
  if (file_) lines += format(line);
}

void Journal::settle_cut_off(const Outcome& outcome, std::string& lines) {
  if (cut_off_.empty() || !outcome.observed) return;
  const std::string id = outcome.desired.id.text();
  for (auto item = cut_off_.lower_bound({id, ""});
       item != cut_off_.end() && item->first.first == id; item = cut_off_.erase(item)) {
    tell(settled(item->second, shown_of(*outcome.observed, item->first.second)), lines);
  }
}

void Journal::record(const Outcome& outcome) {
  const std::scoped_lock lock(mutex_);
  std::string lines;
  settle_cut_off(outcome, lines);
  std::map<Field, Reason> withheld;
  for (const Change& change : outcome.changes) {
    if (change.result == ChangeResult::Planned) continue;
    JournalLine entry = line(to_text(change.result), outcome.desired, change.drift);
    if (change.result != ChangeResult::Applied) entry.reason = to_text(change.reason);
    entry.message = change.message;
    entry.maybe_applied =
        change.result == ChangeResult::Failed && outcome.failure && outcome.failure->maybe_applied;
    entry.request_id = change.trace.request_id;
    entry.correlation_id = change.trace.correlation_id;
    entry.client_request_id = change.trace.client_request_id;
    if (change.result == ChangeResult::Withheld) {
      withheld.emplace(change.drift.field, change.reason);
      const auto told = withheld_.find(outcome.desired.id);
      if (told != withheld_.end()) {
        const auto before = told->second.find(change.drift.field);
        if (before != told->second.end() && before->second == change.reason) continue;
      }
    }
    tell(entry, lines);
  }
  // A reconcile that saw nothing says nothing of what is withheld.
  if (outcome.observed && withheld.empty()) {
    withheld_.erase(outcome.desired.id);
  } else if (outcome.observed) {
    withheld_[outcome.desired.id] = std::move(withheld);
  }
  write(lines);
}

void Journal::write(const std::string& lines) {
  if (lines.empty() || !file_) return;
  std::string text = backlog_;
  if (lost_ > 0) {
    JournalLine gap;
    gap.time = format_rfc3339(clock_.wall_now());
    gap.result = "gap";
    gap.message = std::to_string(lost_) + " lines could not be written and are lost";
    gap.version = options_.version;
    text += format(gap);
  }
  text += lines;
  const auto written = file_->append(text);
  if (const std::string notice = file_->take_notice(); !notice.empty()) {
    log_.log(LogLevel::Warn, log_event::kJournal, notice);
  }
  if (!written) {
    keep_for_later(lines);
    if (options_.on_write_error) options_.on_write_error();
    if (!std::exchange(failing_, true)) {
      log_.log(LogLevel::Error, log_event::kJournal,
               written.error().message +
                   "; drift is corrected all the same, and what happens meanwhile is written once "
                   "that works again");
    }
    return;
  }
  backlog_.clear();
  if (std::exchange(failing_, false)) {
    log_.log(LogLevel::Info, log_event::kJournal,
             "the journal can be written again; " +
                 (lost_ == 0 ? std::string("nothing is missing from it")
                             : std::to_string(lost_) + " lines are lost"));
  }
  lost_ = 0;
}

void Journal::keep_for_later(const std::string& lines) {
  if (lost_ == 0 && backlog_.size() + lines.size() <= kMaxBacklog) {
    backlog_ += lines;
  } else {
    lost_ += static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  }
}

}  // namespace defenderd
