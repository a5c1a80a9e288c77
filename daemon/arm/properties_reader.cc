#include "arm/properties_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arm/carried_members.h"
#include "base/scrub.h"
#include "base/text.h"

namespace defenderd {
namespace {

constexpr std::string_view kIsEnabled = "isEnabled";

// Read-only members of properties: not sent back, because they say what the service found, not what
// is wished. Everything else that is unknown may be writable and is sent back as it was.
constexpr std::array<std::string_view, 6> kNotEchoed{"enablementTime", "inherited",
                                                     "inheritedFrom",  "deprecated",
                                                     "replacedBy",     "provisioningState"};

// Longer than any that Azure has.
constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMaxWord = 256;

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

// A member that is known.
struct Member : Choice {
  using Choice::Choice;
  std::optional<std::string> text = {};
  std::optional<bool> flag = {};  // a boolean of JSON
  bool is_null = true;            // it is missing, or null
  std::string_view written = {};
  std::string_view written_key = {};
};

std::string text_of(const Member& member) { return member.text.value_or(""); }

// "True" and "False" in any case. A JSON boolean was never seen, but would mean the same.
std::optional<bool> flag_of(const Member& member) {
  if (!member.text) return member.flag;
  if (iequals(*member.text, "true")) return true;
  if (iequals(*member.text, "false")) return false;
  return std::nullopt;
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
  CarriedMembers rest = {};
};

Extension to_extension(ExtensionMembers& members, CarriedMembers::Room& room) {
  Extension extension;
  extension.name = text_of(members.name);
  const Member& flag = members.enabled;
  extension.enabled = flag_of(flag);
  if (!extension.enabled && !flag.is_null) {
    extension.enabled_text = foreign_text(flag.text ? *flag.text : std::string(flag.written), 64);
    if (extension.enabled_text.empty()) extension.enabled_text = "no text";
    // To be sent back as it came.
    if (!flag.written.empty()) members.rest.put(flag.written_key, flag.written, room);
  } else if (!extension.enabled) {
    extension.enabled_text = "missing";
  }
  extension.extra_json = members.rest.object();
  return extension;
}

}  // namespace

struct PropertiesReader::State {
  enum class At { Start, Properties, Extensions, Extension, Status, End };

  At at = At::Start;
  bool is_object = false;
  int skipped = 0;  // levels of a value that nobody needs
  bool skip_next = false;
  Member* member = nullptr;  // whose value comes next

  Member tier{"pricingTier"};
  Member sub_plan{"subPlan"};
  Member enforce{"enforce"};
  Member coverage{"resourcesCoverageStatus"};
  Member free_trial{"freeTrialRemainingTime"};
  Choice extensions_choice{"extensions"};
  bool extensions_come = false;  // as the next value
  bool extensions_are_list = true;
  CarriedMembers rest;
  CarriedMembers::Room room{kMaxCarried, kMaxCarriedMembers};
  ExtensionMembers extension = {};
  bool status_comes = false;
  std::vector<Extension> extensions = {};
  std::vector<ExtensionFailure> failed = {};
  std::size_t names = 0;     // bytes of them
  std::string problem = {};  // the first of the extensions

