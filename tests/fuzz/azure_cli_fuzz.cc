// What `az account get-access-token` prints (identity/azure_cli.h).

#include "identity/azure_cli.h"

#include "fuzz/fuzz.h"

using namespace defenderd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  auto answer = decode_cli_token(fuzz::text_of(data, size));
  if (!answer) {
    fuzz::require_printable(answer.error().message, 300);
    return 0;
  }
  fuzz::require(!answer->token.empty(), "a token is not empty");
  const AccessToken token = to_access_token(*std::move(answer), now);
  fuzz::require(!token.value.empty(), "the token stays");
  return 0;
}
