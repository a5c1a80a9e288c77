#include "armsim/arm_answer.h"

#include <chrono>

#include "base/time_text.h"

namespace armsim {

HttpAnswer json_answer(int status, const Json& body) {
  HttpAnswer answer;
  answer.status = status;
  // Text that came in as bytes may be no UTF-8.
  answer.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return answer;
}

HttpAnswer arm_error(int status, const std::string& code, const std::string& message) {
  return json_answer(status, {{"error", {{"code", code}, {"message", message}}}});
}

HttpAnswer arm_error(int status, const std::string& code, const std::string& message,
                     const std::string& target) {
  const Json detail = {{"code", code}, {"target", target}, {"message", message}};
  return json_answer(
      status,
      {{"error", {{"code", code}, {"message", message}, {"details", Json::array({detail})}}}});
}

HttpAnswer gateway_timeout() {
  return arm_error(504, "GatewayTimeout",
                   "The gateway did not receive a response from 'Microsoft.Security' within the "
                   "specified time period.");
}

std::string dotnet_time(TimePoint time) {
  const std::string milliseconds = defenderd::format_rfc3339(time);  // ...00.123Z
  return milliseconds.substr(0, milliseconds.size() - 1) + "0000Z";
}

}  // namespace armsim