  bool key(std::string_view name, std::string_view written_key, std::string_view written);
  bool key_of_properties(std::string_view name, std::string_view written_key,
                         std::string_view written);
  bool key_of_extension(std::string_view name, std::string_view written_key,
                        std::string_view written);
  bool choose(Member& chosen, std::string_view name, std::string_view written_key,
              std::string_view written);
  [[nodiscard]] bool skips_scalar() { return skipped > 0 || std::exchange(skip_next, false); }
  bool skip() {
    skip_next = true;
    return false;
  }
  void open(bool object);
  void close();
  void scalar(bool null);
  void add_extension(ExtensionMembers members);
  std::optional<std::string> word(const Member& said);
};

bool PropertiesReader::State::choose(Member& chosen, std::string_view name,
                                     std::string_view written_key, std::string_view written) {
  if (!chosen.prefers(name)) return skip();
  chosen.text.reset();
  chosen.flag.reset();
  chosen.is_null = true;
  chosen.written = written;
  chosen.written_key = written_key;
  member = &chosen;
  return true;
}

bool PropertiesReader::State::key(std::string_view name, std::string_view written_key,
                                  std::string_view written) {
  if (skipped > 0) return false;
  skip_next = false;
  switch (at) {
    case At::Properties:
      return key_of_properties(name, written_key, written);
    case At::Extension:
      return key_of_extension(name, written_key, written);
    case At::Status:
      for (Member* known : {&extension.status.code, &extension.status.message}) {
        if (known->is(name)) return choose(*known, name, written_key, written);
      }
      return skip();
    case At::Start:
    case At::Extensions:
    case At::End:
      break;
  }
  return true;
}

bool PropertiesReader::State::key_of_properties(std::string_view name, std::string_view written_key,
                                                std::string_view written) {
  for (Member* known : {&tier, &sub_plan, &enforce, &coverage, &free_trial}) {
    if (known->is(name)) return choose(*known, name, written_key, written);
  }
  if (extensions_choice.is(name)) {
    if (!extensions_choice.prefers(name)) return skip();
    extensions_come = true;
    extensions.clear();
    failed.clear();
    problem.clear();
    names = 0;
    return true;
  }
  const bool is_not_echoed = std::any_of(kNotEchoed.begin(), kNotEchoed.end(),
                                         [&](std::string_view one) { return iequals(name, one); });
  if (!is_not_echoed) rest.put(written_key, written, room);
  return skip();
}

bool PropertiesReader::State::key_of_extension(std::string_view name, std::string_view written_key,
                                               std::string_view written) {
  for (Member* known : {&extension.name, &extension.enabled}) {
    if (known->is(name)) return choose(*known, name, written_key, written);
  }
  if (extension.status_choice.is(name)) {
    if (!extension.status_choice.prefers(name)) return skip();
    status_comes = true;
    extension.status = {};
    return true;
  }
  extension.rest.put(written_key, written, room);
  return skip();
}

void PropertiesReader::State::open(bool object) {
  if (skipped > 0 || std::exchange(skip_next, false)) {
    ++skipped;
    return;
  }
  if (member != nullptr) {  // where a text should be
    std::exchange(member, nullptr)->is_null = false;
    ++skipped;
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
  skip_next = false;
  if (skipped > 0) {
    --skipped;
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

void PropertiesReader::State::scalar(bool null) {
  if (member != nullptr) {
    std::exchange(member, nullptr)->is_null = null;
    return;
  }
  if (std::exchange(extensions_come, false)) {
    extensions_are_list = null;
  } else if (!std::exchange(status_comes, false) && at == At::Extensions) {
    add_extension({});
  } else if (at == At::Start) {
    at = At::End;
  }
}

void PropertiesReader::State::add_extension(ExtensionMembers members) {
  if (!problem.empty()) return;
  names += text_of(members.name).size();
  if (extensions.size() >= kMaxExtensions || names > kMaxNames) {
    problem = "the answer has more than " + std::to_string(kMaxExtensions) +
              " extensions, or more than 8 KiB of their names";
    return;
  }
  Extension added = to_extension(members, room);
  if (added.name.empty()) {
    problem = "the answer has an extension without a name in properties.extensions";
    return;
  }
  // The name reaches logs and pages; a second one of the same name would make the state ambiguous.
  const bool again = std::any_of(extensions.begin(), extensions.end(), [&](const Extension& other) {
    return iequals(other.name, added.name);
  });
  if (again || added.name.size() > kMaxName || foreign_text(added.name) != added.name) {
    problem = "the answer names the extension '" + foreign_text(added.name, kMaxName) +
              "' twice or in an impossible way";
    return;
  }
  if (iequals(text_of(members.status.code), "Failed")) {
    constexpr std::size_t kMaxWords = 500;
    failed.push_back({added.name, foreign_text(text_of(members.status.message), kMaxWords)});
  }
  extensions.push_back(std::move(added));
}

// One that is too long to be a word of Azure's is not carried along.
std::optional<std::string> PropertiesReader::State::word(const Member& said) {
  if (said.flag) return *said.flag ? "True" : "False";
  if (!said.text || said.text->size() <= kMaxWord) return said.text;
  room.is_exceeded = true;
  return std::nullopt;
}

PropertiesReader::PropertiesReader() : state_(std::make_unique<State>()) {}
PropertiesReader::PropertiesReader(PropertiesReader&&) noexcept = default;
PropertiesReader& PropertiesReader::operator=(PropertiesReader&&) noexcept = default;
PropertiesReader::~PropertiesReader() = default;

void PropertiesReader::null() {
  if (!state_->skips_scalar()) state_->scalar(true);
}
void PropertiesReader::boolean(bool value) {
  if (state_->skips_scalar()) return;
  if (state_->member != nullptr) state_->member->flag = value;
  state_->scalar(false);
}
void PropertiesReader::number() {
  if (!state_->skips_scalar()) state_->scalar(false);
}
void PropertiesReader::text(std::string_view value) {
  if (state_->skips_scalar()) return;
  if (state_->member != nullptr) state_->member->text = value;
  state_->scalar(false);
}
void PropertiesReader::open(bool is_object) { state_->open(is_object); }
bool PropertiesReader::key(std::string_view name, std::string_view written_key,
                           std::string_view written_value) {
  return state_->key(name, written_key, written_value);
}
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
  pricing.sub_plan = state.word(state.sub_plan);
  pricing.enforce = state.word(state.enforce);
  pricing.coverage = foreign_text(text_of(state.coverage), 64);
  pricing.free_trial_remaining = foreign_text(text_of(state.free_trial), 64);
  pricing.extra_json = state.rest.object();
  pricing.extensions = std::move(state.extensions);
  pricing.is_cut = state.room.is_exceeded;
  if (pricing.is_cut) drop_carried(pricing);
  result.failed = std::move(state.failed);
  return result;
}

}  // namespace defenderd
