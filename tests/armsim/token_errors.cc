#include "armsim/token_errors.h"

#include "armsim/arm_answer.h"
#include "base/time_text.h"

namespace armsim {

HttpAnswer entra_error(Core& core, int status, const std::string& error, std::optional<int> number,
                       const std::string& message) {
  const std::string trace = core.new_guid();
  const std::string correlation = core.new_guid();
  // "2026-01-01 00:00:00Z"
  std::string timestamp = defenderd::format_rfc3339(core.now()).substr(0, 19) + "Z";
  timestamp[10] = ' ';
  const std::string code = number ? "AADSTS" + std::to_string(*number) + ": " : "";
  Json body = {{"error", error},
               {"error_description", code + message + " Trace ID: " + trace + " Correlation ID: " +
                                         correlation + " Timestamp: " + timestamp},
               {"error_codes", Json::array()},
               {"timestamp", timestamp},
               {"trace_id", trace},
               {"correlation_id", correlation}};
  if (number) {
    body["error_codes"].push_back(*number);
    body["error_uri"] = "https://login.microsoftonline.com/error?code=" + std::to_string(*number);
  }
  HttpAnswer answer = json_answer(status, body);
  answer.headers.emplace_back("x-ms-request-id", trace);
  return answer;
}

HttpAnswer imds_error(int status, const std::string& error, const std::string& description) {
  return json_answer(status, {{"error", error}, {"error_description", description}});
}

HttpAnswer app_service_error(int status, const std::string& message) {
  return json_answer(status, {{"statusCode", status}, {"message", message}});
}

}  // namespace armsim
