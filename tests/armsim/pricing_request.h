#pragma once
// The body of a PUT of a pricing, read as strictly as the service reads it.

#include <optional>
#include <string>
#include <vector>

#include "armsim/http_message.h"
#include "armsim/subscription.h"
#include "base/result.h"

namespace armsim {

// What a PUT asks for.
struct PricingRequest {
  bool on = false;
  std::optional<std::vector<Extension>> extensions;  // `shown` as it was written
  std::optional<std::string> enforce;
  std::string sub_plan;
};

// The error is the service's answer: 400, or 500 for additionalExtensionProperties on a disabled
// extension.
[[nodiscard]] defenderd::Result<PricingRequest, HttpAnswer> parse_pricing_request(
    const std::string& body);

}  // namespace armsim
