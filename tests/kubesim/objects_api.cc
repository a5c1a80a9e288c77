// GET, POST, PUT, PATCH and DELETE of Leases and ConfigMaps, in the order of checks of
// Kubernetes' endpoints/handlers and registry/generic/registry/store.go.

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "kubesim/core.h"
#include "kubesim/status.h"
#include "kubesim/table.h"
#include "kubesim/validation.h"

namespace kubesim {
namespace {

const Json& meta_of(const Json& object) { return object["metadata"]; }

// "kubectl" of "kubectl/v1.32.4 (linux/amd64) kubernetes/59526cd".
std::string manager_of(const HttpRequest& request) {
  std::string manager = request.parameter("fieldManager").value_or("");
  if (!manager.empty()) return manager;
  const std::string agent = request.header("User-Agent").value_or("unknown");
  return agent.substr(0, agent.find('/'));
}

bool is_strict(const HttpRequest& request) {
  const std::string wanted = request.parameter("fieldValidation").value_or("Strict");
  return wanted != "Ignore" && wanted != "Warn";
}

bool is_dry_run(const HttpRequest& request) {
  return request.parameter("dryRun").value_or("") == "All";
}

std::string media_type(const HttpRequest& request) {
  const std::string type = request.header("Content-Type").value_or("");
  return type.substr(0, type.find_first_of("; "));
}

// What the server drops before it stores: the alpha fields whose gate is off by default.
void prepare(const Resource& resource, Json& object) {
  if (&resource != &leases()) return;
  if (!object.contains("spec")) object["spec"] = Json::object();
  object["spec"].erase("strategy");
  object["spec"].erase("preferredHolder");
}

// Stores a new object, or a changed one.
HttpAnswer write(Core& core, Exchange& exchange, int status, const Json& object) {
  if (is_dry_run(exchange.request)) return json_answer(status, object);
  exchange.entry.applied = true;
  return json_answer(status,
                     core.store(*exchange.route.resource, object, manager_of(exchange.request)));
}

HttpAnswer create_as(Core& core, Exchange& exchange, Json object) {
  const Resource& resource = *exchange.route.resource;
  const std::string ns = exchange.route.ns;
  if (core.find(namespaces(), "", ns) == nullptr) return not_found(namespaces(), ns);
  Json& meta = object["metadata"];
  meta["namespace"] = ns;
  if (!meta.contains("name") && meta.contains("generateName"))
    meta["name"] = meta["generateName"].get<std::string>() + core.random_letters(5);
  const std::string name = meta.value("name", "");
  exchange.entry.name = name;
  const auto errors = validate(resource, object, nullptr);
  if (!errors.empty()) return invalid(resource, resource.qualified_kind(), name, errors);
  if (core.find(resource, ns, name) != nullptr) return already_exists(resource, name);
  prepare(resource, object);
  return write(core, exchange, 201, object);
}

HttpAnswer create(Core& core, Exchange& exchange) {
  const Route& route = exchange.route;
  if (!route.name.empty()) return method_not_allowed();
  const std::string type = media_type(exchange.request);
  if (!type.empty() && type != "application/json") return unsupported_media_type(false);
  auto object = decode(*route.resource, exchange.request.body, is_strict(exchange.request));
  if (!object) return bad_request(object.error().message);
  if (meta_of(*object).value("namespace", route.ns) != route.ns) {
    return bad_request(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  if (meta_of(*object).contains("resourceVersion"))
    return internal_error("resourceVersion should not be set on objects to be created");
  return create_as(core, exchange, *std::move(object));
}

// What forbids to replace `old` (nullptr: there is none) by `object`.
std::optional<HttpAnswer> check_versions(const Resource& resource, const Route& route,
                                         const Json& object, const Json* old) {
  const std::string uid = meta_of(object).value("uid", "");
  const std::string old_uid = old == nullptr ? "" : meta_of(*old).value("uid", "");
  if (!uid.empty() && uid != old_uid) {
    return conflict(resource, route.name,
                    "StorageError: invalid object, Code: 4, Key: /registry/" +
                        std::string(resource.plural) + "/" + route.ns + "/" + route.name +
                        ", ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
                        "precondition: " +
                        uid + ", UID in object meta: " + old_uid);
  }
  const std::string given = meta_of(object).value("resourceVersion", "0");
  std::uint64_t number = 0;
  const char* const end = given.data() + given.size();
  if (std::from_chars(given.data(), end, number).ptr != end)
    return internal_error("strconv.ParseUint: parsing \"" + given + "\": invalid syntax");
  if (old == nullptr) return std::nullopt;
  if (number == 0) {
    if (resource.unconditional_update) return std::nullopt;
    // The real server has the plural in this message, too.
    return invalid(resource, resource.qualified(), route.name,
                   {{FieldError::Kind::Invalid, "metadata.resourceVersion", "0x0",
                     "must be specified for an update"}});
  }
  if (std::to_string(number) != meta_of(*old)["resourceVersion"].get<std::string>())
    return conflict(resource, route.name);
  return std::nullopt;
}

// Replaces `old`, which exists.
HttpAnswer replace(Core& core, Exchange& exchange, Json object, const Json& old) {
  const Resource& resource = *exchange.route.resource;
  if (auto refused = check_versions(resource, exchange.route, object, &old)) return *refused;
  object["metadata"]["namespace"] = exchange.route.ns;
  const auto errors = validate(resource, object, &old);
  if (!errors.empty())
    return invalid(resource, resource.qualified_kind(), exchange.route.name, errors);
  prepare(resource, object);
  for (const char* const key : {"uid", "creationTimestamp", "resourceVersion", "managedFields"})
    object["metadata"][key] = meta_of(old)[key];
  // What changes nothing is not written, and keeps its resourceVersion.
  if (object == old) {
    exchange.entry.applied = !is_dry_run(exchange.request);
    return json_answer(200, old);
  }
  return write(core, exchange, 200, object);
}

HttpAnswer update(Core& core, Exchange& exchange) {
  const Route& route = exchange.route;
  const Resource& resource = *route.resource;
  if (route.name.empty()) return method_not_allowed();
  const std::string type = media_type(exchange.request);
  if (!type.empty() && type != "application/json") return unsupported_media_type(false);
  auto object = decode(resource, exchange.request.body, is_strict(exchange.request));
  if (!object) return bad_request(object.error().message);
  const std::string name = meta_of(*object).value("name", "");
  const std::string ns = meta_of(*object).value("namespace", route.ns);
  if (name.empty()) {
    return bad_request("the name of the object (" + route.name +
                       " based on URL) was undeterminable: name must be provided");
  }
  if (name != route.name) {
    return bad_request("the name of the object (" + name +
                       ") does not match the name on the URL (" + route.name + ")");
  }
  if (ns != route.ns) {
    return bad_request("the namespace of the object (" + ns +
                       ") does not match the namespace on the request (" + route.ns + ")");
  }
  const Json* const old = core.find(resource, route.ns, route.name);
  if (old != nullptr) return replace(core, exchange, *std::move(object), *old);
  if (auto refused = check_versions(resource, route, *object, nullptr)) return *refused;
  if (!resource.create_on_update) return not_found(resource, route.name);
  if (!core.allowed("create", resource)) {
    return forbidden({"create", &resource, route.ns, route.name}, core.user());
  }
  object->at("metadata").erase("resourceVersion");
  return create_as(core, exchange, *std::move(object));
}

// True if it has what only a strategic merge patch means: lists, which it merges, and directives.
bool is_strategic(const Json& patch) {
  if (patch.is_array()) return true;
  if (!patch.is_object()) return false;
  for (const auto& [key, value] : patch.items()) {
    if (key.starts_with('$') || is_strategic(value)) return true;
  }
  return false;
}

HttpAnswer patch(Core& core, Exchange& exchange) {
  const Route& route = exchange.route;
  if (route.name.empty()) return method_not_allowed();
  const std::string type = media_type(exchange.request);
  const bool strategic = type == "application/strategic-merge-patch+json";
  if (!strategic && type != "application/merge-patch+json") return unsupported_media_type(true);
  const Json changes = Json::parse(exchange.request.body, nullptr, false);
  if (!changes.is_object()) return bad_request("the patch is no JSON object");
  if (strategic && is_strategic(changes)) return unsupported_media_type(true);
  const Json* const old = core.find(*route.resource, route.ns, route.name);
  if (old == nullptr) return not_found(*route.resource, route.name);
  Json merged = *old;
  merged.merge_patch(changes);
  auto object = decode(*route.resource, merged, is_strict(exchange.request));
  if (!object) return bad_request(object.error().message);
  if (meta_of(*object).value("name", "") != route.name ||
      meta_of(*object).value("namespace", "") != route.ns)
    return bad_request("the name or namespace of the object does not match the URL");
  return replace(core, exchange, *std::move(object), *old);
}

HttpAnswer remove(Core& core, Exchange& exchange) {
  const Route& route = exchange.route;
  const Json* const old = core.find(*route.resource, route.ns, route.name);
  if (old == nullptr) return not_found(*route.resource, route.name);
  Json wanted = Json::object();
  if (!exchange.request.body.empty()) {
    const Json body = Json::parse(exchange.request.body, nullptr, false);
    if (!body.is_object()) return bad_request("the DeleteOptions are no JSON object");
    if (body.contains("preconditions")) wanted = body["preconditions"];
  }
  for (const auto& [key, name] :
       {std::pair("uid", "UID"), {"resourceVersion", "ResourceVersion"}}) {
    if (!wanted.is_object() || !wanted.contains(key) || wanted[key] == meta_of(*old)[key]) continue;
    return conflict(*route.resource, route.name,
                    std::string("Precondition failed: ") + name +
                        " in precondition: " + wanted[key].dump() + ", " + name +
                        " in object meta: " + meta_of(*old)[key].dump());
  }
  Json details{
      {"name", route.name}, {"kind", route.resource->plural}, {"uid", meta_of(*old)["uid"]}};
  if (!route.resource->group.empty()) details["group"] = route.resource->group;
  if (!is_dry_run(exchange.request)) {
    exchange.entry.applied = true;
    core.erase(*route.resource, route.ns, route.name);
  }
  return json_answer(200, {{"kind", "Status"},
                           {"apiVersion", "v1"},
                           {"metadata", Json::object()},
                           {"status", "Success"},
                           {"details", std::move(details)}});
}

// An object or a list in the form that the client asked for.
HttpAnswer shown(const Core& core, const Exchange& exchange, const Json& json) {
  if (!wants_table(exchange.request)) return json_answer(200, json);
  return json_answer(200, to_table(*exchange.route.resource, json, core.now()));
}

HttpAnswer list(Core& core, const Exchange& exchange) {
  const Route& route = exchange.route;
  const std::string selector = exchange.request.parameter("fieldSelector").value_or("");
  constexpr std::string_view kByName = "metadata.name=";
  Json items = Json::array();
  for (const auto& [key, object] : core.objects) {
    const auto& [resource, ns, name] = key;
    if (resource != route.resource || (!route.ns.empty() && ns != route.ns)) continue;
    if (selector.starts_with(kByName) && selector.substr(kByName.size()) != name) continue;
    Json item = object;
    item.erase("apiVersion");  // the items of a list have neither
    item.erase("kind");
    items.push_back(std::move(item));
  }
  Json result{{"kind", std::string(route.resource->kind) + "List"},
              {"apiVersion", route.resource->api_version()},
              {"metadata", {{"resourceVersion", std::to_string(core.resource_version)}}},
              {"items", std::move(items)}};
  return shown(core, exchange, result);
}

}  // namespace

HttpAnswer answer_objects(Core& core, Exchange& exchange) {
  const Route& route = exchange.route;
  if (route.verb == "list") return list(core, exchange);
  if (route.verb == "get") {
    const Json* const object = core.find(*route.resource, route.ns, route.name);
    return object == nullptr ? not_found(*route.resource, route.name)
                             : shown(core, exchange, *object);
  }
  if (route.resource->schema == nullptr) return method_not_allowed();
  if (route.verb == "create") return create(core, exchange);
  if (route.verb == "update") return update(core, exchange);
  if (route.verb == "patch") return patch(core, exchange);
  if (route.verb == "delete") return remove(core, exchange);
  return method_not_allowed();
}

}  // namespace kubesim
