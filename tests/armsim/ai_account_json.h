#pragma once
// AI accounts as the state file and the control endpoints write them.

#include <vector>

#include "armsim/ai_account.h"
#include "armsim/arm_answer.h"
#include "base/result.h"

namespace armsim {

// {"group/name": {"kind": "AIServices", "deployments": {"gpt": {...}}, ...}}
[[nodiscard]] Json to_json(const std::vector<AiAccount>& accounts);

// Sets what `json` names and leaves the rest; null removes an account, a deployment or a policy. A
// key without a slash is an account of that name, wherever it is, or a new one in the group "ai".
// The error names the way to the wrong key, what was expected, and the nearest key.
[[nodiscard]] defenderd::Result<defenderd::Done> change(std::vector<AiAccount>& accounts,
                                                        const Json& json);

}  // namespace armsim
