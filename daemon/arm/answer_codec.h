#pragma once
// The JSON of ARM's other answers: errors and provider states. Any input gives a value, never an
// exception. Texts are foreign_text(), because the server at that address may repeat what it was
// sent.

#include <string>
#include <string_view>

#include "base/result.h"

namespace defenderd {

// ARM's CloudError: {"error": {"code", "message", "target", "details", "additionalInfo"}}.
struct CloudError {
  std::string code = {};  // "" if the body is not a CloudError
  std::string message = {};
  bool policy_violation = false;  // additionalInfo names a violation of an Azure Policy
  std::string policies = {};      // those that additionalInfo names, with their assignments
  std::string details = {};       // the messages of the first few details, printable
};
[[nodiscard]] CloudError decode_cloud_error(std::string_view body);

// registrationState of a resource provider, "" if the body has none; an Error if the answer is
// about another resource than `id`.
[[nodiscard]] Result<std::string> decode_registration_state(std::string_view body,
                                                            std::string_view id);

}  // namespace defenderd
