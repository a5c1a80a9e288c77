#pragma once
// The text of a section of the state document that is a list.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "telemetry/section_node.h"

namespace defenderd {

// Each item is an object, whose members `write` writes.
template <class T, class Write>
[[nodiscard]] std::string list_text(const std::vector<T>& items, const Write& write) {
  JsonWriter json;
  json.begin_array();
  for (const T& item : items) {
    json.begin_object();
    write(json, item);
    json.end_object();
  }
  json.end_array();
  return json.take();
}

// Each item is read by `read`, which returns an optional. `what` is what the Error names, such as
// "its data about findings".
template <class T, class Read>
[[nodiscard]] Result<std::vector<T>> parse_list(std::string_view text, const Read& read,
                                                std::string_view what) {
  auto items = SectionNode::parse(text).list<T>(read);
  if (!items) return Unexpected(Error{std::string(what) + " cannot be parsed"});
  return *std::move(items);
}

}  // namespace defenderd
