#include "arm/pricing_codec.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "arm/json_bounds.h"
#include "base/text.h"

namespace defenderd {
namespace {

using nlohmann::json;

// Read-only members of properties: not sent back, because they say what the service found, not what
// is wished. Everything else that is unknown may be writable and is sent back as it was.
constexpr std::array<std::string_view, 12> kNotEchoed{"pricingTier",
                                                      "subPlan",
                                                      "enforce",
                                                      "extensions",
                                                      "freeTrialRemainingTime",
                                                      "enablementTime",
                                                      "resourcesCoverageStatus",
                                                      "inherited",
                                                      "inheritedFrom",
                                                      "deprecated",
                                                      "replacedBy",
                                                      "provisioningState"};
constexpr std::array<std::string_view, 3> kKnownOfExtension{"name", "isEnabled", "operationStatus"};

// Member names are matched without case, as ARM's own contract has it for names.
const json* find(const json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  if (const auto exact = object.find(name); exact != object.end()) return &*exact;
  for (const auto& [key, value] : object.items()) {
    if (iequals(key, name)) return &value;
  }
  return nullptr;
}

std::string text_of(const json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::string> optional_text(const json* value) {
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

// Nothing of UTF-8 that the parser let through can make this throw.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The members of `object` that are not in `known`, as JSON; "" when there are none.
template <std::size_t N>
std::string rest_of(const json& object, const std::array<std::string_view, N>& known) {
  json rest = json::object();
  for (const auto& [key, value] : object.items()) {
    bool is_known = false;
    for (const std::string_view name : known) is_known = is_known || iequals(key, name);
    if (!is_known && !value.is_null()) rest[key] = value;
  }
  return rest.empty() ? std::string() : dump(rest);
}

// "True" and "False" in any case. A JSON boolean was never seen, but would mean the same.
void decode_enabled(const json* value, Extension& extension) {
  if (value != nullptr && value->is_boolean()) {
    extension.enabled = value->get<bool>();
    return;
  }
  const std::string text = text_of(value);
  if (iequals(text, "true")) {
    extension.enabled = true;
  } else if (iequals(text, "false")) {
    extension.enabled = false;
  } else {
    extension.enabled_text = value == nullptr     ? "missing"
                             : value->is_string() ? text
                                                  : dump(*value);
  }
}

// Adds the members of a JSON object kept as text.
void add_members(json& object, const std::string& members) {
  if (members.empty()) return;
  const json parsed = json::parse(members, nullptr, false);
  if (!parsed.is_object()) return;
  for (const auto& [key, value] : parsed.items()) object[key] = value;
}

std::optional<ExtensionFailure> failure_of(const std::string& name, const json* status) {
  if (status == nullptr || !iequals(text_of(find(*status, "code")), "Failed")) return std::nullopt;
  return ExtensionFailure{name, text_of(find(*status, "message"))};
}

}  // namespace

Result<DecodedPricing> decode_pricing(std::string_view text) {
  if (!is_shallow_json(text)) return Unexpected(Error{"the answer's JSON nests too deep"});
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return Unexpected(Error{"the answer is not JSON, or was cut off"});
  const json* const properties = find(document, "properties");
  const json* const tier = properties == nullptr ? nullptr : find(*properties, "pricingTier");
  if (tier == nullptr || !tier->is_string()) {
    return Unexpected(Error{"the answer is no pricing: it has no text in properties.pricingTier"});
  }
  DecodedPricing result;
  Pricing& pricing = result.pricing;
  pricing.tier_text = printable(tier->get<std::string>(), 64);
  pricing.tier = parse_tier(pricing.tier_text);
  pricing.sub_plan = optional_text(find(*properties, "subPlan"));
  pricing.enforce = optional_text(find(*properties, "enforce"));
  pricing.coverage = text_of(find(*properties, "resourcesCoverageStatus"));
  pricing.free_trial_remaining = text_of(find(*properties, "freeTrialRemainingTime"));
  pricing.extra_json = rest_of(*properties, kNotEchoed);
  const json* const extensions = find(*properties, "extensions");
  if (extensions == nullptr || extensions->is_null()) return result;
  if (!extensions->is_array())
    return Unexpected(Error{"the answer's properties.extensions is no list"});
  for (const json& element : *extensions) {
    Extension extension;
    extension.name = text_of(find(element, "name"));
    if (extension.name.empty()) {
      return Unexpected(
          Error{"the answer has an extension without a name in properties.extensions"});
    }
    // The name reaches logs and pages; a second one of the same name would make the state
    // ambiguous.
    if (extension.name.size() > 128 || printable(extension.name) != extension.name ||
        pricing.find(extension.name) != nullptr) {
      return Unexpected(Error{"the answer names the extension '" + printable(extension.name, 128) +
                              "' twice or in an impossible way"});
    }
    decode_enabled(find(element, "isEnabled"), extension);
    extension.extra_json = rest_of(element, kKnownOfExtension);
    if (auto failure = failure_of(extension.name, find(element, "operationStatus"))) {
      result.failed.push_back(*std::move(failure));
    }
    pricing.extensions.push_back(std::move(extension));
  }
  return result;
}

std::string encode_pricing(const Pricing& pricing) {
  json properties = json::object();
  add_members(properties, pricing.extra_json);
  properties["pricingTier"] = pricing.tier_text;
  if (pricing.sub_plan) properties["subPlan"] = *pricing.sub_plan;
  // Whether leaving `enforce` out would reset it is not documented, so it is said again.
  if (pricing.enforce) properties["enforce"] = *pricing.enforce;
  if (!pricing.extensions.empty()) {
    json& extensions = properties["extensions"] = json::array();
    for (const Extension& extension : pricing.extensions) {
      json element = json::object();
      // The service answers 500 to additional properties on an extension that is off.
      if (extension.enabled != false) add_members(element, extension.extra_json);
      element["name"] = extension.name;
      element["isEnabled"] = !extension.enabled   ? extension.enabled_text
                             : *extension.enabled ? "True"
                                                  : "False";
      extensions.push_back(std::move(element));
    }
  }
  return dump(json{{"properties", std::move(properties)}});
}

}  // namespace defenderd
