#pragma once
// The journal: what was changed, withheld or failed, one line each, on the disk before the next
// step. journal_line.h documents the lines.
//
// A journal that cannot be written, or whose disk does not answer within some seconds, does not
// stop corrections: declared protection matters more than its record, and Azure's activity log has
// every write too. It is an error in the log and counted; journal_writer.h says what happens to the
// lines.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "core/desired_state.h"
#include "core/finding.h"
#include "core/outcome.h"
#include "telemetry/cut_off_intents.h"
#include "telemetry/journal_file.h"
#include "telemetry/journal_line.h"
#include "telemetry/journal_writer.h"
#include "telemetry/log.h"
#include "telemetry/status_row.h"

namespace defenderd {

// Thread-safe.
class Journal {
 public:
  // The functions are called without a lock.
  struct Options {
    JournalFile::Options file;  // with a path of "" nothing is written; on_line is still called
    std::string version = {};
    std::function<void()> on_write_error = {};             // for each error
    Heartbeats* heartbeats = nullptr;                      // of its thread; outlives it
    std::function<void(const JournalLine&)> on_line = {};  // except intents and gaps
    // Each line of an earlier run that open() reads, also intents; the oldest first.
    std::function<void(const JournalLine&)> on_earlier_line = {};
    std::string by = {};       // of a run that a person has started: who
    std::string replica = {};  // which one writes it, of several
  };
  // `clock` and `log` must outlive it. The Error says what to fix.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(Options options, const Clock& clock,
                                                             Logger& log);

  // What waits of subscriptions that are no longer declared has ended; the state's hash is in the
  // following lines.
  void set_desired(const DesiredState& desired);
  // The same for what an earlier run left waiting, of subscriptions that have left since then.
  void end_earlier(const std::function<bool(SubscriptionId)>& has_left);

  // For Reconciler::Options::about_to_write: one intent for each change that is about to be
  // written.
  void about_to_write(const DesiredSubscription& desired, const std::vector<Change>& changes);

  // The result of a reconcile, and since when what it found has differed.
  void record(const Outcome& outcome, const std::vector<DriftSeen>& seen = {});

  // Who changed what a reconcile found: one line, with the first of the fields (at least
  // one). `message` is for people and names all.
  void record(const DesiredSubscription& desired, const Attribution& attribution,
              const std::string& message);

  // Something about a subscription's protection was found, or no longer is.
  void record(const Finding& finding, bool begun, const std::string& message);

  // An edit of the desired state took effect; set_desired() has it. `message` is for people.
  void record_edit(const std::string& message);
  // Whether the last line of an earlier run was written under another desired state.
  [[nodiscard]] bool was_edited_meanwhile(const std::string& hash) const;

  // Something about the daemon, not about a subscription: a freeze began or ended, held changes
  // were confirmed, this replica leads.
  struct Event {
    std::string_view result;
    std::string by = {};
    std::string message = {};
    std::string confirmed = {};  // the code
  };
  void record(const Event& event);

 private:
  using Key = std::pair<std::string, std::string>;  // subscription id, field
  // What one call must record.
  struct Entries {
    std::string lines;  // intents and results
    std::vector<JournalLine> results;
  };

  // A change that was reported as withheld or failed.
  struct Waiting {
    Reason reason;
    bool failed;
    std::string since;  // as in the line, and the subscription's name too
    std::string name;
    bool has_line = true;  // false: it waits for the fleet, which usually takes a moment
  };
  using WaitingFields = std::map<Field, Waiting>;

  Journal(Options options, const Clock& clock);
  void recall(const JournalLine& line);
  [[nodiscard]] JournalLine line(std::string_view result, const DesiredSubscription& desired,
                                 const Drift& drift) const REQUIRES(mutex_);
  [[nodiscard]] JournalLine line(std::string_view result, const DesiredSubscription& desired,
                                 const Change& change) const REQUIRES(mutex_);
  // The lines are written once the lock is released.
  // Returns the fields of those that ARM has applied.
  std::set<std::string> close_cut_off(const Outcome& outcome, Entries& entries) REQUIRES(mutex_);
  void take_over_earlier(SubscriptionId id) REQUIRES(mutex_);
  // `closed`: what close_cut_off() has returned.
  void record_changes(const Outcome& outcome, const std::vector<DriftSeen>& seen,
                      const std::set<std::string>& closed, Entries& entries) REQUIRES(mutex_);
  // nullptr if it was not withheld before.
  [[nodiscard]] const Waiting* waiting(SubscriptionId id, const Field& field) const
      REQUIRES(mutex_);
  // `withheld`: what this outcome reports as waiting; what goes on waiting is added.
  void record_ended(const Outcome& outcome, WaitingFields& withheld, Entries& entries)
      REQUIRES(mutex_);
  void record_left(SubscriptionId id, const WaitingFields& fields, Entries& entries) const
      REQUIRES(mutex_);
  void add(JournalLine line, Entries& entries) const;
  void write(const Entries& entries);

  const Options options_;
  const Clock& clock_;
  mutable Mutex mutex_;  // never held while something is written
  std::string desired_hash_ GUARDED_BY(mutex_);
  std::string commit_ GUARDED_BY(mutex_);        // DesiredState::commit
  std::string hash_earlier_ GUARDED_BY(mutex_);  // of the last line of an earlier run
  // As last reported.
  using Withheld = std::unordered_map<SubscriptionId, WaitingFields>;
  Withheld withheld_ GUARDED_BY(mutex_);
  // Why what is being written now was withheld before.
  std::map<Key, std::string> let_through_ GUARDED_BY(mutex_);
  Withheld withheld_earlier_ GUARDED_BY(mutex_);  // before this run; of those not observed yet
  CutOffIntents cut_off_ GUARDED_BY(mutex_);

  std::unique_ptr<JournalWriter> writer_;  // none if there is no journal
};

}  // namespace defenderd
