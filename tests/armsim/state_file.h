#pragma once
// The subscriptions that the program starts with, from YAML:
//
//   subscriptions:
//     - id: 6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11
//       name: chat-prod
//       plan: on
//       extensions: {AIPromptEvidence: on, AIModelScanner: off}
//     - id: 0c6d7e0e-6a3b-4a53-8d5f-2f3c9d4b8e22
//       registered: false
//
// The other keys are those of the control endpoints: see control_help().

#include <string>
#include <vector>

#include "armsim/subscription.h"
#include "base/result.h"

namespace armsim {

// The error is one line with the file and the line of what is wrong.
[[nodiscard]] defenderd::Result<std::vector<Subscription>> read_state(const std::string& file);

}  // namespace armsim
