#include "arm/pricing_codec.h"

#include <simdjson.h>

#include <array>
#include <cstddef>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "arm/json_items.h"
#include "arm/properties_reader.h"
#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

using nlohmann::json;
namespace dom = simdjson::dom;

constexpr std::string_view kIsEnabled = "isEnabled";

// As JSON. Nothing of UTF-8 that the parser let through can make this throw.
std::string as_json(std::string_view text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string_view flag_text(bool flag) { return flag ? "\"True\"" : "\"False\""; }

// The members of an object as they are written, but for one name.
void append_members(std::string& body, std::string_view object, std::string_view but = {}) {
  std::string buffer;
  for (JsonItems members(object); members.next();) {
    if (!but.empty() && iequals(json_string(members.raw_key(), buffer), but)) continue;
    body.append(",").append(members.raw_key()).append(":").append(members.value());
  }
}

bool has_member(std::string_view object, std::string_view name) {
  std::string buffer;
  for (JsonItems members(object); members.next();) {
    if (iequals(json_string(members.raw_key(), buffer), name)) return true;
  }
  return false;
}

// "" for an extension that cannot be named in a request.
std::string encode_extension(const Extension& extension) {
  if (!extension.enabled && !has_member(extension.extra_json, kIsEnabled)) return {};
  std::string body = R"({"name":)" + as_json(extension.name);
  if (extension.enabled) body.append(R"(,"isEnabled":)").append(flag_text(*extension.enabled));
  // The service answers 500 to additional properties on an extension that is off.
  if (extension.enabled != false)
    append_members(body, extension.extra_json, extension.enabled ? kIsEnabled : "");
  return body + "}";
}

// Hands a value to the reader of `properties`. The parser bounds how deep it goes.
void tell(PropertiesReader& reader, std::string_view written) {  // NOLINT(misc-no-recursion)
  std::string buffer;
  switch (written.empty() ? ' ' : written.front()) {
    case '{':
      reader.open(true);
      for (JsonItems members(written); members.next();) {
        const std::string_view name = json_string(members.raw_key(), buffer);
        if (reader.key(name, members.raw_key(), members.value())) tell(reader, members.value());
      }
      return reader.close();
    case '[':
      reader.open(false);
      for (JsonItems items(written); items.next();) tell(reader, items.value());
      return reader.close();
    case '"':
      return reader.text(json_string(written, buffer));
    case 't':
    case 'f':
      return reader.boolean(written.front() == 't');
    case 'n':
      return reader.null();
    default:
      return reader.number();
  }
}

// The answer to a request names what it is about. Every spelling of a name counts.
class Identity {
 public:
  explicit Identity(SubscriptionId about)
      : expected_{
            {{"id", "/subscriptions/" + about.text() + "/providers/Microsoft.Security/pricings/AI"},
             {"name", "AI"},
             {"type", "Microsoft.Security/pricings"}}} {}

  // Why that member shows that the answer is about something else; "" where it does not.
  [[nodiscard]] std::string mismatch(std::string_view member, std::string_view written) const {
    if (written == "null") return {};
    std::string buffer;
    for (const auto& [name, value] : expected_) {
      if (!iequals(member, name) || iequals(json_string(written, buffer), value)) continue;
      const std::string_view shown =
          written.starts_with('"') ? json_string(written, buffer) : written;
      return "the answer is about something else than was asked for: its " + std::string(name) +
             " is '" + foreign_text(shown, 200) + "' instead of '" + value + "'";
    }
    return {};
  }

 private:
  std::array<std::pair<std::string_view, std::string>, 3> expected_;
};

struct Found {
  std::string_view properties;
  std::string mismatch;
};

// Of several members the exact spelling counts before others, and of equals the last.
Found find_properties(std::string_view answer, const std::optional<Identity>& identity) {
  constexpr std::string_view kProperties = "properties";
  Found found;
  std::string chosen;
  std::string buffer;
  for (JsonItems members(answer); members.next();) {
    const std::string_view name = json_string(members.raw_key(), buffer);
    if (!iequals(name, kProperties)) {
      if (identity && found.mismatch.empty())
        found.mismatch = identity->mismatch(name, members.value());
      continue;
    }
    if (!found.properties.empty() && name != kProperties &&
        (chosen == kProperties || name > chosen)) {
      continue;
    }
    chosen = name;
    found.properties = members.value();
  }
  return found;
}

// Deeper than any answer of Azure, and a thousand times as large.
constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxAnswer = 1UL << 20U;
// A parser keeps fourteen times what it has read: for more than this it does not outlive the call.
constexpr std::size_t kKeptAnswer = 16UL << 10U;

// Tells whether an answer is JSON, in memory that it keeps for the next one.
class Parser {
 public:
  simdjson::error_code check(std::string_view text) {
    if (error_ != simdjson::SUCCESS) return error_;
    return parser_.parse(text.data(), text.size()).error();
  }

 private:
  static constexpr std::size_t kFirst = 2048;  // it grows by itself, and keeps the bound

  dom::parser parser_;
  simdjson::error_code error_ = parser_.allocate(kFirst, kMaxDepth + 1);
};

simdjson::error_code check(std::string_view text) {
  if (text.size() <= kKeptAnswer) {
    thread_local Parser kept;
    return kept.check(text);
  }
  // One at a time, so that the memory for it is needed once, however many workers there are.
  static std::mutex one_large;
  const std::scoped_lock lock(one_large);
  return Parser().check(text);
}

}  // namespace

Result<DecodedPricing> decode_pricing(std::string_view text, std::optional<SubscriptionId> about) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.size() > kMaxAnswer) return Unexpected(Error{"the answer is larger than any pricing"});
  if (const simdjson::error_code error = check(text); error != simdjson::SUCCESS) {
    return Unexpected(Error{error == simdjson::DEPTH_ERROR
                                ? "the answer's JSON nests too deep"
                                : "the answer is not JSON, or was cut off"});
  }
  const Found found = find_properties(text, about ? std::optional(Identity(*about)) : std::nullopt);
  if (!found.mismatch.empty()) return Unexpected(Error{found.mismatch});
  PropertiesReader properties;
  if (!found.properties.empty()) tell(properties, found.properties);
  return properties.finish();
}

std::string encode_pricing(const Pricing& pricing) {
  std::string body = R"({"properties":{"pricingTier":)" + as_json(pricing.tier_text);
  if (pricing.sub_plan) body += R"(,"subPlan":)" + as_json(*pricing.sub_plan);
  // Whether leaving `enforce` out would reset it is not documented, so it is said again.
  if (pricing.enforce) body += R"(,"enforce":)" + as_json(*pricing.enforce);
  append_members(body, pricing.extra_json);
  std::string extensions;
  for (const Extension& extension : pricing.extensions) {
    const std::string element = encode_extension(extension);
    if (!element.empty()) extensions += (extensions.empty() ? "" : ",") + element;
  }
  if (!extensions.empty()) body += R"(,"extensions":[)" + extensions + "]";
  return body + "}}";
}

}  // namespace defenderd
