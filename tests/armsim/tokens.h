#pragma once
// Access tokens: made by the identity endpoints, checked by ARM.

#include <string>

#include "armsim/core.h"

namespace armsim {

struct IssuedToken {
  std::string text;
  Token token;
};

// A new token of the configured lifetime: a JSON Web Token without a real signature.
[[nodiscard]] IssuedToken issue_token(Core& core, const std::string& tenant,
                                      const std::string& object_id, const std::string& app_id);

// Whether `resource` ("https://management.azure.com/", this simulator's own address) names an ARM.
[[nodiscard]] bool is_arm_resource(const Exchange& exchange, const std::string& resource);

}  // namespace armsim
