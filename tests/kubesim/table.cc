#include "kubesim/table.h"

#include <chrono>
#include <string>

#include "base/time_text.h"

namespace kubesim {
namespace {

// Roughly as kubectl says it: 59s, 3m, 5h, 12d.
std::string age_of(const Json& meta, defenderd::WallTime now) {
  const auto created = defenderd::parse_rfc3339(meta.value("creationTimestamp", ""));
  if (!created) return "<unknown>";
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now - *created).count();
  if (seconds < 120) return std::to_string(seconds) + "s";
  if (seconds < 7200) return std::to_string(seconds / 60) + "m";
  if (seconds < 172'800) return std::to_string(seconds / 3600) + "h";
  return std::to_string(seconds / 86'400) + "d";
}

Json column(const char* name, const char* type) {
  return {{"name", name},
          {"type", type},
          {"format", std::string(name) == "Name" ? "name" : ""},
          {"description", ""},
          {"priority", 0}};
}

Json cells_of(const Resource& resource, const Json& object, defenderd::WallTime now) {
  const Json& meta = object["metadata"];
  Json cells = Json::array({meta["name"]});
  if (&resource == &leases())
    cells.push_back(object.value("spec", Json::object()).value("holderIdentity", ""));
  if (&resource == &config_maps()) {
    cells.push_back(object.value("data", Json::object()).size() +
                    object.value("binaryData", Json::object()).size());
  }
  if (&resource == &namespaces()) cells.push_back(object["status"]["phase"]);
  cells.push_back(age_of(meta, now));
  return cells;
}

}  // namespace

bool wants_table(const HttpRequest& request) {
  const std::string accepted = request.header("Accept").value_or("");
  return accepted.find("as=Table") != std::string::npos &&
         accepted.find("g=meta.k8s.io") != std::string::npos;
}

Json to_table(const Resource& resource, const Json& list, defenderd::WallTime now) {
  Json columns = Json::array({column("Name", "string")});
  if (&resource == &leases()) columns.push_back(column("Holder", "string"));
  if (&resource == &config_maps()) columns.push_back(column("Data", "integer"));
  if (&resource == &namespaces()) columns.push_back(column("Status", "string"));
  columns.push_back(column("Age", "string"));
  Json rows = Json::array();
  const Json items = list.contains("items") ? list["items"] : Json::array({list});
  for (const Json& item : items) {
    rows.push_back({{"cells", cells_of(resource, item, now)},
                    {"object",
                     {{"kind", "PartialObjectMetadata"},
                      {"apiVersion", "meta.k8s.io/v1"},
                      {"metadata", item["metadata"]}}}});
  }
  const Json version = list["metadata"].value("resourceVersion", "");
  return {{"kind", "Table"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", {{"resourceVersion", version}}},
          {"columnDefinitions", std::move(columns)},
          {"rows", std::move(rows)}};
}

}  // namespace kubesim
