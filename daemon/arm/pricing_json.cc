#include "arm/pricing_json.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "arm/carried_members.h"
#include "arm/json_items.h"
#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

using Room = CarriedMembers::Room;

// Members that are not written back unchanged: those that are read here, and read-only ones, which
// say what the service found, not what is desired. An unknown one may be writable.
constexpr std::array<std::string_view, 12> kKnownProperties{"pricingTier",
                                                            "subPlan",
                                                            "enforce",
                                                            "extensions",
                                                            "resourcesCoverageStatus",
                                                            "freeTrialRemainingTime",
                                                            "enablementTime",
                                                            "inherited",
                                                            "inheritedFrom",
                                                            "deprecated",
                                                            "replacedBy",
                                                            "provisioningState"};
constexpr std::array<std::string_view, 3> kKnownOfExtension{"name", "isEnabled", "operationStatus"};

// Azure has none longer.
constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMaxWord = 256;
constexpr std::size_t kMaxShown = 64;  // of a text that is only shown

std::optional<std::string_view> text_of(PricingMembers members, std::string_view name) {
  const PricingMember* const member = find_member(members, name);
  return member != nullptr ? member->value.text() : std::nullopt;
}

// "True" and "False", case-insensitive. A JSON boolean was never observed, but would mean the same.
std::optional<bool> flag_of(const JsonValue& value) {
  const auto text = value.text();
  if (!text) return value.boolean();
  if (iequals(*text, "true")) return true;
  if (iequals(*text, "false")) return false;
  return std::nullopt;
}

// A text that is written back to ARM. One that is too long to be Azure's is dropped.
std::optional<std::string> word_of(PricingMembers members, std::string_view name, Room& room) {
  const PricingMember* const member = find_member(members, name);
  if (member == nullptr) return std::nullopt;
  if (const auto flag = member->value.boolean()) return *flag ? "True" : "False";
  const auto text = member->value.text();
  if (!text) return std::nullopt;
  if (text->size() <= kMaxWord) return std::string(*text);
  room.is_exceeded = true;
  return std::nullopt;
}

CarriedMembers carried(PricingMembers members, std::span<const std::string_view> known,
                       Room& room) {
  CarriedMembers rest;
  for (const PricingMember& member : members) {
    if (member.written_value.empty()) continue;
    const bool is_known = std::any_of(known.begin(), known.end(), [&](std::string_view name) {
      return iequals(name, member.name);
    });
    if (!is_known) rest.put(member.written_name, member.written_value, room);
  }
  return rest;
}

Extension read_extension(PricingMembers members, Room& room) {
  Extension extension;
  extension.name = text_of(members, "name").value_or("");
  CarriedMembers rest = carried(members, kKnownOfExtension, room);
  const PricingMember* const flag = find_member(members, "isEnabled");
  if (flag == nullptr || flag->value.is_null()) {
    extension.enabled_text = "missing";
  } else {
    extension.enabled = flag_of(flag->value);
  }
  if (!extension.enabled && extension.enabled_text.empty()) {
    extension.enabled_text =
        foreign_text(flag->value.text().value_or(flag->written_value), kMaxShown);
    if (extension.enabled_text.empty()) extension.enabled_text = "no text";
    if (!flag->written_value.empty()) rest.put(kWrittenFlag, flag->written_value, room);
  }
  extension.extra_json = rest.object();
  return extension;
}

// The code of a status, "" if it says nothing.
std::string_view code_of(const JsonValue& value) {
  if (value.is_none() || value.is_null()) return {};
  return trim(value.text().value_or("a code that is not a text"));
}

// Words of ARM's other resources for work that has not ended.
bool is_in_progress(std::string_view code) {
  constexpr std::array<std::string_view, 10> kWords{
      "InProgress", "In Progress", "Pending",      "Running",    "Accepted",
      "Started",    "Updating",    "Provisioning", "Processing", "Queued"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return iequals(word, code); });
}

// Adds the extension to the list of those with such a code. Only Succeeded proves that it works:
// the specification knows no other code than Failed, and has an open list.
void add_status(const std::string& name, std::string_view code, std::string message,
                DecodedPricing& result) {
  if (iequals(code, "Succeeded")) {
    result.succeeded.push_back(name);
  } else if (is_in_progress(code)) {
    result.in_progress.push_back(name);
  } else {
    if (!iequals(code, "Failed"))
      message = foreign_text(code, kMaxShown) + (message.empty() ? "" : ": " + message);
    result.failed.push_back({name, std::move(message)});
  }
}

