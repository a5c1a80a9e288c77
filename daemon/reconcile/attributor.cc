#include "reconcile/attributor.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/moment.h"
#include "reconcile/verdict.h"

namespace defenderd {
namespace {

// Far enough, and no overflow.
constexpr Duration kForever = std::chrono::hours(24 * 365);

Actor unknown(const std::string& why) {
  Actor actor;
  actor.message = "not found in the activity log after 20 minutes: " + why;
  return actor;
}

}  // namespace

Attributor::Attributor(ActivityLog& log, Clock& clock, Options options, Listener listener)
    : log_(log), clock_(clock), listener_(std::move(listener)), alarm_(clock), options_(options) {}

void Attributor::set_options(Options options) {
  const MutexLock lock(mutex_);
  options_ = options;
  if (options.enabled) return;
  if (!open_.empty()) ++revision_;
  open_.clear();
  tenants_.clear();
  dropped_ = 0;
  was_asked_ = false;
}

void Attributor::ask(ActorQuestion question) {
  {
    const MutexLock lock(mutex_);
    if (!options_.enabled) return;
    add(std::move(question));
  }
  alarm_.wake();
}

void Attributor::add(ActorQuestion question) {
  const Moment now{clock_.steady_now(), clock_.wall_now()};
  const SubscriptionId id = question.subscription;
  add_earlier_writes(question);
  const auto round = static_cast<std::size_t>(std::max(question.rounds, 0));
  const Duration after = kAskedAfter.at(std::min(round, kAskedAfter.size() - 1));
  Open open{std::move(question), {}};
  open.due = now.steady_of(open.question.seen_at) + after;
  open_.emplace(++numbers_, std::move(open));
  ++revision_;
  was_asked_ = true;
  drop_excess(id);
}

void Attributor::add_earlier_writes(ActorQuestion& question) const {
  auto& earlier = question.earlier_writes;
  for (const auto& [number, open] : open_) {
    const ActorQuestion& other = open.question;
    if (other.subscription != question.subscription || other.seen_at >= question.seen_at) continue;
    for (const std::string& id : other.own_writes)
      if (std::find(earlier.begin(), earlier.end(), id) == earlier.end()) earlier.push_back(id);
  }
}

// The oldest drift of the subscription, or of all.
void Attributor::drop_excess(SubscriptionId id) {
  const auto is_of = [id](const auto& item) { return item.second.question.subscription == id; };
  const auto of_one = static_cast<std::size_t>(std::count_if(open_.begin(), open_.end(), is_of));
  if (of_one <= kMostOfOne && open_.size() <= kMostQuestions) return;
  auto oldest = open_.end();
  for (auto it = open_.begin(); it != open_.end(); ++it) {
    if (of_one > kMostOfOne && !is_of(*it)) continue;
    if (oldest == open_.end() || it->second.question.seen_at < oldest->second.question.seen_at)
      oldest = it;
  }
  open_.erase(oldest);
  ++dropped_;
}

SteadyTime Attributor::due_at(const Open& open) const {
  const auto tenant = tenants_.find(open.question.tenant);
  if (tenant == tenants_.end()) return open.due;
  // While the log may not be read, its questions end with the last of their rounds, unasked.
  return tenant->second.denied ? open.due : std::max(open.due, tenant->second.next);
}

SteadyTime Attributor::next_query() const {
  const MutexLock lock(mutex_);
  SteadyTime next = clock_.steady_now() + kForever;
  for (const auto& [number, open] : open_) next = std::min(next, due_at(open));
  return next;
}

std::optional<std::pair<std::uint64_t, Attributor::Open>> Attributor::take_due() {
  const SteadyTime now = clock_.steady_now();
  auto newest = open_.end();
  for (auto it = open_.begin(); it != open_.end(); ++it) {
    if (due_at(it->second) > now) continue;
    if (newest == open_.end() || it->second.question.seen_at > newest->second.question.seen_at)
      newest = it;
  }
  if (newest == open_.end()) return std::nullopt;
  return *newest;
}

void Attributor::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!guarded("asking the activity log", listener_.threw, [&] { step(stop); }))
      clock_.sleep_until(clock_.steady_now() + kPauseAfterThrow, stop);
    const SteadyTime next = next_query();
    if (clock_.steady_now() < next) alarm_.wait_until(next, stop);
  }
}

void Attributor::step(const std::stop_token& stop) {
  std::uint64_t number = 0;
  std::optional<Open> open;
  bool with_addresses = false;
  bool may_ask = true;
  {
    const MutexLock lock(mutex_);
    auto due = take_due();
    if (!due) return;
    number = due->first;
    open = std::move(due->second);
    with_addresses = options_.with_addresses;
    Tenant& tenant = tenants_[open->question.tenant];
    may_ask = !tenant.denied || tenant.next <= clock_.steady_now();
    if (may_ask) tenant.next = clock_.steady_now() + kBetweenQueries;
  }
  std::optional<Actor> actor;
  bool is_declared = true;
  // A round that threw counts: the other questions have their turn before its next one.
  const OnThrow threw = [&](std::string_view doing, std::string_view what) {
    open->last_failure = bug(what).message;
    report_throw(listener_.threw, doing, what);
  };
  guarded("asking the activity log", threw, [&] {
    is_declared = listener_.is_declared(open->question.subscription);
    if (is_declared && may_ask) actor = look_up(*open, with_addresses, stop);
  });
  if (!is_declared) {
    close(number, nullptr);
    report_idle();
    return;
  }
  if (stop.stop_requested()) return;
  if (!may_ask) open->last_failure = "the activity log may not be read";
  ++open->question.rounds;
  const bool is_last = open->question.rounds >= static_cast<int>(kAskedAfter.size());
  if (!actor && is_last) {
    actor = open->last_failure.empty() ? nobody(open->question) : unknown(open->last_failure);
  }
  if (!actor) {
    ask_later(number, *open);
  } else if (close(number, &*actor)) {
    notify(listener_.answered, "reporting who changed a subscription", listener_.threw,
           open->question, *actor);
  }
  report_idle();
}

