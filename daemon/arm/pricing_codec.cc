#include "arm/pricing_codec.h"

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "arm/properties_reader.h"
#include "base/text.h"

namespace defenderd {
namespace {

using nlohmann::json;
namespace dom = simdjson::dom;

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

// Hands a value to the reader of `properties`. The parser bounds how deep it goes.
void tell(PropertiesReader& reader, const dom::element& value) {  // NOLINT(misc-no-recursion)
  switch (value.type()) {
    case dom::element_type::OBJECT:
      reader.open(true);
      for (const auto& [name, member] : dom::object(value)) {
        reader.key(name);
        tell(reader, member);
      }
      return reader.close();
    case dom::element_type::ARRAY:
      reader.open(false);
      for (const dom::element& item : dom::array(value)) tell(reader, item);
      return reader.close();
    case dom::element_type::STRING:
      return reader.text(std::string_view(value));
    case dom::element_type::INT64:
      return reader.integer(std::int64_t(value));
    case dom::element_type::UINT64:
      return reader.natural(std::uint64_t(value));
    case dom::element_type::DOUBLE:
      return reader.real(double(value));
    case dom::element_type::BOOL:
      return reader.boolean(bool(value));
    case dom::element_type::NULL_VALUE:
      return reader.null();
  }
}

// Of several members the exact spelling counts before others, and of equals the last.
std::optional<dom::element> find_properties(const dom::element& answer) {
  constexpr std::string_view kProperties = "properties";
  dom::object members;
  if (answer.get(members) != simdjson::SUCCESS) return std::nullopt;
  std::optional<dom::element> found;
  std::string_view chosen;
  for (const auto& [name, value] : members) {
    if (!iequals(name, kProperties)) continue;
    if (found && name != kProperties && (chosen == kProperties || name > chosen)) continue;
    chosen = name;
    found = value;
  }
  return found;
}

// Deeper than any answer of Azure, and a thousand times as large.
constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxAnswer = 1UL << 20U;
// A parser keeps fourteen times what it has read: for more than this it does not outlive the call.
constexpr std::size_t kKeptAnswer = 16UL << 10U;

// Makes a tree of an answer in memory that it keeps for the next one.
class Parser {
 public:
  // The tree lives until the next call.
  simdjson::simdjson_result<dom::element> parse(std::string_view text) {
    if (error_ != simdjson::SUCCESS) return error_;
    return parser_.parse(text.data(), text.size());
  }

 private:
  static constexpr std::size_t kFirst = 2048;  // it grows by itself, and keeps the bound

  dom::parser parser_;
  simdjson::error_code error_ = parser_.allocate(kFirst, kMaxDepth + 1);
};

Result<DecodedPricing> decode(Parser& parser, std::string_view text) {
  dom::element answer;
  const simdjson::error_code error = parser.parse(text).get(answer);
  if (error != simdjson::SUCCESS) {
    return Unexpected(Error{error == simdjson::DEPTH_ERROR
                                ? "the answer's JSON nests too deep"
                                : "the answer is not JSON, or was cut off"});
  }
  PropertiesReader properties;
  if (const auto value = find_properties(answer)) tell(properties, *value);
  return properties.finish();
}

}  // namespace

Result<DecodedPricing> decode_pricing(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.size() > kMaxAnswer) return Unexpected(Error{"the answer is larger than any pricing"});
  if (text.size() > kKeptAnswer) {
    Parser passing;
    return decode(passing, text);
  }
  thread_local Parser kept;
  return decode(kept, text);
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
