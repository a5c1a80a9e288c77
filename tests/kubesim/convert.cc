#include "kubesim/convert.h"

#include "kubesim/micro_time.h"

namespace kubesim {
namespace {

using Texts = std::map<std::string, std::string>;

std::optional<defenderd::WallTime> time_of(const Json& spec, const char* key) {
  return spec.contains(key) ? parse_micro_time(spec[key].get<std::string>()) : std::nullopt;
}

Json object_of(const Resource& resource, const std::string& ns, const std::string& name,
               const Texts& annotations) {
  Json object{{"apiVersion", resource.api_version()},
              {"kind", resource.kind},
              {"metadata", {{"name", name}, {"namespace", ns}}}};
  if (!annotations.empty()) object["metadata"]["annotations"] = annotations;
  return object;
}

}  // namespace

Lease to_lease(const Json& object) {
  const Json& meta = object["metadata"];
  const Json spec = object.value("spec", Json::object());
  Lease lease;
  lease.holder = spec.value("holderIdentity", "");
  lease.duration_seconds = spec.value("leaseDurationSeconds", 0);
  lease.acquire_time = time_of(spec, "acquireTime");
  lease.renew_time = time_of(spec, "renewTime");
  lease.transitions = spec.value("leaseTransitions", 0);
  lease.annotations = meta.value("annotations", Texts{});
  lease.resource_version = meta.value("resourceVersion", "");
  lease.uid = meta.value("uid", "");
  return lease;
}

ConfigMap to_config_map(const Json& object) {
  const Json& meta = object["metadata"];
  ConfigMap map;
  map.data = object.value("data", Texts{});
  map.annotations = meta.value("annotations", Texts{});
  map.immutable = object.value("immutable", false);
  map.resource_version = meta.value("resourceVersion", "");
  map.uid = meta.value("uid", "");
  return map;
}

Json to_json(const std::string& ns, const std::string& name, const Lease& lease) {
  Json object = object_of(leases(), ns, name, lease.annotations);
  Json spec{{"holderIdentity", lease.holder}, {"leaseTransitions", lease.transitions}};
  if (lease.duration_seconds != 0) spec["leaseDurationSeconds"] = lease.duration_seconds;
  if (lease.acquire_time) spec["acquireTime"] = format_micro_time(*lease.acquire_time);
  if (lease.renew_time) spec["renewTime"] = format_micro_time(*lease.renew_time);
  object["spec"] = std::move(spec);
  return object;
}

Json to_json(const std::string& ns, const std::string& name, const ConfigMap& map) {
  Json object = object_of(config_maps(), ns, name, map.annotations);
  if (!map.data.empty()) object["data"] = map.data;
  if (map.immutable) object["immutable"] = true;
  return object;
}

}  // namespace kubesim
