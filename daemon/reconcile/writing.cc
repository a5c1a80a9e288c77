#include "reconcile/writing.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "reconcile/undone.h"

namespace defenderd {
namespace {

// Each request costs a share of the budget. The rest waits for the next reconcile.
constexpr int kMaxRequests = 12;

bool switches_on(const Pricing& base, const Pricing& wanted) {
  return base.tier != Tier::Standard && wanted.tier == Tier::Standard;
}

bool is_refused_token(const Failure& failure) {
  return failure.reason == Reason::Unauthorized && failure.http_status == 401;
}

}  // namespace

// Somebody else is working on the plan, which is normal.
Failure changed_meanwhile() {
  Failure failure;
  failure.reason = Reason::UpdateInProgress;
  failure.next = NextTry::Busy;
  failure.message =
      "the plan was changed by someone else just before the write, so nothing was written";
  return failure;
}

Writing::Writing(PlanStore& store, const Clock& clock, Subject subject,
                 std::vector<std::string> known, std::stop_token abort)
    : store_(store),
      clock_(clock),
      circumstances_(std::move(subject.circumstances)),
      key_(subject.key),
      desired_(subject.desired),
      abort_(std::move(abort)),
      naming_{std::move(known), {}} {}

std::optional<Failure> Writing::write(Observed base, std::vector<Drift> drifts, bool has_turn) {
  todo_ = std::move(drifts);
  naming_.left_out.clear();
  for (const RefusedExtension& refused : refused_) {
    const bool asked_again = std::any_of(todo_.begin(), todo_.end(), [&](const Drift& drift) {
      return iequals(drift.field.extension_name(), refused.name);
    });
    if (!asked_again) naming_.left_out.push_back(refused.name);
  }
  std::size_t at_once = todo_.size();
  for (int requests = 0; !todo_.empty(); ++requests) {
    if (requests > 0 || !has_turn) {
      if (auto failure = renew(base)) return failure;
    }
    ask_the_gate(base.pricing);
    if (todo_.empty()) return std::nullopt;
    at_once = std::min(at_once, todo_.size());
    const std::vector<Drift> part(todo_.begin(),
                                  todo_.begin() + static_cast<std::ptrdiff_t>(at_once));
    const Pricing wanted = with_changes(desired_, base.pricing, part, naming_);
    auto failure = put(base, wanted, at_once);
    if (!failure) {
      at_once = todo_.size();
      continue;
    }
    if (is_refused_token(*failure) && !std::exchange(token_renewed_, true)) continue;
    if (requests + 1 >= kMaxRequests || !may_blame_an_extension(*failure)) return failure;
    if (auto whole = leave_out(*failure, base.pricing, wanted, at_once)) return whole;
  }
  return std::nullopt;
}

// A freeze may have begun since it was decided, or the entry have been edited.
void Writing::ask_the_gate(const Pricing& observed) {
  const Circumstances now = circumstances_();
  std::erase_if(todo_, [&](const Drift& drift) {
    auto why = defenderd::withheld({desired_, now, &observed, &drift});
    if (!why) return false;
    withheld_ = std::move(why);
    withheld_drifts_.push_back(drift);
    return true;
  });
}

std::optional<Failure> Writing::renew(Observed& base) {
  auto turn = store_.await_turn(key_, abort_);
  if (!turn) return std::move(turn.error());
  if (clock_.steady_now() - base.at <= kFresh) return std::nullopt;
  auto read = store_.read(key_, abort_);
  if (!read) return std::move(read.error());
  if (read->pricing.tier != base.pricing.tier) return changed_meanwhile();
  base = {std::move(read->pricing), read->asked_at.value_or(clock_.steady_now()),
          std::move(read->enabled_since)};
  return std::nullopt;
}

std::optional<Failure> Writing::put(Observed& base, const Pricing& wanted, std::size_t drifts) {
  // A replica that loses the lease meanwhile must have ended by then, whatever ARM does.
  auto answer = store_.write(key_, {wanted, circumstances_().permit.write_until()}, abort_);
  if (!answer) {
    Failure failure = std::move(answer.error());
    if (failure.reason != Reason::MalformedAnswer || !failure.maybe_applied) return failure;
    // Something has answered, but not about this write: a read shows whether ARM applied it. What
    // it does not show may never have reached ARM, so it is not called accepted.
    auto shown = store_.read(key_, abort_);
    if (!shown || !shows_result(shown->pricing, base.pricing, drifts)) return failure;
    answer = PlanWritten{std::move(shown->pricing), {}, failure.trace};
  }
  for (Change& change : undone_by(base, wanted, *answer)) undone_.push_back(std::move(change));
  base = {answer->pricing, clock_.steady_now(), answer->enabled_since};
  const auto end = todo_.begin() + static_cast<std::ptrdiff_t>(drifts);
  // ARM has accepted these now, so it no longer refuses them.
  std::erase_if(refused_, [&](const RefusedExtension& refused) {
    return std::any_of(todo_.begin(), end, [&](const Drift& drift) {
      return iequals(drift.field.extension_name(), refused.name);
    });
  });
  if (written_) {
    std::erase_if(written_->failed, [&](const ExtensionFailure& failure) {
      return std::any_of(todo_.begin(), end, [&](const Drift& drift) {
        return drift.field == Field::extension(key_.plan, failure.name);
      });
    });
    answer->failed.insert(answer->failed.end(), written_->failed.begin(), written_->failed.end());
  }
  written_ = *std::move(answer);
  written_at_ = base.at;
  todo_.erase(todo_.begin(), end);
  return std::nullopt;
}

bool Writing::shows_result(const Pricing& shown, const Pricing& before, std::size_t drifts) const {
  const auto end = todo_.begin() + static_cast<std::ptrdiff_t>(drifts);
  return std::all_of(todo_.begin(), end, [&](const Drift& drift) {
    const std::string_view wanted = on_off(drift.desired);
    return observed_text(shown, drift.field) == wanted &&
           observed_text(before, drift.field) != wanted;
  });
}

std::optional<Failure> Writing::leave_out(const Failure& refusal, const Pricing& base,
                                          const Pricing& wanted, std::size_t& at_once) {
  const std::vector<std::string> changed = changed_extensions(base, wanted);
  if (const std::string name = blamed_extension(refusal.arm_message, changed); !name.empty()) {
    refuse(name, refusal);
    at_once = todo_.size();
    return std::nullopt;
  }
  if (!may_blame_an_unnamed_extension(refusal)) return refusal;
  if (switches_on(base, wanted)) {
    // Extensions to switch on wait for a second write, when the plan is on and each can be tried
    // alone. Those that must stay off are still named, or the service would choose for them.
    std::vector<std::string> undeclared;
    std::vector<std::string> wanted_on;
    for (const std::string& name : changed) {
      const auto declared = desired_.extension(name);
      if (!declared) undeclared.push_back(name);
      if (declared == true) wanted_on.push_back(name);
    }
    if (postpone(undeclared) || postpone(wanted_on)) return std::nullopt;
    return refusal;
  }
  if (at_once > 1) {  // one of them is the cause: try them one by one
    at_once = 1;
    return std::nullopt;
  }
  if (todo_.front().field.is_plan()) return refusal;
  refuse(todo_.front().field.extension_name(), refusal);
  at_once = todo_.size();
  return std::nullopt;
}

void Writing::refuse(const std::string& extension, const Failure& failure) {
  refused_.push_back({extension, failure});
  postpone({extension});
}

bool Writing::postpone(const std::vector<std::string>& extensions) {
  for (const std::string& name : extensions) {
    naming_.left_out.push_back(name);
    std::erase_if(todo_,
                  [&](const Drift& drift) { return iequals(drift.field.extension_name(), name); });
  }
  return !extensions.empty();
}

}  // namespace defenderd
