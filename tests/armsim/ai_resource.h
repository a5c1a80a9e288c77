#pragma once
// How AI accounts and what hangs on them read in ARM's JSON.

#include <string>
#include <string_view>
#include <vector>

#include "armsim/ai_account.h"
#include "armsim/arm_answer.h"
#include "armsim/behaviour.h"

namespace armsim {

inline constexpr std::string_view kAiProvider = "Microsoft.CognitiveServices";

// Where an account is, and who asks how. `subscription` is its id.
struct AiPlace {
  const std::string& subscription;
  const AiAccount& account;
  const Behaviour& behaviour;
  std::string_view api_version = "2024-10-01";
};

[[nodiscard]] std::string account_id(const AiPlace& place);
[[nodiscard]] Json account_json(const AiPlace& place);
[[nodiscard]] Json deployment_json(const AiPlace& place, const Deployment& deployment);
[[nodiscard]] Json policy_json(const AiPlace& place, const RaiPolicy& policy);
[[nodiscard]] Json setting_json(const AiPlace& place);

// The system's policies, and then the user's.
[[nodiscard]] std::vector<RaiPolicy> policies_of(const AiAccount& account,
                                                 const Behaviour& behaviour);

}  // namespace armsim
