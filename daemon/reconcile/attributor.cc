#include "reconcile/attributor.h"

#include <algorithm>
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
  const auto round = static_cast<std::size_t>(std::max(question.rounds, 0));
  const Duration after = kAskedAfter.at(std::min(round, kAskedAfter.size() - 1));
  Open open{std::move(question), {}, ++numbers_};
  open.due = now.steady_of(open.question.seen_at) + after;
  open_.insert_or_assign(id, std::move(open));
  ++revision_;
  was_asked_ = true;
  if (open_.size() <= kMostQuestions) return;
  const auto oldest =
      std::min_element(open_.begin(), open_.end(), [](const auto& a, const auto& b) {
        return a.second.question.seen_at < b.second.question.seen_at;
      });
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
  for (const auto& [id, open] : open_) next = std::min(next, due_at(open));
  return next;
}

std::optional<Attributor::Open> Attributor::take_due() {
  const SteadyTime now = clock_.steady_now();
  const Open* newest = nullptr;
  for (const auto& [id, open] : open_) {
    if (due_at(open) > now) continue;
    if (newest == nullptr || open.question.seen_at > newest->question.seen_at) newest = &open;
  }
  if (newest == nullptr) return std::nullopt;
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
  std::optional<Open> open;
  bool with_addresses = false;
  bool may_ask = true;
  {
    const MutexLock lock(mutex_);
    open = take_due();
    if (!open) return;
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
    close(*open);
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
    ask_later(*open);
  } else if (close(*open)) {
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
  const ActivityEvent* const write = find_write(open.question, *events);
  if (write == nullptr) return std::nullopt;
  return actor_of(*write, same_operation(open.question, *write, with_addresses, stop));
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

Attributor::Open* Attributor::find(const Open& open) {
  const auto found = open_.find(open.question.subscription);
  return found == open_.end() || found->second.number != open.number ? nullptr : &found->second;
}

bool Attributor::close(const Open& open) {
  const MutexLock lock(mutex_);
  if (find(open) == nullptr) return false;
  open_.erase(open.question.subscription);
  ++revision_;
  return true;
}

void Attributor::ask_later(const Open& open) {
  const MutexLock lock(mutex_);
  Open* const kept = find(open);
  if (kept == nullptr) return;
  ++revision_;
  kept->question.rounds = open.question.rounds;
  kept->last_failure = open.last_failure;
  const auto round = static_cast<std::size_t>(kept->question.rounds);
  kept->due += kAskedAfter.at(round) - kAskedAfter.at(round - 1);
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
    for (const auto& [id, open] : open_) questions.push_back(open.question);
  }
  std::sort(questions.begin(), questions.end(),
            [](const auto& a, const auto& b) { return a.subscription < b.subscription; });
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
