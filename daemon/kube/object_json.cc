#include "kube/object_json.h"

#include <algorithm>

namespace defenderd {

void copy_value(JsonWriter& to, const JsonValue& value) {
  if (value.is_object()) {
    to.begin_object();
    copy_members(to, value, {});
    to.end_object();
  } else if (value.is_list()) {
    to.begin_array();
    for (const JsonValue& item : value.items()) copy_value(to, item);
    to.end_array();
  } else if (const auto text = value.text()) {
    to.value(*text);
  } else if (const auto on = value.boolean()) {
    to.value(*on);
  } else {
    to.value(value.integer());
  }
}

void copy_members(JsonWriter& to, const JsonValue& object,
                  const std::vector<std::string_view>& except) {
  for (const JsonMember& member : object.members()) {
    if (std::find(except.begin(), except.end(), member.name) != except.end()) continue;
    to.key(member.name);
    copy_value(to, member.value);
  }
}

void copy_metadata(JsonWriter& to, const JsonValue& metadata) {
  copy_members(to, metadata, {"managedFields", "annotations"});
}

}  // namespace defenderd
