// A pricing as ARM answers it, and the body of a PUT that is made of it (arm/pricing_codec.h).

#include "arm/pricing_codec.h"

#include <nlohmann/json.hpp>

#include "arm/json_items.h"
#include "arm/pricing_json.h"
#include "fuzz/fuzz.h"

using namespace defenderd;
using fuzz::require;

namespace {

std::size_t carried(const Pricing& pricing) {
  std::size_t bytes = pricing.extra_json.size();
  for (const Extension& extension : pricing.extensions) bytes += extension.extra_json.size();
  return bytes;
}

// Each member adds a colon and a comma, each object its braces.
void require_bounded(const Pricing& pricing) {
  require(pricing.extensions.size() <= kMaxExtensions, "extensions are few");
  require(carried(pricing) <= kMaxCarried + 2 * kMaxCarriedMembers + 2 * kMaxExtensions + 2,
          "what is carried along is bounded");
  require(!pricing.is_cut || carried(pricing) == 0, "what is cut carries nothing");
}

// The write repeats it byte for byte as in the answer.
void require_as_written(std::string_view carried, std::string_view answer, std::string_view body) {
  for (JsonItems members(carried); members.next();) {
    require(answer.find(members.raw_key()) != std::string_view::npos &&
                answer.find(members.value()) != std::string_view::npos,
            "what is carried along is the answer's");
    const std::string member = std::string(members.raw_key()) + ":" + std::string(members.value());
    require(body.find(member) != std::string_view::npos, "what is carried along is written");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto decoded = decode_pricing(text);
  if (!decoded) {
    fuzz::require_printable(decoded.error().message, 1024);
    return 0;
  }
  require_bounded(decoded->pricing);
  const std::string body = encode_pricing(decoded->pricing);
  require_as_written(decoded->pricing.extra_json, text, body);
  require(is_valid_utf8(body), "what is written is UTF-8");
  const auto json = nlohmann::json::parse(body, nullptr, false);
  require(json.is_object() && json["properties"].is_object(), "what is written is an object");
  require(json["properties"]["pricingTier"] == decoded->pricing.tier_text,
          "the tier is written as it was found");

  if (decoded->pricing.tier == Tier::Other) return 0;  // is never written over

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
