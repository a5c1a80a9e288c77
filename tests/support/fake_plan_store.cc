#include "support/fake_plan_store.h"

#include <utility>

#include "base/text.h"

namespace defenderd {
namespace {

Failure not_found() {
  Failure failure;
  failure.reason = Reason::SubscriptionNotFound;
  failure.next = NextTry::Slow;
  failure.http_status = 404;
  failure.arm_code = "SubscriptionNotFound";
  return failure;
}

// The next scripted failure, if there is one.
std::optional<Failure> take(std::deque<Failure>& failures) {
  if (failures.empty()) return std::nullopt;
  Failure failure = std::move(failures.front());
  failures.pop_front();
  return failure;
}

Failure about_another(bool wrote) {
  Failure failure;
  failure.reason = Reason::MalformedAnswer;
  failure.http_status = 200;
  failure.message = "the answer is not about the requested resource";
  failure.maybe_applied = wrote;
  return failure;
}

Failure too_late() {
  Failure failure;
  failure.reason = Reason::Timeout;
  failure.message = "not sent: its deadline has passed";
  return failure;
}

Failure refused(std::string message) {
  Failure failure;
  failure.reason = Reason::InvalidRequest;
  failure.next = NextTry::Slow;
  failure.http_status = 400;
  failure.arm_code = "InvalidInput";
  failure.message = "ARM refuses the request: " + message;
  failure.arm_message = std::move(message);
  return failure;
}

// enablementTime after the plan was switched on so often.
std::string enabled_since(const Pricing& pricing, int switched_on) {
  if (pricing.tier != Tier::Standard) return "";
  return "2026-01-01T00:00:00.000000" + std::to_string(switched_on) + "Z";
}

// Why ARM rejects that write, if it does.
std::optional<std::string> refusal_of(const Pricing& before, const Pricing& wanted,
                                      const std::map<std::string, std::string>& extensions,
                                      const std::optional<std::string>& plan) {
  if (plan && before.tier != wanted.tier) return plan;
  for (const auto& [name, message] : extensions) {
    const Extension* const asked = wanted.find(name);
    const Extension* const now = before.find(name);
    if (asked != nullptr && (now == nullptr || now->enabled != asked->enabled)) return message;
  }
  return std::nullopt;
}

}  // namespace

ArmResult<PlanRead> FakePlanStore::read(const PlanKey& key, std::stop_token /*stop*/) {
  const std::scoped_lock lock(mutex_);
  ++reads_;
  const auto found = plans_.find(key.subscription);
  if (found == plans_.end()) return Unexpected(not_found());
  if (auto failure = take(found->second.read_failures)) return Unexpected(*std::move(failure));
  if (found->second.unreadable) return Unexpected(*found->second.unreadable);
  if (std::exchange(found->second.confuses_next_answer, false))
    return Unexpected(about_another(false));
  Plan& plan = found->second;
  const bool lags = plan.lagging_reads > 0;
  plan.lagging_reads -= lags ? 1 : 0;
  PlanRead answer{lags ? plan.before_write : plan.pricing,
                  {.request_id = "read-" + std::to_string(reads_)}};
  answer.enabled_since = enabled_since(answer.pricing, plan.switched_on);
  for (const auto& [name, failed] : plan.shown_statuses) {
    if (failed) {
      answer.failed.push_back({name, *failed});
    } else {
      answer.succeeded.push_back(name);
    }
  }
  return answer;
}

ArmResult<Done> FakePlanStore::await_turn(const PlanKey& /*key*/, std::stop_token /*stop*/) {
  std::function<void()> happens;
  {
    const std::scoped_lock lock(mutex_);
    ++turns_;
    happens = on_turn_;
  }
  if (happens) happens();
  return Done{};
}

ArmResult<PlanWritten> FakePlanStore::write(const PlanKey& key, const PlanWrite& wanted,
                                            std::stop_token /*stop*/) {
  std::function<void()> happens;
  {
    const std::scoped_lock lock(mutex_);
    happens = on_write_;
  }
  if (happens) happens();
  const std::scoped_lock lock(mutex_);
  if (clock_ != nullptr && clock_->steady_now() >= wanted.until) return Unexpected(too_late());
  ++writes_;
  const auto found = plans_.find(key.subscription);
  if (found == plans_.end()) return Unexpected(not_found());
  Plan& plan = found->second;
  if (auto failure = take(plan.write_failures)) return Unexpected(*std::move(failure));
  if (auto message =
          refusal_of(plan.pricing, wanted.pricing, plan.refused_extensions, plan.refused_plan)) {
    return Unexpected(refused(*std::move(message)));
  }
  plan.written.push_back(wanted.pricing);
  plan.before_write = plan.pricing;
  plan.lagging_reads = plan.lag;
  PlanWritten answer = carry_out(plan, wanted.pricing, defaults_);
  answer.trace.request_id = "write-" + std::to_string(writes_);
  if (plan.deaf != Deaf::No) plan.pricing = plan.before_write;
  if (plan.deaf == Deaf::AnswersAsIs) {
    answer.pricing = plan.pricing;
    answer.succeeded.clear();
  }
  if (std::exchange(plan.confuses_next_answer, false)) return Unexpected(about_another(true));
  return answer;
}

void FakePlanStore::set_clock(const Clock& clock) {
  const std::scoped_lock lock(mutex_);
  clock_ = &clock;
}

PlanWritten FakePlanStore::carry_out(Plan& plan, const Pricing& wanted,
                                     const std::vector<Extension>& defaults) {
  const bool switched_on = plan.pricing.tier != Tier::Standard && wanted.tier == Tier::Standard;
  std::vector<Extension> merged;
  if (wanted.tier == Tier::Standard) {
    Pricing base = plan.pricing;  // an extension that a write does not name stays as it was
    if (switched_on) base.extensions = defaults;
    for (const Extension& extension : wanted.extensions) {
      if (Extension* const existing = base.find(extension.name)) {
        *existing = extension;
      } else {
        base.extensions.push_back(extension);
      }
    }
    merged = std::move(base.extensions);
  }
  Pricing after = wanted;
  after.extensions = std::move(merged);
  PlanWritten answer{after};
  // It acted on what changed, and on what was asked to be on.
  for (const Extension& extension : after.extensions) {
    const Extension* const before = plan.pricing.find(extension.name);
    const bool was_on = before != nullptr && before->enabled == true;
    const bool failed = plan.failing_extensions.contains(extension.name);
    const bool acted_on = extension.enabled == true || was_on;
    if (acted_on && !failed) answer.succeeded.push_back(extension.name);
  }
  for (const auto& [name, message] : plan.failing_extensions) {
    const Extension* const extension = wanted.find(name);
    if (extension != nullptr && extension->enabled == true)
      answer.failed.push_back({name, message});
  }
  set(plan, std::move(after));
  answer.enabled_since = enabled_since(plan.pricing, plan.switched_on);
  return answer;
}

void FakePlanStore::set(Plan& plan, Pricing pricing) {
  if (plan.pricing.tier != Tier::Standard && pricing.tier == Tier::Standard) ++plan.switched_on;
  plan.pricing = std::move(pricing);
}

void FakePlanStore::put(SubscriptionId id, Pricing pricing) {
  const std::scoped_lock lock(mutex_);
  set(plans_[id], std::move(pricing));
}

Pricing FakePlanStore::get(SubscriptionId id) const {
  const std::scoped_lock lock(mutex_);
  return plans_.at(id).pricing;
}

void FakePlanStore::set_defaults(std::vector<Extension> defaults) {
  const std::scoped_lock lock(mutex_);
  defaults_ = std::move(defaults);
}

void FakePlanStore::fail_next_read(SubscriptionId id, Failure failure) {
  const std::scoped_lock lock(mutex_);
  plans_[id].read_failures.push_back(std::move(failure));
}

void FakePlanStore::fail_reads(SubscriptionId id, std::optional<Failure> failure) {
  const std::scoped_lock lock(mutex_);
  plans_[id].unreadable = std::move(failure);
}

void FakePlanStore::fail_next_write(SubscriptionId id, Failure failure) {
  const std::scoped_lock lock(mutex_);
  plans_[id].write_failures.push_back(std::move(failure));
}

void FakePlanStore::fail_extension(SubscriptionId id, std::string extension, std::string message) {
  const std::scoped_lock lock(mutex_);
  plans_[id].failing_extensions[std::move(extension)] = std::move(message);
}

void FakePlanStore::heal_extension(SubscriptionId id, const std::string& extension) {
  const std::scoped_lock lock(mutex_);
  plans_[id].failing_extensions.erase(extension);
  plans_[id].refused_extensions.erase(extension);
}

void FakePlanStore::refuse_extension(SubscriptionId id, std::string extension,
                                     std::string message) {
  const std::scoped_lock lock(mutex_);
  plans_[id].refused_extensions[std::move(extension)] = std::move(message);
}

void FakePlanStore::refuse_plan(SubscriptionId id, std::string message) {
  const std::scoped_lock lock(mutex_);
  plans_[id].refused_plan = std::move(message);
}

void FakePlanStore::confuse_next_answer(SubscriptionId id) {
  const std::scoped_lock lock(mutex_);
  plans_[id].confuses_next_answer = true;
}

void FakePlanStore::on_turn(std::function<void()> happens) {
  const std::scoped_lock lock(mutex_);
  on_turn_ = std::move(happens);
}

void FakePlanStore::on_write(std::function<void()> happens) {
  const std::scoped_lock lock(mutex_);
  on_write_ = std::move(happens);
}

void FakePlanStore::show_status(SubscriptionId id, std::string extension,
                                std::optional<std::string> failed) {
  const std::scoped_lock lock(mutex_);
  plans_[id].shown_statuses[std::move(extension)] = std::move(failed);
}

void FakePlanStore::ignore_writes(SubscriptionId id, Deaf deaf) {
  const std::scoped_lock lock(mutex_);
  plans_[id].deaf = deaf;
}

void FakePlanStore::lag_reads(SubscriptionId id, int reads) {
  const std::scoped_lock lock(mutex_);
  plans_[id].lag = reads;
}

int FakePlanStore::reads() const {
  const std::scoped_lock lock(mutex_);
  return reads_;
}

int FakePlanStore::writes() const {
  const std::scoped_lock lock(mutex_);
  return writes_;
}

int FakePlanStore::turns() const {
  const std::scoped_lock lock(mutex_);
  return turns_;
}

std::vector<Pricing> FakePlanStore::written(SubscriptionId id) const {
  const std::scoped_lock lock(mutex_);
  return plans_.at(id).written;
}

}  // namespace defenderd
