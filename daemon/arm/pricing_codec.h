#pragma once
// Pricing <-> the JSON of Microsoft.Security/pricings, api-version 2024-01-01.
//
// Source: azure-rest-api-specs, specification/security/resource-manager/Microsoft.Security/stable/
// 2024-01-01/pricings.json; the .cc notes what it leaves open.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/pricing_id.h"
#include "base/result.h"
#include "core/pricing.h"

namespace defenderd {

// The content of an answer to GET or PUT.
struct DecodedPricing {
  Pricing pricing;
  // By operationStatus. Answers to PUT have it for the extensions that they acted on; a GET usually
  // has none. `failed` includes every code that is neither Succeeded nor one of work in progress.
  std::vector<ExtensionFailure> failed = {};
  std::vector<std::string> succeeded = {};
  std::vector<std::string> in_progress = {};
  std::string enabled_since = {};  // enablementTime, "" if it is not shown
};

// Any input gives a value or an Error, never an exception; nesting and preserved members are
// bounded (pricing_json.h). It is an Error if the answer's id, name or type shows that it is not
// `about`.
[[nodiscard]] Result<DecodedPricing> decode_pricing(std::string_view json,
                                                    const std::optional<PricingId>& about = {});

// The body of a PUT: what is writable, extensions without operationStatus, and for an extension
// that is off only its name and isEnabled. One whose isEnabled ARM did not show is left out.
[[nodiscard]] std::string encode_pricing(const Pricing& pricing);

}  // namespace defenderd
