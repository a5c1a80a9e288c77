#include "armsim/fault_answer.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "armsim/arm_answer.h"
#include "armsim/token_errors.h"
#include "base/text.h"

namespace armsim {
namespace {

struct EntraCode {
  std::string error;
  std::optional<int> number = {};
};

EntraCode entra_code(const std::string& code) {
  constexpr std::string_view kPrefix = "AADSTS";
  const std::size_t at = code.find(kPrefix);
  if (at == std::string::npos) return {code};
  EntraCode result{std::string(defenderd::trim(std::string_view(code).substr(0, at)))};
  if (result.error.empty()) result.error = "invalid_client";
  int number = 0;
  const char* const digits = code.data() + at + kPrefix.size();
  if (std::from_chars(digits, code.data() + code.size(), number).ec == std::errc())
    result.number = number;
  return result;
}

HttpAnswer in_the_services_form(Core& core, const Exchange& exchange, const Fault& fault) {
  const std::string message = message_of(fault, exchange.request);
  switch (exchange.route.endpoint) {
    case Endpoint::EntraToken:
    case Endpoint::OpenIdConfiguration: {
      const EntraCode code = entra_code(fault.code);
      return entra_error(core, fault.status, code.error, code.number, message);
    }
    case Endpoint::ImdsToken:
      return imds_error(fault.status, fault.code, message);
    case Endpoint::AppServiceToken:
      return app_service_error(fault.status, message);
    case Endpoint::ActivityLog:
      return json_answer(fault.status, {{"code", fault.code}, {"message", message}});
    default:
      return arm_error(fault.status, fault.code, message);
  }
}

}  // namespace

std::string message_of(const Fault& fault, const HttpRequest& request) {
  constexpr std::string_view kRequest = "{request}";
  std::string message = fault.message;
  const std::size_t at = message.find(kRequest);
  if (at == std::string::npos) return message;
  std::string all = request.method + " " + request.path;
  for (const auto& [name, value] : request.headers) {
    all += "\n";
    all += name + ": " + value;
  }
  return message.replace(at, kRequest.size(), all + "\n\n" + request.body);
}

HttpAnswer answer_of(Core& core, const Exchange& exchange, const Fault& fault) {
  HttpAnswer answer = in_the_services_form(core, exchange, fault);
  if (!fault.retry_after.empty()) answer.headers.emplace_back("Retry-After", fault.retry_after);
  return answer;
}

}  // namespace armsim
