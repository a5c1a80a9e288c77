#pragma once
// The fixed sets of words that states, metrics, logs and the API share.

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace defenderd {

// The state of a subscription.
enum class State { Unknown, InSync, Drifted, Held, Contested, Failing, Suspended };
inline constexpr std::array kAllStates{State::Unknown,  State::InSync,    State::Drifted,
                                       State::Held,     State::Contested, State::Failing,
                                       State::Suspended};
[[nodiscard]] std::string_view to_text(State state);  // "in_sync"
[[nodiscard]] std::optional<State> parse_state(std::string_view text);

// Why it is in that state: one CamelCase word, like the reason of a Kubernetes condition.
enum class Reason {
  NotObservedYet,
  AsDeclared,
  // why a change is withheld
  ObserveMode,
  Suspended,
  UnknownTier,
  AnswerTooLarge,
  NotLeader,
  Frozen,
  FleetNotObserved,
  DisableBrake,
  EnableBrake,
  Contested,
  WaitsForEarlierWave,
  Paced,
  RolloutStopped,
  // why ARM could not be reached, or did not do it
  CredentialFailed,
  WrongTenant,
  Unauthorized,
  Forbidden,
  ProviderNotRegistered,
  ProviderRegistering,
  SubscriptionNotFound,
  SubscriptionDisabled,
  PlanNotOffered,
  PolicyDenied,
  ScopeLocked,
  InvalidRequest,
  UpdateInProgress,
  Throttled,
  ServerError,
  Timeout,
  ConnectionFailed,
  TlsFailed,
  MalformedAnswer,
  ExtensionFailed,
  ChangeNotApplied,
  InternalError,
};
inline constexpr Reason kFirstFailure = Reason::CredentialFailed;
inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::InternalError) + 1;
[[nodiscard]] std::array<Reason, kReasonCount> all_reasons();
[[nodiscard]] std::string_view to_text(Reason reason);  // "AsDeclared"
[[nodiscard]] std::optional<Reason> parse_reason(std::string_view text);

}  // namespace defenderd
