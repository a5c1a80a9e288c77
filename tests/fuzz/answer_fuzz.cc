// The JSON of Azure's other answers, and what ARM's errors mean (arm/answer_codec.h,
// error_table.h).

#include "arm/answer_codec.h"

#include "arm/error_table.h"
#include "base/scrub.h"
#include "fuzz/fuzz.h"
#include "identity/token_codec.h"

using namespace defenderd;
using fuzz::require;
using fuzz::require_printable;

namespace {

constexpr std::size_t kMaxText = 1024 + 3;  // with the dots of what was cut

void check_cloud_error(std::string_view body, int status) {
  const CloudError error = decode_cloud_error(body);
  require_printable(error.code, kMaxText);
  require_printable(error.message, kMaxText);
  AskedOfArm asked;
  asked.method = status % 2 == 0 ? "PUT" : "GET";
  const Failure failure = judge_answer(status, error, asked);
  require(!failure.message.empty(), "a failure says why");
  require_printable(failure.message, 2 * kMaxText + 1000);
  require(failure.http_status == status, "a failure keeps the status");
}

void check_entra_error(std::string_view body) {
  const Secret secret("8Q~secret");
  remember_secret(secret);
  const EntraError error = decode_entra_error(body);
  for (const std::string* text :
       {&error.error, &error.description, &error.trace_id, &error.correlation_id}) {
    require_printable(*text, kMaxText);
    require(text->find(secret.reveal()) == std::string::npos, "no secret is repeated");
  }
}

void check_token(std::string_view body) {
  const auto token = decode_token(body);
  if (!token) {
    require_printable(token.error().message, 200);
    return;
  }
  require(!token->token.empty(), "a token is not empty");
  require(!token->expires_in || *token->expires_in >= Duration::zero(), "a life is not negative");
  require(!token->expires_on || *token->expires_on > WallTime(), "an end is after 1970");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body = fuzz::text_of(data, size);
  int status = 400;
  if (!body.empty() && body[0] != '{') {
    status = 300 + static_cast<unsigned char>(body[0]);
    body.remove_prefix(1);
  }
  check_cloud_error(body, status);
  check_entra_error(body);
  check_token(body);
  const auto state = decode_registration_state(body, "/subscriptions/x/providers/P");
  require_printable(state ? *state : state.error().message, 2 * kMaxText);
  return 0;
}
