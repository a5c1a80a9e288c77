#include "arm/properties_reader.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

using nlohmann::json;

constexpr const char* kIsEnabled = "isEnabled";

// Read-only members of properties: not sent back, because they say what the service found, not what
// is wished. Everything else that is unknown may be writable and is sent back as it was.
constexpr std::array<std::string_view, 6> kNotEchoed{"enablementTime", "inherited",
                                                     "inheritedFrom",  "deprecated",
                                                     "replacedBy",     "provisioningState"};

// Nothing of UTF-8 that the parser let through can make this throw.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The members that are not null, "" when there are none.
std::string members_text(json object) {
  for (auto member = object.begin(); member != object.end();) {
    member = member->is_null() ? object.erase(member) : std::next(member);
  }
  return object.empty() ? "" : dump(object);
}

// Which of several members of one name counts. Names are matched without case, as ARM's own
// contract has it for names.
class Choice {
 public:
  explicit Choice(std::string_view name) : name_(name) {}

  [[nodiscard]] bool is(std::string_view key) const { return iequals(key, name_); }
  // Whether this one takes the place of what was there.
  bool prefers(std::string_view key) {
    const bool exact = key == name_;
    if (!exact && (exact_ || (!other_.empty() && key > other_))) return false;
    if (!exact) other_ = key;
    exact_ = exact;
    return true;
  }

 private:
  std::string_view name_;
  bool exact_ = false;      // it was spelled exactly
  std::string other_ = {};  // how it was spelled otherwise
};

// A member that is known. Nearly all are texts, for which no tree is needed.
struct Member : Choice {
  using Choice::Choice;
  std::optional<std::string> text = {};
  json other = nullptr;  // where it is no text
};

std::string text_of(const Member& member) { return member.text.value_or(""); }

// "True" and "False" in any case. A JSON boolean was never seen, but would mean the same.
std::optional<bool> flag_of(const Member& member) {
  if (member.other.is_boolean()) return member.other.get<bool>();
  if (!member.text) return std::nullopt;
  if (iequals(*member.text, "true")) return true;
  if (iequals(*member.text, "false")) return false;
  return std::nullopt;
}

std::optional<std::string> optional_text(const Member& member) {
  if (member.other.is_boolean()) return member.other.get<bool>() ? "True" : "False";
  return member.text;
}

struct StatusMembers {
  Member code{"code"};
  Member message{"message"};
};

struct ExtensionMembers {
  Member name{"name"};
  Member enabled{kIsEnabled};
  Choice status_choice{"operationStatus"};
  StatusMembers status = {};
  json rest = nullptr;  // an object once there is something in it
};

Extension to_extension(ExtensionMembers& members) {
  Extension extension;
  extension.name = text_of(members.name);
  const Member& flag = members.enabled;
  extension.enabled = flag_of(flag);
  if (!extension.enabled && flag.text) {
    extension.enabled_text = foreign_text(*flag.text, 64);
    members.rest[kIsEnabled] = *flag.text;  // to be sent back as it came
  } else if (!extension.enabled) {
    extension.enabled_text = flag.other.is_null() ? "missing" : foreign_text(dump(flag.other), 64);
    if (!flag.other.is_null()) members.rest[kIsEnabled] = flag.other;
  }
  extension.extra_json = members_text(std::move(members.rest));
  return extension;
}

}  // namespace

struct PropertiesReader::State {
  enum class At { Start, Properties, Extensions, Extension, Status, End };

  At at = At::Start;
  bool is_object = false;
  int skipped = 0;  // levels of a value that nobody needs
  bool skip_next = false;
  Member* member = nullptr;          // whose value comes next
  json* into = nullptr;              // where the value goes that comes next
  std::vector<json*> building = {};  // the arrays and objects that are open in it
  std::string building_key = {};

  Member tier{"pricingTier"};
  Member sub_plan{"subPlan"};
  Member enforce{"enforce"};
  Member coverage{"resourcesCoverageStatus"};
  Member free_trial{"freeTrialRemainingTime"};
  Choice extensions_choice{"extensions"};
  bool extensions_come = false;  // as the next value
  bool extensions_are_list = true;
  json rest = nullptr;  // an object once there is something in it
  ExtensionMembers extension = {};
  bool status_comes = false;
  std::vector<Extension> extensions = {};
  std::vector<ExtensionFailure> failed = {};
  std::string problem = {};  // the first of the extensions

