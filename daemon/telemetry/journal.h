#pragma once
// The journal: what was changed, what was withheld and what failed, one line each, on the disk
// before the next step. journal_line.h says what a line holds.
//
// A journal that cannot be written, or whose disk does not answer within some seconds, keeps
// nothing from being corrected: protection as declared comes before its record, and Azure's
// activity log has every write too. An error in the log reports it, and it is counted;
// journal_writer.h says what becomes of the lines.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "core/desired_state.h"
#include "core/outcome.h"
#include "telemetry/journal_file.h"
#include "telemetry/journal_line.h"
#include "telemetry/journal_writer.h"
#include "telemetry/log.h"

namespace defenderd {

// Thread-safe.
class Journal {
 public:
  // Both functions are called with nothing locked.
  struct Options {
    JournalFile::Options file;  // a path of "": none is written, and on_line told all the same
    std::string version = {};
    std::function<void()> on_write_error = {};             // each time
    std::function<void(const JournalLine&)> on_line = {};  // but for intents and gaps
  };
  // `clock` and `log` outlive it. The Error says what to mend.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(Options options, const Clock& clock,
                                                             Logger& log);

  // Forgets subscriptions that are no longer declared; its hash goes into the lines that follow.
  void set_desired(const DesiredState& desired);

  // For Reconciler::Options::about_to_write: one intent for each change that is about to be
  // written.
  void about_to_write(const DesiredSubscription& desired, const std::vector<Change>& changes);

  // What a reconcile came to.
  void record(const Outcome& outcome);

 private:
  using Key = std::pair<std::string, std::string>;  // subscription id, field
  // What one call has to record.
  struct Entries {
    std::string lines;  // intents and results
    std::vector<JournalLine> results;
  };

  Journal(Options options, const Clock& clock);
  void find_cut_off(JournalLine line);
  [[nodiscard]] JournalLine line(std::string_view result, const DesiredSubscription& desired,
                                 const Drift& drift) const REQUIRES(mutex_);
  [[nodiscard]] JournalLine settled(JournalLine intent, std::string_view shown) const;
  // The lines are written once the lock is released.
  void settle_cut_off(const Outcome& outcome, Entries& entries) REQUIRES(mutex_);
  void record_changes(const Outcome& outcome, Entries& entries) REQUIRES(mutex_);
  void add(JournalLine line, Entries& entries) const;
  void write(const Entries& entries);

  const Options options_;
  const Clock& clock_;
  Mutex mutex_;  // never held while something is written
  std::string desired_hash_ GUARDED_BY(mutex_);
  // As last reported.
  std::unordered_map<SubscriptionId, std::map<Field, Reason>> withheld_ GUARDED_BY(mutex_);
  // Intents of an earlier run that have no result.
  std::map<Key, JournalLine> cut_off_ GUARDED_BY(mutex_);

  std::unique_ptr<JournalWriter> writer_;  // none where no journal is kept
};

}  // namespace defenderd
