#include "kube/object_json.h"

#include <algorithm>
#include <string>

namespace defenderd {
namespace {

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

}  // namespace

void copy_members(JsonWriter& to, const JsonValue& object,
                  const std::vector<std::string_view>& except) {
  for (const JsonMember& member : object.members()) {
    if (std::find(except.begin(), except.end(), member.name) != except.end()) continue;
    to.key(member.name);
    copy_value(to, member.value);
  }
}

Result<Done> check_object(const JsonValue& object, std::string_view kind, std::string_view name,
                          std::string_view name_space) {
  const JsonValue metadata = object.member("metadata");
  const JsonValue place = metadata.member("namespace");
  if (object.text_of("kind") == kind && metadata.text_of("name") == name &&
      (place.is_none() || name_space.empty() || place.text() == name_space) &&
      !metadata.text_of("resourceVersion").empty()) {
    return Done{};
  }
  return Unexpected(Error{"it is not the " + std::string(kind) + " " + std::string(name)});
}

void begin_kube_object(JsonWriter& to, const ObjectHead& head, const JsonValue& had) {
  const JsonValue metadata = had.member("metadata");
  const JsonValue annotations = metadata.member("annotations");
  to.begin_object();
  to.member("apiVersion", head.api_version);
  to.member("kind", head.kind);
  to.key("metadata");
  to.begin_object();
  if (had.is_none()) {
    to.member("name", head.name);
    to.member("namespace", head.name_space);
  } else {
    copy_members(to, metadata, {"managedFields", "annotations"});
  }
  if (!head.annotated.empty() || !annotations.members().empty()) {
    to.key("annotations");
    to.begin_object();
    copy_members(to, annotations, {head.annotation});
    if (!head.annotated.empty()) to.member(head.annotation, head.annotated);
    to.end_object();
  }
  to.end_object();
}

}  // namespace defenderd
