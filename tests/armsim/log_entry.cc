#include "armsim/log_entry.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "armsim/arm_answer.h"
#include "base/text.h"

namespace armsim {
namespace {

constexpr const char* kHidden = "<hidden>";

// The value of a header as the log shows it.
std::string shown_header(const std::string& name, const std::string& value) {
  static constexpr std::array<std::string_view, 4> kSecret{"authorization", "x-identity-header",
                                                           "secret", "cookie"};
  const std::string lower = defenderd::to_lower(name);
  return std::find(kSecret.begin(), kSecret.end(), lower) == kSecret.end() ? value : kHidden;
}

std::string shown_form(const std::string& body) {
  std::string result;
  for (const auto& [name, value] : parse_form(body)) {
    const bool secret = name == "client_secret" || name == "client_assertion" || name == "password";
    result += (result.empty() ? "" : "&") + name + "=" + (secret ? kHidden : value);
  }
  return result;
}

std::string joined(const HeaderList& list) {
  std::string result;
  for (const auto& [name, value] : list) result += (result.empty() ? "" : "&") + name + "=" + value;
  return result;
}

// error.code of ARM, error of Entra.
std::string code_of(const HttpAnswer& answer) {
  if (answer.status < 400) return "";
  const Json body = Json::parse(answer.body, nullptr, false);
  if (!body.is_object()) return "";
  if (!body.contains("error")) return body.value("code", "");  // as the activity log says it
  const Json& error = body["error"];
  if (error.is_string()) return error.get<std::string>();
  return error.is_object() ? error.value("code", "") : "";
}

bool is_pricing_work(Operation operation) {
  return operation == Operation::Read || operation == Operation::Write ||
         operation == Operation::List;
}

}  // namespace

std::string LoggedRequest::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (defenderd::iequals(key, name)) return value;
  }
  return "";
}

LoggedRequest start_entry(const HttpRequest& request, const Route& route) {
  LoggedRequest entry;
  entry.operation = route.operation;
  entry.method = request.method;
  entry.path = request.path;
  entry.query = joined(request.query);
  entry.api_version = request.parameter("api-version").value_or("");
  entry.subscription = route.subscription;
  for (const auto& [name, value] : request.headers)
    entry.headers.emplace_back(name, shown_header(name, value));
  entry.body = entry.operation == Operation::Token ? shown_form(request.body) : request.body;
  return entry;
}

void finish_entry(LoggedRequest& entry, const HttpAnswer& answer) {
  entry.dropped = answer.wire.drop;
  entry.status = answer.wire.drop ? 0 : answer.status;
  entry.arm_code = code_of(answer);
  entry.request_id = answer.header("x-ms-request-id").value_or("");
  const bool secret = entry.operation == Operation::Token && answer.status < 400;
  constexpr std::size_t kMost = 65536;  // a huge body is an error
  entry.answer = secret ? kHidden : answer.body.substr(0, kMost);
}

void count_arrival(Counters& counters, Operation operation) {
  ++counters.requests;
  if (operation == Operation::Token) ++counters.tokens;
  if (operation == Operation::Read) ++counters.reads;
  if (operation == Operation::Write) ++counters.writes;
  if (operation == Operation::List) ++counters.lists;
  if (operation == Operation::Register) ++counters.registers;
  if (operation == Operation::Graph) ++counters.graph_queries;
  if (operation == Operation::Activity) ++counters.activity_queries;
  if (is_ai_read(operation)) ++counters.ai_reads;
  if (!is_pricing_work(operation)) return;
  ++counters.in_flight;
  counters.in_flight_peak = std::max(counters.in_flight_peak, counters.in_flight);
}

void count_departure(Counters& counters, const LoggedRequest& entry) {
  // A log that was cleared meanwhile has forgotten the arrival.
  if (is_pricing_work(entry.operation) && counters.in_flight > 0) --counters.in_flight;
  ++counters.answered;
  if (entry.faulted) ++counters.faulted;
  if (entry.status != 0) ++counters.by_status[entry.status];
}

}  // namespace armsim
