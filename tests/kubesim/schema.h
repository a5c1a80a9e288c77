#pragma once
// The forms of what clients send, as Kubernetes 1.32 publishes them in its OpenAPI description
// (io.k8s.api.coordination.v1.Lease, io.k8s.api.core.v1.ConfigMap, ...ObjectMeta), and a decoder
// that is as strict as a server asked for fieldValidation=Strict.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kubesim/route.h"

namespace kubesim {

using Json = nlohmann::json;

enum class Form {
  String,
  PlainString,  // one that "" removes, as Go's omitempty does
  Int32,
  Int64,
  Boolean,
  MicroTime,
  Time,
  StringMap,
  BytesMap,  // of base64
  Strings,
  Object,
  Objects,  // a list of them
  Anything  // an object of any keys
};

struct Schema;

struct Field {
  std::string_view name;
  Form form;
  const Schema* inside = nullptr;  // of Object and Objects
};

struct Schema {
  std::string_view name;  // of Kubernetes' own type, for its error messages
  std::vector<Field> fields;
};

[[nodiscard]] const Schema& lease_schema();
[[nodiscard]] const Schema& config_map_schema();

// The object in the server's own form: what is null or empty is gone, times are in UTC. Keys that
// are unknown or occur twice are an error if `strict`, else they are dropped. The error is the
// message of a 400.
[[nodiscard]] defenderd::Result<Json> decode(const Resource& resource, const std::string& body,
                                             bool strict);
// The same for what is parsed already, such as a merged patch.
[[nodiscard]] defenderd::Result<Json> decode(const Resource& resource, const Json& object,
                                             bool strict);

}  // namespace kubesim
