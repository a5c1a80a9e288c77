#include "kubesim/route.h"

#include <vector>

#include "base/text.h"
#include "kubesim/schema.h"

namespace kubesim {
namespace {

std::vector<std::string> segments_of(const std::string& path) {
  std::vector<std::string> segments;
  for (std::size_t start = 1; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    segments.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return segments;
}

std::string verb_of(const HttpRequest& request, bool named) {
  if (request.method == "GET") {
    if (request.parameter("watch").value_or("false") == "true") return "watch";
    return named ? "get" : "list";
  }
  if (request.method == "POST") return "create";
  if (request.method == "PUT") return "update";
  if (request.method == "PATCH") return "patch";
  if (request.method == "DELETE") return named ? "delete" : "deletecollection";
  return defenderd::to_lower(request.method);
}

}  // namespace

std::string Resource::api_version() const {
  return group.empty() ? "v1" : std::string(group) + "/v1";
}

std::string Resource::qualified() const {
  return std::string(plural) + (group.empty() ? "" : "." + std::string(group));
}

std::string Resource::qualified_kind() const {
  return std::string(kind) + (group.empty() ? "" : "." + std::string(group));
}

const Resource& leases() {
  static const Resource resource{"coordination.k8s.io", "leases", "Lease", true, true, false,
                                 &lease_schema()};
  return resource;
}

const Resource& config_maps() {
  static const Resource resource{"",    "configmaps", "ConfigMap",         true,
                                 false, true,         &config_map_schema()};
  return resource;
}

const Resource& namespaces() {
  static const Resource resource{"", "namespaces", "Namespace", false, false, true, nullptr};
  return resource;
}

std::array<const Resource*, 3> resources() { return {&leases(), &config_maps(), &namespaces()}; }

Route find_route(const HttpRequest& request) {
  const std::vector<std::string> all = segments_of(request.path);
  Route unknown{defenderd::to_lower(request.method), nullptr, "", "", request.path};
  std::string group;
  std::size_t at = 0;
  if (all.size() >= 3 && all[0] == "api" && all[1] == "v1") {
    at = 2;
  } else if (all.size() >= 4 && all[0] == "apis" && all[2] == "v1") {
    group = all[1];
    at = 3;
  } else {
    return unknown;
  }
  Route route;
  route.path = request.path;
  // /api/v1/namespaces/NS/configmaps, but /api/v1/namespaces/NS is about the namespace itself.
  if (all[at] == "namespaces" && all.size() >= at + 3) {
    route.ns = all[at + 1];
    at += 2;
  }
  if (all.size() > at + 2) return unknown;  // subresources
  const bool named = all.size() == at + 2 && !all[at + 1].empty();
  for (const Resource* const resource : resources()) {
    if (resource->group != group || resource->plural != all[at]) continue;
    if (!resource->namespaced && !route.ns.empty()) continue;
    if (named) route.name = all[at + 1];
    if (resource->namespaced && route.ns.empty() && (named || request.method != "GET"))
      return unknown;  // across namespaces there are only lists
    route.resource = resource;
    route.verb = verb_of(request, named);
    return route;
  }
  return unknown;
}

}  // namespace kubesim
