#pragma once
// What a journal says about drift: for each subscription and each actor, how often a subscription
// was not as declared, and for how long.

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "telemetry/journal_line.h"

namespace defenderd {

class JournalSummary {
 public:
  struct Row {
    std::string subscription_id = {};
    std::string name = {};   // the latest one; may be ""
    std::string actor = {};  // "" if the journal does not name it
    std::size_t drifts = 0;
    std::size_t lasting = 0;  // of them, those that have not ended
    Duration differed{0};     // in total; drifts that overlap count each
    Duration longest{0};
  };

  // The lines of a journal, oldest first, as read_journal() shows them.
  void add(const JournalLine& line);

  // By subscription, those that differed longest first. Lasting drifts count until `now`; of all,
  // only what is after `since` counts.
  [[nodiscard]] std::vector<Row> rows(WallTime now, WallTime since = {}) const;

  // All fields of a subscription that were first observed to differ at the same time.
  struct DriftSpan {
    WallTime since = {};
    std::optional<WallTime> until = {};
    std::set<std::string> open = {};                  // fields
    std::map<std::string, std::string> changes = {};  // of each field: "off -> on"
    // Of each field: "applied", "ended" or "undeclared".
    std::map<std::string, std::string> endings = {};
    std::string withheld = {};  // why it was not corrected: the last reason
    std::string actor = {};
    std::string actor_kind = {};
    std::string client = {};  // the application that the actor used
    [[nodiscard]] bool is_lasting() const { return !open.empty(); }
  };
  struct Drift {
    std::string subscription_id;
    std::string name;
    DriftSpan span;
  };
  // Oldest first.
  [[nodiscard]] std::vector<Drift> drifts() const;

 private:
  struct Subscription {
    std::string name = {};
    std::map<std::string, DriftSpan> drifts = {};  // by `since` as in the journal
  };

  static void end(DriftSpan& drift, const std::string& field, WallTime until,
                  const std::string& how);
  static DriftSpan& drift_of(Subscription& subscription, const JournalLine& line);

  std::map<std::string, Subscription> subscriptions_;  // by id
};

[[nodiscard]] std::string as_table(const std::vector<JournalSummary::Row>& rows);
[[nodiscard]] std::string as_json(const std::vector<JournalSummary::Row>& rows);

}  // namespace defenderd
