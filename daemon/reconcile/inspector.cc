#include "reconcile/inspector.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "core/plan_catalog.h"
#include "reconcile/verdict.h"

namespace defenderd {
namespace {

constexpr Duration kTick = std::chrono::minutes(1);  // the longest wait
constexpr Duration kTooEarly = std::chrono::seconds(1);
// A few accounts do not take hours.
constexpr std::size_t kFew = 30;
constexpr Duration kGapOfFew = std::chrono::milliseconds(300);

bool is_gone(const Failure& failure) { return failure.http_status == 404; }

Duration pause_before(int tries, const Failure& failure, Duration pause) {
  for (int i = 1; i < tries; ++i) pause *= 2;
  return std::max(pause, failure.server_wait.value_or(Duration::zero()));
}

}  // namespace

Inspector::Inspector(AccountSource& source, Clock& clock, WorkQueue::LaneGate gate, Options options,
                     Listener listener)
    : source_(source),
      clock_(clock),
      gate_(std::move(gate)),
      listener_(std::move(listener)),
      alarm_(clock),
      options_(options) {}

void Inspector::set_options(Options options) {
  {
    const MutexLock lock(mutex_);
    options_ = options;
    next_ = {};
    due_ = {};
  }
  alarm_.wake();
}

Inspector::Options Inspector::options() const {
  const MutexLock lock(mutex_);
  return options_;
}

SteadyTime Inspector::next_step() const {
  const MutexLock lock(mutex_);
  return next_;
}

void Inspector::set_due(SteadyTime due) {
  const SteadyTime latest = clock_.steady_now() + kTick;
  const MutexLock lock(mutex_);
  due_ = due;
  next_ = std::min(due, latest);
}

bool Inspector::is_due(SteadyTime now) const {
  const MutexLock lock(mutex_);
  return now >= due_;
}

void Inspector::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    alarm_.clear();
    // What it was at is lost, and the round goes on without it.
    if (!guarded("inspecting AI accounts", listener_.threw, [&] { step(stop); })) {
      clock_.sleep_until(clock_.steady_now() + kPauseAfterThrow, stop);
    }
    const SteadyTime next = next_step();
    if (clock_.steady_now() < next) alarm_.wait_until(next, stop);
  }
}

void Inspector::step(const std::stop_token& stop) {
  const SteadyTime now = clock_.steady_now();
  if (now < next_step()) return;
  const Options in_force = options();
  if (!is_due(now)) {
    wait_on();
  } else if (!in_force.enabled) {
    round_.reset();
    next_round_ = {};
    set_due(now + kTick);
  } else if (!round_) {
    begin_round(in_force, now);
  } else {
    if (!round_->batches.empty()) {
      find_batch(stop);
    } else {
      work_on_next(in_force, stop);
    }
    if (stop.stop_requested()) return;
    plan_next(in_force, clock_.steady_now());
  }
  if (round_ && is_done()) finish_round(in_force);
  if (listener_.passed) listener_.passed();
}

void Inspector::wait_on() {
  const SteadyTime latest = clock_.steady_now() + kTick;
  const MutexLock lock(mutex_);
  next_ = std::min(due_, latest);
}

void Inspector::begin_round(const Options& options, SteadyTime now) {
  if (now < next_round_) {
    set_due(next_round_);
    return;
  }
  const auto targets = listener_.targets ? listener_.targets() : std::nullopt;
  if (!targets) {
    set_due(now + kTooEarly);
    return;
  }
  begin(*targets, now);
  plan_next(options, now);
}

bool Inspector::is_done() const {
  return round_->batches.empty() && round_->to_list.empty() && round_->work.empty();
}

void Inspector::begin(const std::vector<InspectionTarget>& targets, SteadyTime now) {
  round_.emplace();
  round_->began = now;
  round_->result.subscriptions = targets.size();
  std::map<std::tuple<std::optional<TenantId>, bool, bool>, Batch> open;
  for (const InspectionTarget& target : targets) {
    Batch& batch = open[{target.tenant, target.managed, target.needs_posture}];
    batch.common = target;
    batch.ids.push_back(target.id);
    if (batch.ids.size() == kBatch) round_->batches.push_back(std::exchange(batch, {}));
  }
  for (auto& [common, batch] : open) {
    if (!batch.ids.empty()) round_->batches.push_back(std::move(batch));
  }
}

void Inspector::find_batch(const std::stop_token& stop) {
  Batch batch = std::move(round_->batches.front());
  round_->batches.pop_front();
  const auto found = source_.find(batch.common.tenant, batch.ids, stop);
  if (stop.stop_requested()) return;
  if (!found) {
    round_->to_list.push_back(std::move(batch));
    return;
  }
  // The graph omits what the identity may not see. One that is listed directly says so.
  if (found->empty()) {
    Batch probe{batch.common, {batch.ids.front()}};
    probe.common.needs_posture = false;  // that is read anyway
    round_->to_list.push_back(std::move(probe));
  }
  std::map<SubscriptionId, std::vector<AiAccount>> accounts;
  for (const OwnedAccount& one : *found) accounts[one.subscription].push_back(one.account);
  for (const SubscriptionId id : batch.ids) {
    const auto own = accounts.find(id);
    if (own == accounts.end() && !batch.common.needs_posture) continue;
    Work work{.target = batch.common};
    work.target.id = id;
    work.is_listed = true;
    if (own != accounts.end()) work.accounts = std::move(own->second);
    round_->work.push_back(std::move(work));
  }
}