// The operationStatus: an object with a code. A text, or a list of such, was never observed, but a
// failure in another form must not count as success. Of a list, the first that does not prove
// success counts. Returns whether it says anything.
bool read_status(const std::string& name, PricingMembers members, DecodedPricing& result) {
  constexpr std::size_t kMaxMessage = 500;
  const PricingMember* const status = find_member(members, "operationStatus");
  if (status == nullptr) return false;
  std::string_view found;
  std::string message;
  const std::vector<JsonValue> single{status->value};
  for (const JsonValue& item : status->value.is_list() ? status->value.items() : single) {
    const auto of_item = members_of(item);
    const PricingMember* const member = find_member(of_item, "code");
    std::string_view code;
    if (member != nullptr || !item.is_object())
      code = code_of(member != nullptr ? member->value : item);
    if (code.empty()) continue;
    found = code;
    message = foreign_text(text_of(of_item, "message").value_or(""), kMaxMessage);
    if (!iequals(code, "Succeeded")) break;
  }
  if (!found.empty()) add_status(name, found, std::move(message), result);
  return !found.empty();
}

// Adds the extensions to `result`. Returns what is wrong with them, or "". `of_plan`: the code of
// the whole plan's status, for those that have none of their own.
std::string read_extensions(const PricingMember& list, std::string_view of_plan,
                            DecodedPricing& result, Room& room) {
  if (list.value.is_null()) return {};
  if (!list.value.is_list()) return "the answer's properties.extensions is not a list";
  std::vector<Extension>& extensions = result.pricing.extensions;
  std::size_t names = 0;
  JsonItems written(list.written_value);
  for (const JsonValue& item : list.value.items()) {
    written.next();
    const auto members = members_of(item, written.value());
    names += text_of(members, "name").value_or("").size();
    if (extensions.size() >= kMaxExtensions || names > kMaxNames) {
      return "the answer has more than " + std::to_string(kMaxExtensions) +
             " extensions, or more than 8 KiB of their names";
    }
    Extension added = read_extension(members, room);
    if (added.name.empty()) {
      return "the answer has an extension without a name in properties.extensions";
    }
    // The name is shown in logs and pages; a duplicate name would make the state
    // ambiguous.
    const bool again =
        std::any_of(extensions.begin(), extensions.end(),
                    [&](const Extension& other) { return iequals(other.name, added.name); });
    if (again || added.name.size() > kMaxName || foreign_text(added.name) != added.name) {
      return "the answer names the extension '" + foreign_text(added.name, kMaxName) +
             "' twice or with an invalid name";
    }
    if (!read_status(added.name, members, result) && !iequals(of_plan, "Succeeded") &&
        !of_plan.empty()) {
      add_status(added.name, of_plan, "the provisioningState of the plan says so", result);
    }
    extensions.push_back(std::move(added));
  }
  return {};
}

}  // namespace

std::vector<PricingMember> members_of(const JsonValue& object, std::string_view written) {
  std::vector<PricingMember> result;
  const auto members = object.members();
  result.reserve(members.size());
  JsonItems items(written);  // the same members in the same order, or none
  for (const JsonMember& member : members) {
    PricingMember& added = result.emplace_back(PricingMember{member.name, member.value});
    if (!items.next()) continue;
    added.written_name = items.raw_key();
    added.written_value = items.value();
  }
  return result;
}

const PricingMember* find_member(PricingMembers members, std::string_view name) {
  const PricingMember* found = nullptr;
  for (const PricingMember& member : members) {
    if (!iequals(member.name, name)) continue;
    const bool is_exact = member.name == name;
    if (found == nullptr || is_exact || found->name != name) found = &member;
  }
  return found;
}

bool lacks_extensions(PlanName plan, const DecodedPricing& shown) {
  return shown.pricing.tier == Tier::Standard && shown.pricing.extensions.empty() &&
         !entry_of(plan).extensions.empty();
}

Result<DecodedPricing> read_properties(PricingMembers properties) {
  const auto tier = text_of(properties, "pricingTier");
  if (!tier) {
    return Unexpected(Error{"the answer is not a pricing: properties.pricingTier is not a text"});
  }
  DecodedPricing result;
  Pricing& pricing = result.pricing;
  Room room{kMaxCarried, kMaxCarriedMembers};
  if (const PricingMember* const list = find_member(properties, "extensions")) {
    const PricingMember* const state = find_member(properties, "provisioningState");
    std::string problem = read_extensions(
        *list, state != nullptr ? code_of(state->value) : std::string_view(), result, room);
    if (!problem.empty()) return Unexpected(Error{std::move(problem)});
  }
  pricing.tier_text = foreign_text(*tier, kMaxShown);
  pricing.tier = parse_tier(pricing.tier_text);
  pricing.sub_plan = word_of(properties, "subPlan", room);
  pricing.enforce = word_of(properties, "enforce", room);
  pricing.coverage =
      foreign_text(text_of(properties, "resourcesCoverageStatus").value_or(""), kMaxShown);
  pricing.free_trial_remaining =
      foreign_text(text_of(properties, "freeTrialRemainingTime").value_or(""), kMaxShown);
  result.enabled_since =
      foreign_text(text_of(properties, "enablementTime").value_or(""), kMaxShown);
  pricing.extra_json = carried(properties, kKnownProperties, room).object();
  pricing.is_cut = room.is_exceeded;
  if (pricing.is_cut) drop_carried(pricing);
  return result;
}

}  // namespace defenderd
