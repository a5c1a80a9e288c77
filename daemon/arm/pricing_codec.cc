#include "arm/pricing_codec.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "arm/json_bounds.h"
#include "base/text.h"

namespace defenderd {
namespace {

using nlohmann::json;

constexpr const char* kIsEnabled = "isEnabled";

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
constexpr std::array<std::string_view, 3> kKnownOfExtension{"name", kIsEnabled, "operationStatus"};

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

// Nothing of UTF-8 that the parser let through can make this throw.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The members of `object` that are not in `known` and not null.
json rest_of(const json& object, std::span<const std::string_view> known) {
  json rest = json::object();
  for (const auto& [key, value] : object.items()) {
    const bool is_known =
        std::any_of(known.begin(), known.end(),
                    [&name = key](std::string_view one) { return iequals(name, one); });
    if (!is_known && !value.is_null()) rest[key] = value;
  }
  return rest;
}

std::string members_text(const json& object) { return object.empty() ? "" : dump(object); }

json members_of(const std::string& text) {
  json members = json::parse(text, nullptr, false);
  return members.is_object() ? members : json::object();
}

std::string_view flag_text(bool flag) { return flag ? "True" : "False"; }

// "True" and "False" in any case. A JSON boolean was never seen, but would mean the same.
std::optional<bool> flag_of(const json* value) {
  if (value != nullptr && value->is_boolean()) return value->get<bool>();
  const std::string text = text_of(value);
  if (iequals(text, "true")) return true;
  if (iequals(text, "false")) return false;
  return std::nullopt;
}

std::optional<std::string> optional_text(const json* value) {
  if (value == nullptr || !(value->is_string() || value->is_boolean())) return std::nullopt;
  return value->is_string() ? value->get<std::string>()
                            : std::string(flag_text(value->get<bool>()));
}

Extension decode_extension(const json& element) {
  Extension extension;
  extension.name = text_of(find(element, "name"));
  const json* const flag = find(element, kIsEnabled);
  json rest = element.is_object() ? rest_of(element, kKnownOfExtension) : json::object();
  extension.enabled = flag_of(flag);
  if (!extension.enabled) {
    const bool missing = flag == nullptr || flag->is_null();
    extension.enabled_text =
        missing ? "missing" : printable(flag->is_string() ? text_of(flag) : dump(*flag), 64);
    if (!missing) rest[kIsEnabled] = *flag;  // to be sent back as it came
  }
  extension.extra_json = members_text(rest);
  return extension;
}

// null for an extension that cannot be named in a request.
json encode_extension(const Extension& extension) {
  // The service answers 500 to additional properties on an extension that is off.
  json element = extension.enabled == false ? json::object() : members_of(extension.extra_json);
  element["name"] = extension.name;
  if (extension.enabled) element[kIsEnabled] = flag_text(*extension.enabled);
  return element.contains(kIsEnabled) ? element : json();
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
  pricing.coverage = printable(text_of(find(*properties, "resourcesCoverageStatus")), 64);
  pricing.free_trial_remaining =
      printable(text_of(find(*properties, "freeTrialRemainingTime")), 64);
  pricing.extra_json = members_text(rest_of(*properties, kNotEchoed));
  const json* const extensions = find(*properties, "extensions");
  if (extensions == nullptr || extensions->is_null()) return result;
  if (!extensions->is_array())
    return Unexpected(Error{"the answer's properties.extensions is no list"});
  for (const json& element : *extensions) {
    Extension extension = decode_extension(element);
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
    if (auto failure = failure_of(extension.name, find(element, "operationStatus"))) {
      result.failed.push_back(*std::move(failure));
    }
    pricing.extensions.push_back(std::move(extension));
  }
  return result;
}

std::string encode_pricing(const Pricing& pricing) {
  json properties = members_of(pricing.extra_json);
  properties["pricingTier"] = pricing.tier_text;
  if (pricing.sub_plan) properties["subPlan"] = *pricing.sub_plan;
  // Whether leaving `enforce` out would reset it is not documented, so it is said again.
  if (pricing.enforce) properties["enforce"] = *pricing.enforce;
  json extensions = json::array();
  for (const Extension& extension : pricing.extensions) {
    if (json element = encode_extension(extension); !element.is_null())
      extensions.push_back(std::move(element));
  }
  if (!extensions.empty()) properties["extensions"] = std::move(extensions);
  return dump(json{{"properties", std::move(properties)}});
}

}  // namespace defenderd
