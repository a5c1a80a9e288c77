#include "telemetry/safety_section.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

constexpr std::array<const char*, 2> kBrakes{"disable", "enable"};  // by BrakeKind

void write(JsonWriter& json, const BrakeChange& change) {
  json.member("subscription", change.subscription.text());
  if (change.field.is_plan()) {
    json.member("field", "plan");
  } else {
    json.member("extension", change.field.extension_name());
  }
}

const std::string* text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get_ptr<const std::string*>()
                                                     : nullptr;
}

std::optional<BrakeChange> read_change(const nlohmann::json& item) {
  if (!item.is_object()) return std::nullopt;
  const std::string* const subscription = text_of(item, "subscription");
  const auto id = subscription != nullptr ? SubscriptionId::parse(*subscription) : std::nullopt;
  if (!id) return std::nullopt;
  const std::string* const extension = text_of(item, "extension");
  if (extension != nullptr && !extension->empty()) {
    return BrakeChange{*id, Field::extension(kDeclaredPlan, *extension)};
  }
  const std::string* const field = text_of(item, "field");
  if (field == nullptr || *field != "plan") return std::nullopt;
  return BrakeChange{*id, Field::plan(kDeclaredPlan)};
}

std::optional<RememberedSwitch> read_switch(const nlohmann::json& item) {
  auto change = read_change(item);
  const std::string* const at = change ? text_of(item, "at") : nullptr;
  const auto time = at != nullptr ? parse_rfc3339(*at) : std::nullopt;
  if (!time) return std::nullopt;
  return RememberedSwitch{*std::move(change), *time};
}

std::optional<std::string> read_code(const nlohmann::json& item) {
  return item.is_string() ? std::optional(item.get<std::string>()) : std::nullopt;
}

// False if it is not a list, or has an item that `read` rejects.
template <class T>
bool read_list(const nlohmann::json& object, const char* name, std::vector<T>& list,
               std::optional<T> (*read)(const nlohmann::json&)) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return false;
  for (const nlohmann::json& item : *found) {
    auto value = read(item);
    if (!value) return false;
    list.push_back(*std::move(value));
  }
  return true;
}

}  // namespace

std::string format(const SafetyMemory& memory) {
  JsonWriter json;
  json.begin_object();
  for (std::size_t i = 0; i < kBrakes.size(); ++i) {
    json.key(kBrakes.at(i));
    json.begin_object();
    json.key("switched");
    json.begin_array();
    for (const RememberedSwitch& item : memory.brakes.at(i).switched) {
      json.begin_object();
      write(json, item.change);
      json.member("at", format_rfc3339(item.at));
      json.end_object();
    }
    json.end_array();
    json.key("confirmed");
    json.begin_array();
    for (const BrakeChange& change : memory.brakes.at(i).confirmed) {
      json.begin_object();
      write(json, change);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.key("spentCodes");
  json.begin_array();
  for (const std::string& code : memory.spent_codes) json.value(code);
  json.end_array();
  json.end_object();
  return json.take();
}

Result<SafetyMemory> parse_safety_section(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  SafetyMemory memory;
  bool good = json.is_object() && read_list(json, "spentCodes", memory.spent_codes, read_code);
  for (std::size_t i = 0; good && i < kBrakes.size(); ++i) {
    const auto brake = json.find(kBrakes.at(i));
    RememberedBrake& remembered = memory.brakes.at(i);
    good = brake != json.end() && brake->is_object() &&
           read_list(*brake, "switched", remembered.switched, read_switch) &&
           read_list(*brake, "confirmed", remembered.confirmed, read_change);
  }
  if (!good) return Unexpected(Error{"its data about the brakes cannot be parsed"});
  return memory;
}

}  // namespace defenderd