std::optional<Actor> Attributor::look_up(Open& open, bool with_addresses,
                                         const std::stop_token& stop) {
  const auto events = query(open.question, with_addresses, "", stop);
  if (!events) {
    note_failure(open, events.error());
    return std::nullopt;
  }
  note_answer(open.question.tenant);
  open.last_failure.clear();
  std::vector<Actor> writers;
  for (const ActivityEvent* const write : find_writes(open.question, *events)) {
    writers.push_back(
        actor_of(*write, same_operation(open.question, *write, with_addresses, stop)));
  }
  if (writers.empty()) return std::nullopt;
  return one_of(std::move(writers));
}

// Without it, a policy is an application with its id.
std::vector<ActivityEvent> Attributor::same_operation(const ActorQuestion& question,
                                                      const ActivityEvent& write,
                                                      bool with_addresses,
                                                      const std::stop_token& stop) {
  if (!may_be_policy(write) || write.correlation_id.empty()) return {};
  if (!clock_.sleep_until(clock_.steady_now() + kBetweenQueries, stop)) return {};
  auto events = query(question, with_addresses, write.correlation_id, stop);
  {
    const MutexLock lock(mutex_);
    tenants_[question.tenant].next = clock_.steady_now() + kBetweenQueries;
  }
  return events ? *std::move(events) : std::vector<ActivityEvent>();
}

ArmResult<std::vector<ActivityEvent>> Attributor::query(const ActorQuestion& question,
                                                        bool with_addresses,
                                                        const std::string& correlation_id,
                                                        const std::stop_token& stop) {
  const auto tolerance = std::chrono::duration_cast<WallTime::duration>(kClocksDiffer);
  const ActivityQuery asked{
      question.subscription,        question.tenant, question.as_declared_at - tolerance,
      question.seen_at + tolerance, correlation_id,  with_addresses};
  return log_.events(asked, stop);
}

void Attributor::note_failure(Open& open, const Failure& failure) {
  open.last_failure = failure.message;
  bool is_news = false;
  {
    const MutexLock lock(mutex_);
    Tenant& tenant = tenants_[open.question.tenant];
    const SteadyTime now = clock_.steady_now();
    if (failure.server_wait) tenant.next = std::max(tenant.next, now + *failure.server_wait);
    if (failure.reason == Reason::Forbidden) {
      is_news = !std::exchange(tenant.denied, true);
      tenant.next = now + kDeniedFor;
    }
  }
  if (!is_news) return;
  notify(listener_.denied, "reporting the activity log", listener_.threw, open.question.tenant,
         failure);
}

void Attributor::note_answer(const std::optional<TenantId>& tenant) {
  bool is_news = false;
  {
    const MutexLock lock(mutex_);
    is_news = std::exchange(tenants_[tenant].denied, false);
  }
  if (is_news) notify(listener_.permitted, "reporting the activity log", listener_.threw, tenant);
}

// The write that caused this drift did not cause a later one, which it was seen before.
bool Attributor::close(std::uint64_t number, const Actor* actor) {
  const MutexLock lock(mutex_);
  const auto closed = open_.extract(number);
  if (!closed) return false;
  ++revision_;
  if (actor == nullptr || actor->correlation_id.empty()) return true;
  const ActorQuestion& known = closed.mapped().question;
  for (auto& [other, open] : open_) {
    ActorQuestion& later = open.question;
    if (later.subscription == known.subscription && later.seen_at > known.seen_at)
      later.earlier_writes.push_back(actor->correlation_id);
  }
  return true;
}

void Attributor::ask_later(std::uint64_t number, const Open& open) {
  const MutexLock lock(mutex_);
  const auto found = open_.find(number);
  if (found == open_.end()) return;
  Open& kept = found->second;
  ++revision_;
  kept.question.rounds = open.question.rounds;
  kept.last_failure = open.last_failure;
  const auto round = static_cast<std::size_t>(kept.question.rounds);
  kept.due += kAskedAfter.at(round) - kAskedAfter.at(round - 1);
}

void Attributor::report_idle() {
  std::size_t dropped = 0;
  {
    const MutexLock lock(mutex_);
    if (!open_.empty() || !std::exchange(was_asked_, false)) return;
    dropped = std::exchange(dropped_, 0);
    std::erase_if(tenants_, [](const auto& item) { return !item.second.denied; });
  }
  notify(listener_.idle, "reporting who changed subscriptions", listener_.threw, dropped);
}

std::vector<ActorQuestion> Attributor::memory() const {
  std::vector<ActorQuestion> questions;
  {
    const MutexLock lock(mutex_);
    for (const auto& [number, open] : open_) questions.push_back(open.question);
  }
  std::sort(questions.begin(), questions.end(), [](const auto& a, const auto& b) {
    return std::tie(a.subscription, a.seen_at) < std::tie(b.subscription, b.seen_at);
  });
  return questions;
}

void Attributor::recall(std::vector<ActorQuestion> questions) {
  const MutexLock lock(mutex_);
  if (!options_.enabled) return;
  for (ActorQuestion& question : questions) add(std::move(question));
}

std::uint64_t Attributor::revision() const {
  const MutexLock lock(mutex_);
  return revision_;
}

}  // namespace defenderd
