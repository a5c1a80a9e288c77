#pragma once
// Finds out who changed a subscription: asks the activity log after each new drift, again later as
// long as it has nothing (kAskedAfter), the newest drift first.
//
// Each drift is a question of its own, also where a later one of the same subscription is open.
// Bounded whatever happens: kMostOfOne questions a subscription, at most kMostQuestions in all, one
// query a second in each tenant, and one for each writer that may be a policy. A tenant whose log
// may not be read is tried again every hour.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/alarm.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/mutex.h"
#include "core/actor.h"
#include "core/failure.h"
#include "reconcile/activity_log.h"

namespace defenderd {

inline constexpr std::size_t kMostQuestions = 300;
inline constexpr std::size_t kMostOfOne = 5;
inline constexpr Duration kBetweenQueries = std::chrono::seconds(1);
inline constexpr Duration kDeniedFor = std::chrono::hours(1);

// Thread-safe.
class Attributor {
 public:
  // Called on the thread of run(), without a lock.
  struct Listener {
    // Whether a subscription is still declared; others are not asked about.
    std::function<bool(SubscriptionId)> is_declared = [](SubscriptionId) { return true; };
    // The question has its last answer: an actor, or Actor::None with the reason.
    std::function<void(const ActorQuestion&, const Actor&)> answered = {};
    // The log of a tenant may not be read (once), and may be read again.
    std::function<void(const std::optional<TenantId>&, const Failure&)> denied = {};
    std::function<void(const std::optional<TenantId>&)> permitted = {};
    // No question is open now; this many were dropped since the last time.
    std::function<void(std::size_t dropped)> idle = {};
    OnThrow threw = {};
  };
  struct Options {
    bool enabled = true;
    bool with_addresses = false;
  };

  // Both outlive it.
  Attributor(ActivityLog& log, Clock& clock, Options options, Listener listener);

  // Disabled: forgets all questions.
  void set_options(Options options);

  // Adds what is known of earlier drifts of the subscription. Ignored while disabled.
  void ask(ActorQuestion question);

  void run(const std::stop_token& stop);
  // Sends the query that is due, if there is one.
  void step(const std::stop_token& stop);
  [[nodiscard]] SteadyTime next_query() const;

  // What a restart must remember: the open questions.
  [[nodiscard]] std::vector<ActorQuestion> memory() const;
  void recall(std::vector<ActorQuestion> questions);
  [[nodiscard]] std::uint64_t revision() const;

 private:
  struct Open {
    ActorQuestion question;
    SteadyTime due;
    std::string last_failure = {};
  };
  struct Tenant {
    SteadyTime next;  // no query before
    bool denied = false;
  };

  void add(ActorQuestion question) REQUIRES(mutex_);
  [[nodiscard]] SteadyTime due_at(const Open& open) const REQUIRES(mutex_);
  void add_earlier_writes(ActorQuestion& question) const REQUIRES(mutex_);
  void drop_excess(SubscriptionId id) REQUIRES(mutex_);
  // With its number.
  std::optional<std::pair<std::uint64_t, Open>> take_due() REQUIRES(mutex_);
  ArmResult<std::vector<ActivityEvent>> query(const ActorQuestion& question, bool with_addresses,
                                              const std::string& correlation_id,
                                              const std::stop_token& stop);
  // nullopt: to be asked again.
  std::optional<Actor> look_up(Open& open, bool with_addresses, const std::stop_token& stop);
  // Of the policy, where the write was one's.
  std::vector<ActivityEvent> same_operation(const ActorQuestion& question,
                                            const ActivityEvent& write, bool with_addresses,
                                            const std::stop_token& stop);
  void note_failure(Open& open, const Failure& failure);
  void note_answer(const std::optional<TenantId>& tenant);
  // False if it is no longer open. `actor`: the answer, if there is one.
  bool close(std::uint64_t number, const Actor* actor);
  void ask_later(std::uint64_t number, const Open& open);
  void report_idle();

  ActivityLog& log_;
  Clock& clock_;
  const Listener listener_;
  Alarm alarm_;
  mutable Mutex mutex_;
  Options options_ GUARDED_BY(mutex_);
  std::map<std::uint64_t, Open> open_ GUARDED_BY(mutex_);  // in the order in which they were asked
  std::map<std::optional<TenantId>, Tenant> tenants_ GUARDED_BY(mutex_);
  std::uint64_t numbers_ GUARDED_BY(mutex_) = 0;
  std::uint64_t revision_ GUARDED_BY(mutex_) = 0;
  std::size_t dropped_ GUARDED_BY(mutex_) = 0;
  bool was_asked_ GUARDED_BY(mutex_) = false;  // since the last time that nothing was open
};

}  // namespace defenderd
