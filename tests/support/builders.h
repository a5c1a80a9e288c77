#pragma once
// Values for tests in few words.

#include <string>
#include <utility>
#include <vector>

#include "core/desired_state.h"
#include "core/failure.h"
#include "core/plan_catalog.h"
#include "core/pricing.h"
#include "support/ids.h"

namespace defenderd {

inline Pricing free_plan() { return {}; }

inline Pricing standard_plan(const std::vector<std::pair<std::string, bool>>& extensions = {}) {
  Pricing pricing;
  pricing.tier = Tier::Standard;
  pricing.tier_text = "Standard";
  for (const auto& [name, on] : extensions) pricing.extensions.push_back({name, on});
  return pricing;
}

// Enforced. Extensions must be sorted, as the reader returns them.
inline DesiredSubscription declared(unsigned n, bool plan,
                                    std::vector<DesiredExtension> extensions = {}) {
  DesiredSubscription desired;
  desired.id = subscription_id(n);
  desired.name = "sub-" + std::to_string(n);
  desired.mode = Mode::Enforce;
  desired.plan = plan;
  desired.extensions = std::move(extensions);
  return desired;
}

// As a desired state holds them.
inline std::vector<Declaration> declarations(const std::vector<DesiredSubscription>& values) {
  return {values.begin(), values.end()};
}

inline DesiredExtension evidence(bool on) { return {std::string(kPromptEvidence), on}; }

inline Failure failure(Reason reason, NextTry next, std::string message = "it failed") {
  Failure result;
  result.reason = reason;
  result.next = next;
  result.message = std::move(message);
  return result;
}

}  // namespace defenderd
