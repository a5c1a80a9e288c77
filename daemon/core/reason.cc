#include "core/reason.h"

#include "base/text.h"

namespace defenderd {

std::string_view to_text(State state) {
  switch (state) {
    case State::Unknown:
      return "unknown";
    case State::InSync:
      return "in_sync";
    case State::Drifted:
      return "drifted";
    case State::Held:
      return "held";
    case State::Contested:
      return "contested";
    case State::Failing:
      return "failing";
    case State::Suspended:
      return "suspended";
  }
  return "unknown";
}

std::array<Reason, kReasonCount> all_reasons() {
  std::array<Reason, kReasonCount> result{};
  for (std::size_t i = 0; i < kReasonCount; ++i) result[i] = static_cast<Reason>(i);
  return result;
}

std::string_view to_text(Reason reason) {
  switch (reason) {
    case Reason::NotObservedYet:
      return "NotObservedYet";
    case Reason::AsDeclared:
      return "AsDeclared";
    case Reason::ObserveMode:
      return "ObserveMode";
    case Reason::Suspended:
      return "Suspended";
    case Reason::UnknownTier:
      return "UnknownTier";
    case Reason::AnswerTooLarge:
      return "AnswerTooLarge";
    case Reason::NotLeader:
      return "NotLeader";
    case Reason::Frozen:
      return "Frozen";
    case Reason::FleetNotObserved:
      return "FleetNotObserved";
    case Reason::DisableBrake:
      return "DisableBrake";
    case Reason::EnableBrake:
      return "EnableBrake";
    case Reason::Contested:
      return "Contested";
    case Reason::WaitsForEarlierWave:
      return "WaitsForEarlierWave";
    case Reason::Paced:
      return "Paced";
    case Reason::RolloutStopped:
      return "RolloutStopped";
    case Reason::CredentialFailed:
      return "CredentialFailed";
    case Reason::WrongTenant:
      return "WrongTenant";
    case Reason::Unauthorized:
      return "Unauthorized";
    case Reason::Forbidden:
      return "Forbidden";
    case Reason::ProviderNotRegistered:
      return "ProviderNotRegistered";
    case Reason::ProviderRegistering:
      return "ProviderRegistering";
    case Reason::SubscriptionNotFound:
      return "SubscriptionNotFound";
    case Reason::SubscriptionDisabled:
      return "SubscriptionDisabled";
    case Reason::PlanNotOffered:
      return "PlanNotOffered";
    case Reason::PolicyDenied:
      return "PolicyDenied";
    case Reason::ScopeLocked:
      return "ScopeLocked";
    case Reason::InvalidRequest:
      return "InvalidRequest";
    case Reason::UpdateInProgress:
      return "UpdateInProgress";
    case Reason::Throttled:
      return "Throttled";
    case Reason::ServerError:
      return "ServerError";
    case Reason::Timeout:
      return "Timeout";
    case Reason::ConnectionFailed:
      return "ConnectionFailed";
    case Reason::TlsFailed:
      return "TlsFailed";
    case Reason::MalformedAnswer:
      return "MalformedAnswer";
    case Reason::ExtensionFailed:
      return "ExtensionFailed";
    case Reason::ChangeNotApplied:
      return "ChangeNotApplied";
    case Reason::InternalError:
      return "InternalError";
  }
  return "InternalError";
}

std::optional<State> parse_state(std::string_view text) { return find_by_text(kAllStates, text); }

std::optional<Reason> parse_reason(std::string_view text) {
  return find_by_text(all_reasons(), text);
}

}  // namespace defenderd
