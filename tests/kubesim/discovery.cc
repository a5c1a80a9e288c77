// What clients ask before they do anything: versions, groups, resources, probes.

#include <string>

#include "kubesim/core.h"
#include "kubesim/status.h"

namespace kubesim {
namespace {

constexpr const char* kGroup = "coordination.k8s.io";

Json version() {
  return {{"major", "1"},
          {"minor", "32"},
          {"gitVersion", "v1.32.0-kubesim"},
          {"gitCommit", ""},
          {"gitTreeState", "clean"},
          {"buildDate", "2024-12-11T17:59:15Z"},
          {"goVersion", "go1.23.3"},
          {"compiler", "gc"},
          {"platform", "linux/amd64"}};
}

Json group() {
  const Json one{{"groupVersion", std::string(kGroup) + "/v1"}, {"version", "v1"}};
  return {{"name", kGroup}, {"versions", Json::array({one})}, {"preferredVersion", one}};
}

Json typed(const char* kind, Json rest) {
  rest["kind"] = kind;
  rest["apiVersion"] = "v1";
  return rest;
}

Json resource_list(const std::string& group_of_list, const std::string& group_version) {
  Json list = Json::array();
  for (const Resource* const resource : resources()) {
    if (resource->group != group_of_list) continue;
    Json verbs = {"get", "list"};
    if (resource->schema != nullptr) verbs = {"create", "delete", "get", "list", "patch", "update"};
    Json entry{{"name", resource->plural},
               {"singularName", ""},
               {"namespaced", resource->namespaced},
               {"kind", resource->kind},
               {"verbs", std::move(verbs)}};
    if (resource == &config_maps()) entry["shortNames"] = Json::array({"cm"});
    if (resource == &namespaces()) entry["shortNames"] = Json::array({"ns"});
    list.push_back(std::move(entry));
  }
  return typed("APIResourceList",
               {{"groupVersion", group_version}, {"resources", std::move(list)}});
}

}  // namespace

HttpAnswer answer_discovery(const HttpRequest& request) {
  const std::string& path = request.path;
  if (request.method != "GET" && request.method != "HEAD") return no_such_path();
  if (path == "/healthz" || path == "/readyz" || path == "/livez") return text_answer(200, "ok");
  if (path == "/version" || path == "/version/") return json_answer(200, version());
  if (path == "/api") return json_answer(200, typed("APIVersions", {{"versions", {"v1"}}}));
  if (path == "/apis")
    return json_answer(200, typed("APIGroupList", {{"groups", Json::array({group()})}}));
  if (path == "/api/v1") return json_answer(200, resource_list("", "v1"));
  const std::string group_path = std::string("/apis/") + kGroup;
  if (path == group_path) return json_answer(200, typed("APIGroup", group()));
  if (path == group_path + "/v1")
    return json_answer(200, resource_list(kGroup, std::string(kGroup) + "/v1"));
  return no_such_path();
}

}  // namespace kubesim
