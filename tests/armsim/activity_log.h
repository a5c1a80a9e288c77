#pragma once
// Writes events to the activity log. Both need the core's lock.

#include <string>

#include "armsim/activity.h"
#include "armsim/core.h"

namespace armsim {

struct WriteEvent {
  Caller caller{};
  std::string plan{};  // or, where it is not of a plan, `action` and `resource_id`
  std::string correlation_id{};
  std::string client_request_id{};
  std::string body{};
  int status = 200;      // of the answer
  std::string action{};  // "Microsoft.CognitiveServices/accounts/write"
  std::string resource_id{};
};

// The begin and the end of one write, and the deployment of a policy.
void log_activity(Core& core, Stored& stored, const WriteEvent& event);

// The caller that a token belongs to.
[[nodiscard]] Caller caller_of(const Token& token);

}  // namespace armsim
