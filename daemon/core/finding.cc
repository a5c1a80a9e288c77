#include "core/finding.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "core/desired_state.h"
#include "core/fleet_findings.h"
#include "core/plan_catalog.h"
#include "core/pricing.h"

namespace defenderd {
namespace {

constexpr std::size_t kNamed = 3;  // accounts that a message names

// Whether `resource` is `above`, or something below it. ARM ids are case-insensitive.
bool is_below(std::string_view resource, std::string_view above) {
  while (above.ends_with('/')) above.remove_suffix(1);
  if (above.empty()) return true;
  return iequals(resource.substr(0, above.size()), above) &&
         (resource.size() == above.size() || resource[above.size()] == '/');
}

class Findings {
 public:
  Findings(const ProtectedAs& subscription, WallTime now)
      : subscription_(subscription), now_(now) {}

  void add(FindingKind kind, std::string resource, std::string message,
           LastModified modified = {}) {
    Finding finding;
    finding.kind = kind;
    finding.subscription = subscription_.subscription;
    finding.subscription_name = subscription_.name;
    finding.owner = subscription_.owner;
    finding.accepted = accepted(kind, resource);
    finding.resource = std::move(resource);
    finding.message = std::move(message);
    finding.modified = std::move(modified);
    found_.push_back(std::move(finding));
  }
  std::vector<Finding> take() { return std::move(found_); }

 private:
  [[nodiscard]] std::optional<AcceptedFinding> accepted(FindingKind kind,
                                                        const std::string& resource) const {
    if (subscription_.accepted == nullptr) return std::nullopt;
    for (const AcceptedFinding& one : *subscription_.accepted) {
      if (one.finding == kind && now_ < one.until && is_below(resource, one.resource)) return one;
    }
    return std::nullopt;
  }

  const ProtectedAs& subscription_;
  const WallTime now_;
  std::vector<Finding> found_;
};

std::string accounts_text(const std::vector<InspectedAccount>& accounts) {
  std::string text =
      std::to_string(accounts.size()) + (accounts.size() == 1 ? " AI account (" : " AI accounts (");
  for (std::size_t i = 0; i < std::min(accounts.size(), kNamed); ++i)
    text += (i == 0 ? "" : ", ") + accounts[i].account.name;
  return text + (accounts.size() > kNamed ? ", ...)" : ")");
}

std::string why_off(const ProtectedAs& subscription) {
  if (!subscription.managed) return "which is unmanaged";
  return std::string(subscription.plan_declared ? kDeclaredOn : "as it is declared");
}

}  // namespace

std::string_view to_text(FindingKind kind) {
  switch (kind) {
    case FindingKind::AccountsUnprotected:
      return "AccountsUnprotected";
    case FindingKind::AccountSwitchedOff:
      return "AccountSwitchedOff";
    case FindingKind::ContentFilterOptedOut:
      return "ContentFilterOptedOut";
    case FindingKind::ModelScannerNeedsCspm:
      return "ModelScannerNeedsCspm";
    case FindingKind::EvidenceWithoutPlan:
      return "EvidenceWithoutPlan";
  }
  return "AccountsUnprotected";
}

std::optional<FindingKind> parse_finding_kind(std::string_view text) {
  for (const FindingKind kind : kAllFindingKinds) {
    if (to_text(kind) == text) return kind;
  }
  return std::nullopt;
}

std::string_view advice_on(FindingKind kind) {
  switch (kind) {
    case FindingKind::AccountsUnprotected:
      return "declare plan: on for the subscription, or accept the finding";
    case FindingKind::AccountSwitchedOff:
      return "switch Defender on for the account (in Foundry: Risks + alerts), and check the "
             "template that deploys it for defenderForAISettings";
    case FindingKind::ContentFilterOptedOut:
      return "switch the filter Jailbreak (Prompt Shields) on in the deployment's content filter "
             "policy, at least to annotate, or accept the finding";
    case FindingKind::ModelScannerNeedsCspm:
      return "switch the plan Defender CSPM on for the subscription, or declare modelScanner: off";
    case FindingKind::EvidenceWithoutPlan:
      return "declare plan: on if the evidence is wanted";
  }
  return "";
}

ProtectedAs protected_as(const DesiredSubscription& desired, const Pricing* observed) {
  ProtectedAs result;
  result.subscription = desired.id;
  result.name = desired.name;
  result.owner = desired.owner;
  result.plan_declared = desired.plan;
  if (observed != nullptr && observed->tier != Tier::Other)
    result.plan_on = observed->tier == Tier::Standard;
  if (observed != nullptr) {
    const Extension* const evidence = observed->find(kPromptEvidence);
    result.evidence_shown = evidence != nullptr && evidence->enabled == true;
  }
  result.scanner_declared = desired.plan && desired.extension(kModelScanner) == true;
  if (desired.accepted) result.accepted = &*desired.accepted;
  return result;
}

std::vector<Finding> findings_of(const ProtectedAs& subscription, const Inspection& inspection,
                                 WallTime now) {
  Findings findings(subscription, now);
  const std::string id = "/subscriptions/" + subscription.subscription.text();
  const bool off = subscription.plan_on == false;
  if (off && !inspection.accounts.empty()) {
    findings.add(
        FindingKind::AccountsUnprotected, id,
        accounts_text(inspection.accounts) + (inspection.accounts.size() == 1 ? " is" : " are") +
            " not protected: the plan is off for the subscription, " + why_off(subscription));
  }
  for (const InspectedAccount& account : inspection.accounts) {
    if (subscription.plan_on != true || account.defender != AccountSwitch::Off) continue;
    findings.add(FindingKind::AccountSwitchedOff, account.account.id,
                 "the AI account " + account.account.name +
                     " is not protected: its own Defender switch is off, while the plan is on",
                 account.switched);
  }
  for (const InspectedAccount& account : inspection.accounts) {
    for (const InspectedDeployment& deployment : account.deployments) {
      if (off || deployment.verdict != FilterVerdict::OptedOut) continue;
      findings.add(FindingKind::ContentFilterOptedOut,
                   account.account.id + "/deployments/" + deployment.name,
                   "jailbreak alerts are lost for the deployment " + deployment.name + " of " +
                       account.account.name + ": its content filter " + deployment.policy +
                       " does not look for jailbreak attempts",
                   deployment.modified);
    }
  }
  if (subscription.scanner_declared && inspection.posture_on == false) {
    findings.add(FindingKind::ModelScannerNeedsCspm, id,
                 "the model scanner is declared on and does nothing: it needs the plan Defender "
                 "CSPM, which is off");
  }
  if (off && subscription.evidence_shown) {
    findings.add(FindingKind::EvidenceWithoutPlan, id,
                 "Azure shows prompt evidence on while the plan is off, so no alert carries it");
  }
  return findings.take();
}

std::string_view to_text(AccountState state) {
  switch (state) {
    case AccountState::Protected:
      return "protected";
    case AccountState::PlanOff:
      return "plan_off";
    case AccountState::SwitchedOff:
      return "switched_off";
    case AccountState::Unknown:
      return "unknown";
  }
  return "unknown";
}

AccountState state_of(const InspectedAccount& account, std::optional<bool> plan_on) {
  if (plan_on == false) return AccountState::PlanOff;
  if (account.defender == AccountSwitch::Off) return AccountState::SwitchedOff;
  if (!plan_on || account.defender == AccountSwitch::Unknown) return AccountState::Unknown;
  return AccountState::Protected;
}

}  // namespace defenderd