  void key(std::string_view name);
  void key_of_properties(std::string_view name);
  void key_of_extension(std::string_view name);
  void choose(Member& chosen, std::string_view name);
  [[nodiscard]] bool skips_scalar() { return skipped > 0 || std::exchange(skip_next, false); }
  void open(bool object);
  void close();
  void scalar(json value);
  void text(std::string_view value);
  json* place(json value);
  void add_extension(ExtensionMembers members);
};

void PropertiesReader::State::choose(Member& chosen, std::string_view name) {
  skip_next = !chosen.prefers(name);
  if (skip_next) return;
  chosen.text.reset();
  chosen.other = nullptr;
  member = &chosen;
  into = &chosen.other;
}

void PropertiesReader::State::key(std::string_view name) {
  if (skipped > 0) return;
  if (!building.empty()) {
    building_key = name;
    return;
  }
  switch (at) {
    case At::Properties:
      return key_of_properties(name);
    case At::Extension:
      return key_of_extension(name);
    case At::Status: {
      for (Member* known : {&extension.status.code, &extension.status.message}) {
        if (known->is(name)) return choose(*known, name);
      }
      skip_next = true;
      return;
    }
    case At::Start:
    case At::Extensions:
    case At::End:
      return;
  }
}

void PropertiesReader::State::key_of_properties(std::string_view name) {
  for (Member* known : {&tier, &sub_plan, &enforce, &coverage, &free_trial}) {
    if (known->is(name)) return choose(*known, name);
  }
  if (extensions_choice.is(name)) {
    skip_next = !extensions_choice.prefers(name);
    if (skip_next) return;
    extensions_come = true;
    extensions.clear();
    failed.clear();
    problem.clear();
    return;
  }
  skip_next = std::any_of(kNotEchoed.begin(), kNotEchoed.end(),
                          [&](std::string_view one) { return iequals(name, one); });
  if (!skip_next) into = &rest[std::string(name)];
}

void PropertiesReader::State::key_of_extension(std::string_view name) {
  for (Member* known : {&extension.name, &extension.enabled}) {
    if (known->is(name)) return choose(*known, name);
  }
  if (extension.status_choice.is(name)) {
    skip_next = !extension.status_choice.prefers(name);
    if (skip_next) return;
    status_comes = true;
    extension.status = {};
    return;
  }
  into = &extension.rest[std::string(name)];
}

// Where a value of the tree that is being built goes.
json* PropertiesReader::State::place(json value) {
  json* at_place = nullptr;
  if (building.empty()) {
    member = nullptr;
    at_place = std::exchange(into, nullptr);
    *at_place = std::move(value);
  } else if (building.back()->is_array()) {
    building.back()->push_back(std::move(value));
    at_place = &building.back()->back();
  } else {
    at_place = &(*building.back())[building_key];
    *at_place = std::move(value);
  }
  return at_place;
}

void PropertiesReader::State::open(bool object) {
  if (skipped > 0 || std::exchange(skip_next, false)) {
    ++skipped;
    return;
  }
  if (into != nullptr || !building.empty()) {
    building.push_back(place(object ? json::object() : json::array()));
    return;
  }
  if (at == At::Start) {
    is_object = object;
    at = object ? At::Properties : At::End;
    skipped = object ? 0 : 1;
    return;
  }
  if (std::exchange(extensions_come, false)) {
    extensions_are_list = !object;
    if (object) {
      ++skipped;
    } else {
      at = At::Extensions;
    }
    return;
  }
  if (std::exchange(status_comes, false) && object) {
    at = At::Status;
    return;
  }
  if (at == At::Extensions && object) {
    extension = {};
    at = At::Extension;
    return;
  }
  if (at == At::Extensions) add_extension({});
  ++skipped;
}

