// A pricing as ARM answers it, and the body of a PUT that is made of it (arm/pricing_codec.h).

#include "arm/pricing_codec.h"

#include <nlohmann/json.hpp>

#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto decoded = decode_pricing(text);
  if (!decoded) {
    fuzz::require_printable(decoded.error().message, 1024);
    return 0;
  }
  const std::string body = encode_pricing(decoded->pricing);
  require(is_valid_utf8(body), "what is written is UTF-8");
  const auto json = nlohmann::json::parse(body, nullptr, false);
  require(json.is_object() && json["properties"].is_object(), "what is written is an object");
  require(json["properties"]["pricingTier"] == decoded->pricing.tier_text,
          "the tier is written as it was found");

  // Writing back what was found changes nothing.
  const auto again = decode_pricing(body);
  require(again.has_value(), "what is written can be read back");
  require(again->pricing.tier == decoded->pricing.tier, "the tier survives");
  require(again->pricing.sub_plan == decoded->pricing.sub_plan, "the sub-plan survives");
  require(again->pricing.enforce == decoded->pricing.enforce, "enforce survives");
  for (const Extension& extension : decoded->pricing.extensions) {
    if (!extension.enabled) continue;
    const Extension* const kept = again->pricing.find(extension.name);
    const Extension* const first = decoded->pricing.find(extension.name);
    require(kept != nullptr && kept->enabled == first->enabled, "an extension survives");
  }
  require(encode_pricing(again->pricing) == body, "what is written is written the same again");
  return 0;
}
