#include "arm/provider_registration.h"

#include <chrono>
#include <string>
#include <utility>

#include "arm/answer_codec.h"
#include "base/text.h"

namespace defenderd {
namespace {

// Like Azure's own SDKs: checked every 15 s for 5 minutes, requested up to three times.
// Source: azure-sdk-for-go, sdk/azcore/arm/runtime/policy_register_rp.go.
constexpr Duration kCheckAgain = std::chrono::seconds(15);
constexpr Duration kPatience = std::chrono::minutes(5);
constexpr int kMaxTimes = 3;
constexpr Duration kRest = std::chrono::hours(1);

bool is_unregistered(const ArmResult<PlanRead>& answer) {
  return !answer && answer.error().reason == Reason::ProviderNotRegistered;
}

ArmCall registration_of(const PlanKey& key) {
  ArmCall call;
  call.operation = ArmOperation::Register;
  call.method = "POST";
  call.subscription = key.subscription;
  call.tenant = key.tenant;
  call.target = "/subscriptions/" + key.subscription.text() +
                "/providers/Microsoft.Security/register?api-version=2019-05-01";
  call.has_turn = true;
  call.until = key.write_until;
  return call;
}

Failure may_not(Failure failure) {
  failure.message =
      "the resource provider Microsoft.Security is not registered, and defenderd only registers it "
      "where it may write (not with mode observe, --observe, suspended, frozen, diff): register "
      "it, or "
      "set mode: enforce";
  return failure;
}

Failure registering(Failure failure) {
  failure.reason = Reason::ProviderRegistering;
  failure.next = NextTry::ServerWait;
  failure.server_wait = kCheckAgain;
  failure.message =
      "Azure is registering the resource provider Microsoft.Security on this subscription, which "
      "takes a few minutes";
  return failure;
}

Failure given_up(Failure failure, SubscriptionId id) {
  failure.message =
      "Azure was asked " + std::to_string(kMaxTimes) +
      " times to register the resource provider Microsoft.Security and has not done so; check it "
      "with `az provider show --namespace Microsoft.Security --subscription " +
      id.text() + "`. defenderd asks again within the hour";
  return failure;
}

}  // namespace

RegisteringStore::RegisteringStore(PlanStore& plans, ArmClient& arm, const Clock& clock,
                                   bool enabled)
    : plans_(plans), arm_(arm), clock_(clock), enabled_(enabled) {}

ArmResult<PlanRead> RegisteringStore::read(const PlanKey& key, std::stop_token stop) {
  auto answer = plans_.read(key, stop);
  if (!is_unregistered(answer)) {
    const MutexLock lock(mutex_);
    if (answer) asked_.erase(key.subscription);
    return answer;
  }
  if (!enabled_) return answer;
  Failure failure = std::move(answer.error());
  if (!key.may_write || !key.may_write()) return Unexpected(may_not(std::move(failure)));
  switch (next_step(key.subscription)) {
    case Step::GiveUp:
      return Unexpected(given_up(std::move(failure), key.subscription));
    case Step::Wait:
      return Unexpected(registering(std::move(failure)));
    case Step::Ask:
      break;
  }
  const ArmCall call = registration_of(key);
  if (auto turn = arm_.await_turn(call, stop); !turn) return Unexpected(std::move(turn.error()));
  // A freeze may have begun, or the declaration have changed, while it waited for its turn.
  if (!key.may_write()) return Unexpected(may_not(std::move(failure)));
  auto state = ask(call, stop);
  if (!state) return Unexpected(std::move(state.error()));
  if (!iequals(*state, "Registered")) return Unexpected(registering(std::move(failure)));
  answer = plans_.read(key, std::move(stop));
  if (is_unregistered(answer)) return Unexpected(registering(std::move(answer.error())));
  return answer;
}

ArmResult<Done> RegisteringStore::await_turn(const PlanKey& key, std::stop_token stop) {
  return plans_.await_turn(key, std::move(stop));
}

ArmResult<PlanWritten> RegisteringStore::write(const PlanKey& key, const PlanWrite& wanted,
                                               std::stop_token stop) {
  return plans_.write(key, wanted, std::move(stop));
}

RegisteringStore::Step RegisteringStore::next_step(SubscriptionId id) {
  const MutexLock lock(mutex_);
  const auto found = asked_.find(id);
  if (found == asked_.end()) return Step::Ask;
  const Duration since = clock_.steady_now() - found->second.last;
  if (since < kPatience) return Step::Wait;
  if (found->second.times < kMaxTimes) return Step::Ask;
  if (since < kRest) return Step::GiveUp;
  asked_.erase(found);
  return Step::Ask;
}

ArmResult<std::string> RegisteringStore::ask(const ArmCall& call, const std::stop_token& stop) {
  auto answer = arm_.call(call, stop);
  if (!answer) {
    Failure failure = std::move(answer.error());
    failure.message =
        "Microsoft.Security is not registered, and asking Azure to register it "
        "failed: " +
        failure.message;
    return Unexpected(std::move(failure));
  }
  {
    const MutexLock lock(mutex_);
    Asked& asked = asked_[call.subscription];
    ++asked.times;
    asked.last = clock_.steady_now();
  }
  auto state = decode_registration_state(
      answer->body, "/subscriptions/" + call.subscription.text() + "/providers/Microsoft.Security");
  if (!state) return Unexpected(arm_.malformed(call, answer->trace, state.error().message));
  return *std::move(state);
}

}  // namespace defenderd
