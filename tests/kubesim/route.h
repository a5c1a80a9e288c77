#pragma once
// What a request is about: the resources that the server knows, and how paths name them.

#include <array>
#include <string>
#include <string_view>

#include "armsim/http_message.h"

namespace kubesim {

using armsim::HttpAnswer;
using armsim::HttpRequest;

struct Schema;

struct Resource {
  std::string_view group;  // "" = the core
  std::string_view plural;
  std::string_view kind;
  bool namespaced;
  // As in Kubernetes' strategy of each (pkg/registry/coordination/lease/strategy.go): a PUT makes
  // what is not there; a PUT without resourceVersion overwrites.
  bool create_on_update;
  bool unconditional_update;
  const Schema* schema;  // nullptr = only read

  [[nodiscard]] std::string api_version() const;     // "coordination.k8s.io/v1", "v1"
  [[nodiscard]] std::string qualified() const;       // "leases.coordination.k8s.io", "configmaps"
  [[nodiscard]] std::string qualified_kind() const;  // "Lease.coordination.k8s.io", "ConfigMap"
};

[[nodiscard]] const Resource& leases();
[[nodiscard]] const Resource& config_maps();
[[nodiscard]] const Resource& namespaces();
[[nodiscard]] std::array<const Resource*, 3> resources();

struct Route {
  std::string verb;                    // as in RBAC; of what is no resource: the method
  const Resource* resource = nullptr;  // nullptr = discovery, a probe, or no known path
  std::string ns;
  std::string name;
  std::string path{};  // of the request
};

[[nodiscard]] Route find_route(const HttpRequest& request);

}  // namespace kubesim
