#include "arm/pricing_codec.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "arm/asked_resource.h"
#include "arm/json_items.h"
#include "arm/pricing_json.h"
#include "base/json_writer.h"
#include "net/json_document.h"

namespace defenderd {
namespace {

std::string as_json(std::string_view text) {
  JsonWriter writer;
  writer.value(text);
  return writer.take();
}

std::string_view flag_text(bool flag) { return flag ? "\"True\"" : "\"False\""; }

// The members of an object as they are written, except one.
void append_members(std::string& body, std::string_view object, std::string_view except = {}) {
  for (JsonItems members(object); members.next();) {
    if (members.raw_key() == except) continue;
    body.append(",").append(members.raw_key()).append(":").append(members.value());
  }
}

bool has_member(std::string_view object, std::string_view written_name) {
  for (JsonItems members(object); members.next();) {
    if (members.raw_key() == written_name) return true;
  }
  return false;
}

// "" for an extension that cannot be named in a request.
std::string encode_extension(const Extension& extension) {
  if (!extension.enabled && !has_member(extension.extra_json, kWrittenFlag)) return {};
  std::string body = R"({"name":)" + as_json(extension.name);
  if (extension.enabled) body.append(R"(,"isEnabled":)").append(flag_text(*extension.enabled));
  // The service answers 500 to additional properties on an extension that is off.
  if (extension.enabled != false)
    append_members(body, extension.extra_json, extension.enabled ? kWrittenFlag : "");
  return body + "}";
}

// A thousand times as large as any answer of Azure.
constexpr std::size_t kMaxAnswer = 1UL << 20U;

}  // namespace

Result<DecodedPricing> decode_pricing(std::string_view text,
                                      const std::optional<PricingId>& about) {
  if (text.size() > kMaxAnswer) return Unexpected(Error{"the answer is too large for a pricing"});
  const auto document = JsonDocument::parse(
      text,
      {.bytes = kMaxAnswer, .values = kMaxAnswer, .keep_memory = true, .whole_characters = true});
  if (!document) return Unexpected(document.error());
  const auto members = members_of(document->root(), document->source());
  if (about) {
    const AskedResource asked(about->text(), std::string(to_text(about->plan)), kPricingType);
    for (const PricingMember& member : members) {
      std::string mismatch = asked.mismatch(member.name, member.value, member.written_value);
      if (!mismatch.empty()) return Unexpected(Error{std::move(mismatch)});
    }
  }
  const PricingMember* const found = find_member(members, "properties");
  if (found == nullptr) return read_properties({});
  return read_properties(members_of(found->value, found->written_value));
}

std::string encode_pricing(const Pricing& pricing) {
  std::string body = R"({"properties":{"pricingTier":)" + as_json(pricing.tier_text);
  if (pricing.sub_plan) body += R"(,"subPlan":)" + as_json(*pricing.sub_plan);
  // Whether omitting `enforce` would reset it is not documented, so it is sent again.
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
