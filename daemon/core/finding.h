#pragma once
// Findings: what defenderd reports about a subscription's protection and never changes. A finding
// never makes a subscription "not as declared". Pure.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/ai_account.h"
#include "core/ids.h"

namespace defenderd {

struct DesiredSubscription;
struct Pricing;

enum class FindingKind : std::uint8_t {
  AccountsUnprotected,    // AI accounts in a subscription whose plan is off
  AccountSwitchedOff,     // the plan is on, and an account's own Defender switch is off
  ContentFilterOptedOut,  // jailbreak alerts are lost for a deployment
  ModelScannerNeedsCspm,  // the model scanner is declared on, and the plan that it needs is off
  EvidenceWithoutPlan     // Azure shows prompt evidence on while the plan is off: it does nothing
};
inline constexpr std::array kAllFindingKinds{
    FindingKind::AccountsUnprotected, FindingKind::AccountSwitchedOff,
    FindingKind::ContentFilterOptedOut, FindingKind::ModelScannerNeedsCspm,
    FindingKind::EvidenceWithoutPlan};
[[nodiscard]] std::string_view to_text(FindingKind kind);  // "AccountsUnprotected"
[[nodiscard]] std::optional<FindingKind> parse_finding_kind(std::string_view text);
// What a person should do about it.
[[nodiscard]] std::string_view advice_on(FindingKind kind);

// A finding that somebody accepts until a given time, as the YAML says it.
struct AcceptedFinding {
  FindingKind finding = FindingKind::AccountsUnprotected;
  // An ARM id, with everything below it; "" is the whole subscription.
  std::string resource = {};
  std::string reason = {};
  WallTime until = {};
  bool operator==(const AcceptedFinding&) const = default;
};

struct Finding {
  FindingKind kind = FindingKind::AccountsUnprotected;
  SubscriptionId subscription;
  std::string subscription_name = {};
  std::string owner = {};
  std::string resource = {};  // ARM id
  std::string message = {};   // what it means
  LastModified modified = {};
  WallTime since = {};  // first seen
  std::optional<AcceptedFinding> accepted = {};
  bool operator==(const Finding&) const = default;
};

// What is known of the subscription besides its accounts.
struct ProtectedAs {
  SubscriptionId subscription;
  std::string name = {};
  std::string owner = {};
  bool managed = true;
  bool plan_declared = false;
  std::optional<bool> plan_on = {};  // as last observed; nullopt is not known
  bool evidence_shown = false;       // Azure shows prompt evidence on
  bool scanner_declared = false;
  const std::vector<AcceptedFinding>* accepted = nullptr;
};

// Of a declared subscription; `observed` is nullptr where it is not known. Refers to `desired`.
[[nodiscard]] ProtectedAs protected_as(const DesiredSubscription& desired, const Pricing* observed);

// In the order of kinds and accounts, without `since`. Those that are accepted now say so.
[[nodiscard]] std::vector<Finding> findings_of(const ProtectedAs& subscription,
                                               const Inspection& inspection, WallTime now);

// Accounts of the subscription by how they are protected.
enum class AccountState : std::uint8_t { Protected, PlanOff, SwitchedOff, Unknown };
inline constexpr std::array kAllAccountStates{AccountState::Protected, AccountState::PlanOff,
                                              AccountState::SwitchedOff, AccountState::Unknown};
[[nodiscard]] std::string_view to_text(AccountState state);  // "switched_off"
[[nodiscard]] AccountState state_of(const InspectedAccount& account, std::optional<bool> plan_on);

}  // namespace defenderd
