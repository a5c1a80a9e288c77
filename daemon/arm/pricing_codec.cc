#include "arm/pricing_codec.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "arm/properties_reader.h"
#include "base/text.h"

namespace defenderd {
namespace {

using nlohmann::json;

constexpr const char* kIsEnabled = "isEnabled";

// Nothing of UTF-8 that the parser let through can make this throw.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json members_of(const std::string& text) {
  json members = json::parse(text, nullptr, false);
  return members.is_object() ? members : json::object();
}

std::string_view flag_text(bool flag) { return flag ? "True" : "False"; }

// null for an extension that cannot be named in a request.
json encode_extension(const Extension& extension) {
  // The service answers 500 to additional properties on an extension that is off.
  json element = extension.enabled == false ? json::object() : members_of(extension.extra_json);
  element["name"] = extension.name;
  if (extension.enabled) element[kIsEnabled] = flag_text(*extension.enabled);
  return element.contains(kIsEnabled) ? element : json();
}

// Finds `properties` in the answer and hands it to its reader. The interface is nlohmann's.
class AnswerEvents {
 public:
  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] Result<DecodedPricing> finish() { return properties_.finish(); }

  bool null() {
    return value([&] { properties_.null(); });
  }
  bool boolean(bool flag) {
    return value([&] { properties_.boolean(flag); });
  }
  bool number_integer(std::int64_t number) {
    return value([&] { properties_.integer(number); });
  }
  bool number_unsigned(std::uint64_t number) {
    return value([&] { properties_.natural(number); });
  }
  bool number_float(double number, const std::string& /*as_written*/) {
    return value([&] { properties_.real(number); });
  }
  bool string(std::string& text) {
    return value([&] { properties_.text(text); });
  }
  bool binary(json::binary_t& /*bytes*/) { return false; }  // there is none in text
  bool start_object(std::size_t /*size*/) { return open(true); }
  bool start_array(std::size_t /*size*/) { return open(false); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    if (inside_) {
      properties_.key(name);
    } else if (depth_ == 1 && iequals(name, kProperties) && choose(name)) {
      properties_ = {};
      comes_ = true;
    }
    return true;
  }
  static bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                          const json::exception& /*what*/) {
    return false;
  }

 private:
  static constexpr std::string_view kProperties = "properties";
  static constexpr int kMaxDepth = 32;  // deeper than any answer of Azure

  // The exact spelling counts before others, and of equals the last.
  bool choose(const std::string& name) {
    if (!chosen_.empty() && name != kProperties && (chosen_ == kProperties || name > chosen_))
      return false;
    chosen_ = name;
    return true;
  }

  template <class Tell>
  bool value(Tell tell) {
    if (inside_ || std::exchange(comes_, false)) tell();
    return true;
  }
  bool open(bool is_object) {
    if (++depth_ > kMaxDepth) {
      too_deep_ = true;
      return false;
    }
    inside_ = inside_ || std::exchange(comes_, false);
    if (inside_) properties_.open(is_object);
    return true;
  }
  bool close() {
    --depth_;
    if (inside_) properties_.close();
    inside_ = inside_ && depth_ > 1;
    return true;
  }

  PropertiesReader properties_;
  std::string chosen_;
  bool comes_ = false;   // the value that comes next is that of `properties`
  bool inside_ = false;  // of it
  bool too_deep_ = false;
  int depth_ = 0;
};

}  // namespace

Result<DecodedPricing> decode_pricing(std::string_view text) {
  AnswerEvents events;
  if (!json::sax_parse(text, &events)) {
    return Unexpected(Error{events.too_deep() ? "the answer's JSON nests too deep"
                                              : "the answer is not JSON, or was cut off"});
  }
  return events.finish();
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
