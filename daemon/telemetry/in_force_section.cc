#include "telemetry/in_force_section.h"

#include "base/json_writer.h"
#include "base/time_text.h"
#include "telemetry/section_node.h"

namespace defenderd {

std::string format(const InForce& in_force) {
  JsonWriter json;
  json.begin_object();
  json.member("replica", in_force.replica);
  json.member("desired", in_force.hash);
  json.member("since", format_rfc3339(in_force.since));
  json.end_object();
  return json.take();
}

Result<InForce> parse_in_force_section(std::string_view text) {
  const SectionNode root = SectionNode::parse(text);
  auto replica = root["replica"].text();
  auto hash = root["desired"].text();
  const auto since = root["since"].as_time();
  if (!replica || !hash || !since)
    return Unexpected(Error{"its data about the desired state in force cannot be parsed"});
  return InForce{*std::move(replica), *std::move(hash), *since};
}

}  // namespace defenderd
