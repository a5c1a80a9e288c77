#include "arm/foreign_failure.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "arm/answer_codec.h"
#include "base/text.h"
#include "net/foreign_answer.h"

namespace defenderd {
namespace {

// What intermediaries of Azure's own answer too, sometimes with HTML or nothing; and the proxy's
// demand for a login, which has a message of its own.
bool is_anyones(int status) {
  return status == 407 || status == 408 || status == 429 || status >= 500;
}

bool has_prefix(std::string_view text, std::string_view prefix) {
  return iequals(text.substr(0, prefix.size()), prefix);
}

// ARM sends several of its own headers with each answer, and its challenge with a 401.
bool has_sign_of_arm(const HttpResponse& response) {
  return std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
    return has_prefix(header.first, "x-ms-") ||
           (iequals(header.first, "WWW-Authenticate") && has_prefix(header.second, "Bearer"));
  });
}

std::string sign_of(const HttpResponse& response) {
  if (is_anyones(response.status)) return {};
  const bool signed_by_arm = has_sign_of_arm(response);
  const bool leads_nowhere = response.status < 400 && response.header("Location").empty();
  if (signed_by_arm && leads_nowhere) return {};  // the reader of a success judges its body
  if (std::string sign = foreign_sign(response); !sign.empty()) return sign;
  if (response.status < 300 || signed_by_arm) return {};
  const CloudError error = decode_cloud_error(response.body);
  return error.code.empty() && error.message.empty() ? "an error without a code of Azure" : "";
}

}  // namespace

std::optional<Failure> foreign_failure(const HttpRequest& request, const HttpResponse& response,
                                       const ArmTrace& trace) {
  const std::string sign = sign_of(response);
  if (sign.empty()) return std::nullopt;
  Failure failure;
  failure.reason = Reason::MalformedAnswer;
  failure.message = not_of_azure(sign) + ". " + request.origin.text() + " answered " +
                    request.method + " " + std::to_string(response.status);
  failure.http_status = response.status;
  failure.trace = trace;
  return failure;
}

}  // namespace defenderd
