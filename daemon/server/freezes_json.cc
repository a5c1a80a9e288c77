#include "server/freezes_json.h"

#include <string>

#include "base/json_writer.h"
#include "base/scrub.h"
#include "server/row_json.h"

namespace defenderd {

void write_freezes(JsonWriter& json, const std::vector<FreezeStatus>& freezes) {
  json.key("freezes");
  json.begin_array();
  for (const FreezeStatus& status : freezes) {
    json.begin_object();
    json.member("id", status.id);
    json.member("reason", outgoing_text(status.freeze.reason));
    json.member("by", outgoing_text(status.freeze.by));
    json.member("inForce", status.in_force);
    time_member(json, "since", status.since);
    time_member(json, "next", status.next);
    time_member(json, "ends", status.ends);
    json.member("weekly", status.freeze.weekly.has_value());
    json.member("exceptEnable", status.freeze.except_enable);
    json.key("owners");
    json.begin_array();
    for (const std::string& owner : status.freeze.owners) json.value(outgoing_text(owner));
    json.end_array();
    json.member("subscriptions", status.subscriptions);
    json.member("source", status.freeze.source.empty() ? "api" : status.freeze.source);
    json.end_object();
  }
  json.end_array();
}

}  // namespace defenderd
