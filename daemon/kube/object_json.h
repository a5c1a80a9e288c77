#pragma once
// Objects of Kubernetes as JSON: what we do not know of them is kept when they are written back.

#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "net/json_document.h"

namespace defenderd {

// The value as it is. Numbers with fractions, which no object here has, become null.
void copy_value(JsonWriter& to, const JsonValue& value);

// The members of `object` except those named.
void copy_members(JsonWriter& to, const JsonValue& object,
                  const std::vector<std::string_view>& except);

// The members of metadata to be written back, without managedFields, which the server keeps by
// itself, and without annotations, which the caller writes.
void copy_metadata(JsonWriter& to, const JsonValue& metadata);

}  // namespace defenderd
