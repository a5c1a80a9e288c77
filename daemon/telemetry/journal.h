#pragma once
// The journal: what was changed, what was withheld and what failed, one line each, on the disk
// before the next step. journal_line.h says what a line holds.
//
// A journal that cannot be written keeps nothing from being corrected: protection as declared comes
// before its record, and Azure's activity log has every write too. It is told by an error in the
// log and counted; up to 1 MiB of lines is kept and written once that works again, and a `gap` line
// says how many more were lost.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/desired_state.h"
#include "core/outcome.h"
#include "telemetry/journal_file.h"
#include "telemetry/journal_line.h"
#include "telemetry/log.h"

namespace defenderd {

// Thread-safe.
class Journal {
 public:
  // Both functions are called with a lock held.
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

  Journal(Options options, std::optional<JournalFile> file, const Clock& clock, Logger& log);
  void find_cut_off(std::string_view tail);
  [[nodiscard]] JournalLine line(std::string_view result, const DesiredSubscription& desired,
                                 const Drift& drift) const;
  void settle_cut_off(const Outcome& outcome, std::string& lines);
  [[nodiscard]] JournalLine settled(JournalLine intent, std::string_view shown) const;
  void tell(const JournalLine& line, std::string& lines) const;
  void write(const std::string& lines);
  void keep_for_later(const std::string& lines);

  const Options options_;
  const Clock& clock_;
  Logger& log_;
  std::mutex mutex_;  // guards what follows
  std::optional<JournalFile> file_;
  std::string desired_hash_;
  std::unordered_map<SubscriptionId, std::map<Field, Reason>> withheld_;  // as last told
  std::map<Key, JournalLine> cut_off_;  // intents of an earlier run that have no result
  std::string backlog_;                 // lines that could not be written yet
  std::size_t lost_ = 0;                // lines that never will be
  bool failing_ = false;
};

}  // namespace defenderd
