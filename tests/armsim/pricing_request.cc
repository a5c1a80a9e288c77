#include "armsim/pricing_request.h"

#include <algorithm>
#include <utility>

#include "armsim/arm_answer.h"
#include "base/text.h"

namespace armsim {
namespace {

using defenderd::iequals;
using defenderd::Result;
using defenderd::Unexpected;

HttpAnswer bad_input(const std::string& message) { return arm_error(400, "InvalidInput", message); }

// "true" in any case is true, "false" false, anything else nullopt.
std::optional<bool> parse_flag(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto text = value.get<std::string>();
  if (iequals(text, "true")) return true;
  if (iequals(text, "false")) return false;
  return std::nullopt;
}

Result<Extension, HttpAnswer> parse_extension(const Json& json) {
  if (!json.is_object() || !json.contains("name") || !json["name"].is_string() ||
      json["name"].get<std::string>().empty()) {
    return Unexpected(bad_input("An extension has no name."));
  }
  Extension extension;
  extension.name = json["name"].get<std::string>();
  const auto enabled = json.contains("isEnabled") ? parse_flag(json["isEnabled"]) : std::nullopt;
  if (!enabled) {
    return Unexpected(bad_input("The isEnabled of extension '" + extension.name +
                                "' is missing or neither 'True' nor 'False'."));
  }
  extension.enabled = *enabled;
  extension.shown = json["isEnabled"].get<std::string>();
  if (json.contains("additionalExtensionProperties") &&
      !json["additionalExtensionProperties"].is_null()) {
    // A wrong request, and yet the service answers 500.
    if (!extension.enabled) {
      return Unexpected(arm_error(500, "InternalServerError",
                                  "AdditionalProperties of Extension '" + extension.name +
                                      "' can't be updated while the extension is disabled "
                                      "(IsEnabled = False)"));
    }
    if (!json["additionalExtensionProperties"].is_object())
      return Unexpected(bad_input("additionalExtensionProperties is not an object."));
    extension.properties = json["additionalExtensionProperties"].dump();
  }
  return extension;
}

Result<std::vector<Extension>, HttpAnswer> parse_extensions(const Json& json) {
  if (!json.is_array()) return Unexpected(bad_input("extensions is not a list."));
  std::vector<Extension> result;
  for (const Json& item : json) {
    auto extension = parse_extension(item);
    if (!extension) return Unexpected(std::move(extension.error()));
    const bool twice = std::any_of(result.begin(), result.end(), [&](const Extension& known) {
      return iequals(known.name, extension->name);
    });
    if (twice) return Unexpected(bad_input("Extension '" + extension->name + "' is named twice."));
    result.push_back(*std::move(extension));
  }
  return result;
}

}  // namespace

Result<PricingRequest, HttpAnswer> parse_pricing_request(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return Unexpected(arm_error(400, "InvalidRequestContent",
                                "The request content was invalid and could not be deserialized."));
  }
  if (!json.contains("properties") || !json["properties"].is_object())
    return Unexpected(bad_input("The request has no properties."));
  const Json& properties = json["properties"];
  if (!properties.contains("pricingTier") || !properties["pricingTier"].is_string())
    return Unexpected(bad_input("The pricingTier is required."));
  PricingRequest wish;
  const auto tier = properties["pricingTier"].get<std::string>();
  wish.on = iequals(tier, "Standard");
  if (!wish.on && !iequals(tier, "Free")) {
    return Unexpected(bad_input("The pricing tier '" + tier +
                                "' is not valid. Possible values: Free, Standard."));
  }
  if (properties.contains("subPlan") && properties["subPlan"].is_string())
    wish.sub_plan = properties["subPlan"].get<std::string>();
  if (properties.contains("enforce") && !properties["enforce"].is_null()) {
    const auto enforce = parse_flag(properties["enforce"]);
    if (!enforce) return Unexpected(bad_input("The enforce is neither 'True' nor 'False'."));
    wish.enforce = *enforce ? "True" : "False";
  }
  if (properties.contains("extensions") && !properties["extensions"].is_null()) {
    auto extensions = parse_extensions(properties["extensions"]);
    if (!extensions) return Unexpected(std::move(extensions.error()));
    wish.extensions = *std::move(extensions);
  }
  if (!wish.on && wish.extensions && !wish.extensions->empty())
    return Unexpected(bad_input("Extensions cannot be set with the Free pricing tier."));
  return wish;
}

}  // namespace armsim
