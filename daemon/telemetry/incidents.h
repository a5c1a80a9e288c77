#pragma once
// One cause, one message: failures with one cause that hit more than ten subscriptions within a
// sweep are one incident, which is reported when it starts, when ten times as many are hit, when an
// outage shows itself in another way, and when it ends: once five or fewer still fail, or a tenth
// of the most, but ten at most.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "core/cause.h"
#include "core/desired_state.h"
#include "core/ids.h"

namespace defenderd {

struct Incident {
  Cause cause;
  WallTime since = {};
  std::size_t subscriptions = 0;           // hit now; if `recalled`, at least before the restart
  std::size_t most = 0;                    // at once, since it started
  std::string message = {};                // of the failure that made it an incident
  std::vector<std::string> examples = {};  // names, or ids, of those hit now; at most five
  bool recalled = false;  // from before the restart, and not all that failed were observed since
};

struct EndedIncident {
  Incident incident;  // without its examples
  WallTime ended = {};
};
// So many that have ended are kept, for 30 days.
inline constexpr std::size_t kEndedIncidents = 200;

// Thread-safe.
class Incidents {
 public:
  // So many with one cause are reported one by one.
  static constexpr std::size_t kFew = 10;

  // `clock` outlives it.
  explicit Incidents(const Clock& clock) : clock_(clock) {}

  // How long a sweep takes: failures within it count together.
  void set_window(Duration window);

  struct Notice {
    enum class Kind { Started, Grown, Changed, Ended };
    Kind kind = Kind::Started;
    Incident incident;   // Ended: `subscriptions` still fail for this reason
    Duration lasted{0};  // so far
    Reason before = {};  // Changed: for which they failed
  };
  struct News {
    bool part_of_incident = false;  // the notices replace a message about this subscription
    std::vector<Notice> notices = {};
  };
  // A subscription fails: for the first time, again, or for another reason than before.
  News failed(const DesiredSubscription& desired, const Failure& failure);
  // It no longer fails, or is no longer declared.
  News recovered(SubscriptionId id);

  // The active incidents, the oldest first.
  [[nodiscard]] std::vector<Incident> active() const;
  // Those of the last 30 days that have ended, the first that ended first.
  [[nodiscard]] std::vector<EndedIncident> ended() const;

  // An incident of an earlier run goes on, and is reported as ended if this run does not find it
  // again. recall() comes before everything else.
  void recall(const std::vector<Incident>& earlier);
  // Everything was observed that failed in the earlier run, but for those that failed for one of
  // these reasons: their incidents go on.
  News observed_again(const std::set<Reason>& but_for);
  // Whether an incident of this kind went on over the restart.
  [[nodiscard]] bool was_recalled(Reason reason) const;
  void recall_ended(std::vector<EndedIncident> earlier);
  // Increases if what a restart must remember, active() and ended(), may have changed.
  [[nodiscard]] std::uint64_t revision() const;

 private:
  struct Form {
    std::size_t members = 0;
    std::string message = {};  // of the first
  };
  struct Group {
    std::map<Reason, Form> forms = {};  // by the reason for which members fail; none without any
    std::deque<std::pair<SteadyTime, SubscriptionId>> joined = {};  // the last, and when
    std::optional<Incident> incident = {};
    std::vector<SubscriptionId> examples = {};  // of the incident, in its order
    SteadyTime started = {};                    // the incident
    std::optional<SteadyTime> changed = {};     // its reason, last
    std::size_t reported = 0;                   // its subscriptions at the last notice

    [[nodiscard]] std::size_t members() const;
    void take(const Failure& failure);
    void drop(Reason reason);
  };
  using Groups = std::map<Cause, Group>;  // the reason is that of outage_of()
  struct Member {
    Groups::iterator group;
    Reason reason = {};
    std::string name;
  };

  void join(Groups::iterator group, SubscriptionId id, const Failure& failure, News& news)
      REQUIRES(mutex_);
  void leave(const Member& member, SubscriptionId id, News& news) REQUIRES(mutex_);
  void follow_cause(Group& group, News& news) REQUIRES(mutex_);
  void add_examples(Groups::iterator group) REQUIRES(mutex_);
  static void count(Group& group);
  void end_if_over(Group& group, News& news) REQUIRES(mutex_);
  void keep_recent() REQUIRES(mutex_);
  [[nodiscard]] Duration lasted(const Group& group) const;

  const Clock& clock_;
  mutable Mutex mutex_;
  Duration window_ GUARDED_BY(mutex_) = std::chrono::minutes(5);
  Groups groups_ GUARDED_BY(mutex_);
  std::vector<EndedIncident> ended_ GUARDED_BY(mutex_);
  std::set<Reason> recalled_ GUARDED_BY(mutex_);
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
  std::unordered_map<SubscriptionId, Member> members_ GUARDED_BY(mutex_);
};

}  // namespace defenderd
