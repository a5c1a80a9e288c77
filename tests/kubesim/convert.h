#pragma once
// Between the objects of tests and the JSON of the server.

#include "kubesim/objects.h"
#include "kubesim/schema.h"

namespace kubesim {

[[nodiscard]] Lease to_lease(const Json& object);
[[nodiscard]] ConfigMap to_config_map(const Json& object);
[[nodiscard]] Json to_json(const std::string& ns, const std::string& name, const Lease& lease);
[[nodiscard]] Json to_json(const std::string& ns, const std::string& name, const ConfigMap& map);

}  // namespace kubesim
