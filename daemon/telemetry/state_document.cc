#include "telemetry/state_document.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/time_text.h"

namespace defenderd {
namespace {

// Deeper than any section. Serializing a tree is recursive.
constexpr int kMaxDepth = 16;

using Handling = nlohmann::json::error_handler_t;

Unexpected<Error> no_document(std::string why) { return Unexpected(Error{std::move(why)}); }

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, Handling::replace);
}

}  // namespace

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
  bool too_deep = false;
  const auto watch_depth = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  const nlohmann::json json = nlohmann::json::parse(text, watch_depth, false);
  if (too_deep || !json.is_object())
    return no_document("it is not a JSON object written by defenderd");
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
  for (const auto& [name, section] : sections->items()) {
    document.sections.emplace(name, section.dump(-1, ' ', true, Handling::replace));
  }
  return document;
}

}  // namespace defenderd