void PropertiesReader::State::close() {
  if (skipped > 0) {
    --skipped;
    return;
  }
  if (!building.empty()) {
    building.pop_back();
    return;
  }
  switch (at) {
    case At::Status:
      at = At::Extension;
      return;
    case At::Extension:
      add_extension(std::move(extension));
      at = At::Extensions;
      return;
    case At::Extensions:
      at = At::Properties;
      return;
    case At::Properties:
    case At::Start:
    case At::End:
      at = At::End;
      return;
  }
}

void PropertiesReader::State::scalar(json value) {
  if (into != nullptr || !building.empty()) {
    place(std::move(value));
    return;
  }
  if (std::exchange(extensions_come, false)) {
    extensions_are_list = value.is_null();
  } else if (!std::exchange(status_comes, false) && at == At::Extensions) {
    add_extension({});
  } else if (at == At::Start) {
    at = At::End;
  }
}

void PropertiesReader::State::text(std::string_view value) {
  if (member == nullptr || !building.empty()) return scalar(std::string(value));
  into = nullptr;
  std::exchange(member, nullptr)->text = value;
}

void PropertiesReader::State::add_extension(ExtensionMembers members) {
  if (!problem.empty()) return;
  Extension added = to_extension(members);
  if (added.name.empty()) {
    problem = "the answer has an extension without a name in properties.extensions";
    return;
  }
  // The name reaches logs and pages; a second one of the same name would make the state ambiguous.
  const bool again = std::any_of(extensions.begin(), extensions.end(), [&](const Extension& other) {
    return iequals(other.name, added.name);
  });
  if (again || added.name.size() > 128 || foreign_text(added.name) != added.name) {
    problem = "the answer names the extension '" + foreign_text(added.name, 128) +
              "' twice or in an impossible way";
    return;
  }
  if (iequals(text_of(members.status.code), "Failed")) {
    failed.push_back({added.name, foreign_text(text_of(members.status.message), 1024)});
  }
  extensions.push_back(std::move(added));
}

PropertiesReader::PropertiesReader() : state_(std::make_unique<State>()) {}
PropertiesReader::PropertiesReader(PropertiesReader&&) noexcept = default;
PropertiesReader& PropertiesReader::operator=(PropertiesReader&&) noexcept = default;
PropertiesReader::~PropertiesReader() = default;

void PropertiesReader::null() {
  if (!state_->skips_scalar()) state_->scalar(nullptr);
}
void PropertiesReader::boolean(bool value) {
  if (!state_->skips_scalar()) state_->scalar(value);
}
void PropertiesReader::integer(std::int64_t value) {
  if (!state_->skips_scalar()) state_->scalar(value);
}
void PropertiesReader::natural(std::uint64_t value) {
  if (!state_->skips_scalar()) state_->scalar(value);
}
void PropertiesReader::real(double value) {
  if (!state_->skips_scalar()) state_->scalar(value);
}
void PropertiesReader::text(std::string_view value) {
  if (!state_->skips_scalar()) state_->text(value);
}
void PropertiesReader::open(bool is_object) { state_->open(is_object); }
void PropertiesReader::key(std::string_view name) { state_->key(name); }
void PropertiesReader::close() { state_->close(); }

Result<DecodedPricing> PropertiesReader::finish() {
  State& state = *state_;
  if (!state.is_object || !state.tier.text) {
    return Unexpected(Error{"the answer is no pricing: it has no text in properties.pricingTier"});
  }
  if (!state.extensions_are_list)
    return Unexpected(Error{"the answer's properties.extensions is no list"});
  if (!state.problem.empty()) return Unexpected(Error{std::move(state.problem)});
  DecodedPricing result;
  Pricing& pricing = result.pricing;
  pricing.tier_text = foreign_text(text_of(state.tier), 64);
  pricing.tier = parse_tier(pricing.tier_text);
  pricing.sub_plan = optional_text(state.sub_plan);
  pricing.enforce = optional_text(state.enforce);
  pricing.coverage = foreign_text(text_of(state.coverage), 64);
  pricing.free_trial_remaining = foreign_text(text_of(state.free_trial), 64);
  pricing.extra_json = members_text(std::move(state.rest));
  pricing.extensions = std::move(state.extensions);
  result.failed = std::move(state.failed);
  return result;
}

}  // namespace defenderd
