#include "server/board_json.h"

#include <cstdint>

namespace defenderd {

Response json_response(JsonWriter& json) {
  Response response;
  response.content_type = "application/json";
  response.body = json.take();
  return response;
}

void write_revisions(JsonWriter& json, const StatusSnapshot& snapshot) {
  json.member("boardRevision", snapshot.revision);
  json.member("desiredRevision", snapshot.desired_revision);
}

}  // namespace defenderd
