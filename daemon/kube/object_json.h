#pragma once
// Objects of Kubernetes as JSON: what we do not know of them is kept when they are written back.

#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "net/json_document.h"

namespace defenderd {

// The members of `object` except those named. Numbers with fractions, which no object here has,
// become null.
void copy_members(JsonWriter& to, const JsonValue& object,
                  const std::vector<std::string_view>& except);

// Whether an answer is about the object that was asked for, and not an error page, a list or
// another object. `name_space` "" is any. The Error says, as the end of a sentence, what it is not.
[[nodiscard]] Result<Done> check_object(const JsonValue& object, std::string_view kind,
                                        std::string_view name, std::string_view name_space);

struct ObjectHead {
  std::string_view api_version;
  std::string_view kind;
  std::string_view name;
  std::string_view name_space;
  std::string_view annotation;  // the one that is ours
  std::string_view annotated;   // its value; "": it is left out
};
// Begins an object and writes it up to its metadata; the caller writes the rest, and the end. `had`
// is the object that it replaces, whose other metadata is kept, without managedFields, which the
// server keeps by itself; none: it is a new one.
void begin_kube_object(JsonWriter& to, const ObjectHead& head, const JsonValue& had);

}  // namespace defenderd