// One that waits for its retry lets the others pass.
std::optional<Inspector::Work> Inspector::take_work() {
  const SteadyTime now = clock_.steady_now();
  auto& works = round_->work;
  const auto ready = std::find_if(works.begin(), works.end(),
                                  [&](const Work& work) { return work.not_before <= now; });
  if (ready != works.end()) {
    Work work = std::move(*ready);
    works.erase(ready);
    return work;
  }
  if (round_->to_list.empty()) return std::nullopt;
  Batch& batch = round_->to_list.front();
  Work work{.target = batch.common};
  work.target.id = batch.ids.back();
  batch.ids.pop_back();
  if (batch.ids.empty()) round_->to_list.pop_front();
  return work;
}

void Inspector::work_on_next(const Options& options, const std::stop_token& stop) {
  auto taken = take_work();
  if (!taken) return;
  Work work = *std::move(taken);
  const auto through = advance(work, options, stop);
  if (stop.stop_requested()) return;
  if (!through) {
    retry_later(std::move(work), through.error(), options.first_pause);
  } else if (!*through) {
    round_->work.push_front(std::move(work));
  } else if (work.accounts.empty() && !work.target.needs_posture) {
    return;  // listed, and it has none
  } else {
    work.inspection.at = clock_.wall_now();
    InspectionRound& result = round_->result;
    result.accounts += work.inspection.accounts.size();
    result.with_accounts.insert(work.target.id);
    for (const InspectedAccount& account : work.inspection.accounts) {
      if (!account.denied.empty()) result.denied.insert(account.denied);
    }
    notify(listener_.inspected, "reporting AI accounts", listener_.threw, work.target.id,
           work.inspection);
  }
}

ArmResult<bool> Inspector::advance(Work& work, const Options& options,
                                   const std::stop_token& stop) {
  const InspectionTarget& target = work.target;
  if (!work.is_listed) {
    auto listed = source_.list(target.id, target.tenant, stop);
    if (!listed) return Unexpected(std::move(listed.error()));
    work.accounts = *std::move(listed);
    work.is_listed = true;
    work.tries = 0;
    return work.accounts.empty() && !target.needs_posture;
  }
  if (work.next < work.accounts.size()) {
    const AiAccount& account = work.accounts[work.next];
    auto inspected =
        source_.inspect(target.id, target.tenant, account, options.content_filters, stop);
    if (!inspected && !is_gone(inspected.error())) return Unexpected(std::move(inspected.error()));
    if (inspected) work.inspection.accounts.push_back(*std::move(inspected));
    ++work.next;
    work.tries = 0;
    const bool needs_plan = !target.managed && !work.inspection.accounts.empty();
    return work.next == work.accounts.size() && !needs_plan && !target.needs_posture;
  }
  const bool needs_plan =
      !target.managed && !work.inspection.accounts.empty() && !work.inspection.plan_on.has_value();
  const std::string_view plan = needs_plan ? to_text(kDeclaredPlan) : kScannersPlan;
  auto on = source_.plan_is_on(target.id, target.tenant, plan, stop);
  if (!on) return Unexpected(std::move(on.error()));
  (needs_plan ? work.inspection.plan_on : work.inspection.posture_on) = *on;
  work.tries = 0;
  return !needs_plan || !target.needs_posture;
}

// After the last try the subscription stays as it was known.
void Inspector::retry_later(Work work, const Failure& failure, Duration first_pause) {
  InspectionRound& result = round_->result;
  if (!work.is_listed && failure.reason == Reason::Forbidden) {
    result.denied.insert(std::string(kReadAccounts));
    return;
  }
  const bool will_not_pass = failure.next == NextTry::Slow;
  if (++work.tries < kTries && !will_not_pass) {
    work.not_before = clock_.steady_now() + pause_before(work.tries, failure, first_pause);
    round_->work.push_back(std::move(work));
    return;
  }
  ++result.failed;
  result.failure = failure.message;
  result.with_accounts.insert(work.target.id);
}

void Inspector::finish_round(const Options& options) {
  ++rounds_;
  const InspectionRound result = std::move(round_->result);
  const SteadyTime began = round_->began;
  round_.reset();
  next_round_ = began + options.interval;
  set_due(next_round_);
  notify(listener_.completed, "reporting AI accounts", listener_.threw, result);
}

void Inspector::plan_next(const Options& options, SteadyTime now) {
  SteadyTime next = now;
  const Lane* lane = nullptr;
  if (!round_->batches.empty()) {
    lane = &round_->batches.front().common.tenant;
  } else if (!is_done()) {
    // Evenly over what is left of the interval.
    const Duration rest = round_->began + options.interval - now;
    const Duration even = rest / static_cast<std::ptrdiff_t>(accounts_left());
    const Duration longest = accounts_left() <= kFew ? kGapOfFew : kLongestGap;
    if (options.spread) next += std::clamp(even, Duration::zero(), longest);
    const auto first =
        std::min_element(round_->work.begin(), round_->work.end(),
                         [](const Work& a, const Work& b) { return a.not_before < b.not_before; });
    const bool lists = !round_->to_list.empty();
    lane = lists ? &round_->to_list.front().common.tenant : &first->target.tenant;
    if (!lists) next = std::max(next, first->not_before);
  }
  if (lane != nullptr && gate_) next = std::max(next, gate_(*lane));
  set_due(next);
}

std::size_t Inspector::accounts_left() const {
  std::size_t count = 1;
  for (const Work& work : round_->work)
    count += work.is_listed ? work.accounts.size() - std::min(work.next, work.accounts.size()) : 1;
  for (const Batch& batch : round_->to_list) count += batch.ids.size();
  return count;
}

}  // namespace defenderd
