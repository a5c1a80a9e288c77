#include "telemetry/state_document.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_bounds.h"
#include "base/time_text.h"

namespace defenderd {
namespace {

using Handling = nlohmann::json::error_handler_t;

Unexpected<Error> no_document(std::string why) { return Unexpected(Error{std::move(why)}); }

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, Handling::replace);
}

}  // namespace

bool is_bounded_state(std::string_view text) {
  return is_shallow_json(text, kMaxStateValues, kMaxStateDepth);
}

std::string format(const StateDocument& document) {
  std::string text = R"({"version":)" + std::to_string(kStateVersion) + R"(,"saved":")" +
                     format_rfc3339(document.saved) + R"(","sections":{)";
  bool first = true;
  for (const auto& [name, section] : document.sections) {
    text += (first ? "\n" : ",\n") + quoted(name) + ":" + section;
    first = false;
  }
  return text + "}}\n";
}

Result<StateDocument> parse_state_document(std::string_view text) {
  if (!is_bounded_state(text)) {
    return no_document("it has more than " + std::to_string(kMaxStateValues) +
                       " values, or nests deeper than " + std::to_string(kMaxStateDepth) +
                       " levels, which no state of defenderd does");
  }
  // Without a callback: with one, each end of a list or an object takes as long as what is around
  // it has values.
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return no_document("it is not a JSON object written by defenderd");
  const auto version = json.find("version");
  if (version == json.end() || !version->is_number_integer()) {
    return no_document("it has no version");
  }
  if (*version != kStateVersion) {
    return no_document("it has version " + version->dump() +
                       ", but this defenderd only supports version " +
                       std::to_string(kStateVersion));
  }
  const auto saved = json.find("saved");
  const auto time = saved != json.end() && saved->is_string()
                        ? parse_rfc3339(saved->get_ref<const std::string&>())
                        : std::nullopt;
  if (!time) return no_document("it does not say when it was saved");
  const auto sections = json.find("sections");
  if (sections == json.end() || !sections->is_object()) return no_document("it has no sections");
  StateDocument document{*time};
  for (auto& [name, section] : sections->items()) {
    document.sections.emplace(name, section.dump(-1, ' ', true, Handling::replace));
    section = nullptr;  // its memory is needed for the others
  }
  return document;
}

}  // namespace defenderd
